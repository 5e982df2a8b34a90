from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from console.errors import UsageError
from console.journal import Journal
from console.plan.model import Metric, Rule
from console.release import events as ev
from console.release.fold import fold_all
from console.report.facts import facts_of
from console.whatif.outcome import Ending, fate_of
from console.whatif.sweep import parse_sweep, sweep
from console.whatif.sweep_words import chart, notes, recorded_in_words, table
from screens.commands.what_if import command
from screens.replay.opening import recording_of
from tests.releases import counts, guard, plan, running, sample, stage
from tests.report.stories import proven
from tests.whatif.test_simulate import rolled_back

TWO = plan(
    stage(
        10,
        guard(limit=0.5),
        guard(rule=Rule.MAX_INCREASE, limit=0.9, name="worse"),
        guard(Metric.P99, limit=400.0),
    ),
    stage(50, guard(limit=0.5)),
)


def rising() -> list[ev.Record]:
    """The canary's errors rise by a point a tick, until someone takes it back."""
    looks = [sample(canary=counts(100, errors=errors)) for errors in range(20)]
    return rolled_back(TWO, looks).records


def test_a_stricter_limit_rolls_back_no_later() -> None:
    tried = parse_sweep("error_rate.max=1%..9%", TWO, steps=5)
    swept = list(sweep(rising(), TWO, tried))
    assert [one.words for one in swept] == ["1%", "3%", "5%", "7%", "9%"]
    times = [one.fate.at for one in swept]
    assert times == sorted(times)
    assert times[0] < times[-1]
    failed = [one.harm.simulated.failed for one in swept]
    assert failed == sorted(failed)


def test_where_the_weights_are_the_recorded_ones_the_counts_are_the_report_s() -> None:
    records = recording_of("sample:errors").all_records()
    of, sold = fold_all(records[:1]).plan, facts_of(records).damage
    tried = parse_sweep("error_rate.max_increase=3pp", of, steps=5)
    (one,) = sweep(records, of, tried)
    recorded = fate_of(fold_all(records), last_at=records[-1].at)
    assert one.harm.exact
    toll = one.harm.recorded
    assert (toll.served, toll.failed_on_canary) == (sold.canary_requests, sold.canary_failed)
    row = table(tried, [one], recorded)[1]
    assert row.split()[-2:] == [f"{sold.failed:,.0f}", f"{sold.canary_requests:,.0f}"]
    said = recorded_in_words(recorded, toll)
    assert f"{sold.canary_requests:,.0f} requests, of which {sold.canary_failed:,.0f} failed" in said


def test_a_limit_that_nothing_reached_is_not_known_behind_the_evidence() -> None:
    tried = parse_sweep("error_rate.max=90%", TWO, steps=5)
    (one,) = sweep(rising(), TWO, tried)
    assert one.fate.way is Ending.OPEN
    assert one.harm.unknown_s > 0
    assert any("at least" in note for note in notes(tried, [one]))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("error_rate.max=1%,2%,5%", (0.01, 0.02, 0.05)),
        ("p99.max=100ms..1s", (100.0, 400.0, 700.0, 1000.0)),
        ("p99.for=0s,30s", (0.0, 30.0)),
        ("worse.for=5s..20s", (5.0, 10.0, 15.0, 20.0)),
        ("error_rate.max.window=10s,1m", (10.0, 60.0)),
        ("p99.min_requests=0..100", (0.0, 33.0, 67.0, 100.0)),
    ],
)
def test_numbers_of_a_guard_are_named_and_listed_in_many_ways(text: str, values: tuple[float, ...]) -> None:
    assert parse_sweep(text, TWO, steps=4).values == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "said", "mend"),
    [
        ("error_rate", "no sweep", "error_rate.max=0.5%..5%"),
        ("error_rate=1%", "names no number", "error_rate.max=0.5%..5%"),
        ("error_rate.most=1%", "has no `most`", "max_ratio"),
        ("cpu.max=1", "no guard `cpu.max`", "p99.max"),
        ("error_rate.for=1s", "means 2 guards", "`worse`"),
        ("judge.block=5s,9s", "can't be tried", "judge.tolerate"),
        ("error_rate.max=1", "no unit", "1%"),
        ("error_rate.max=1%..1%", "one value", "a list"),
        ("p99.window=0s..1s", "not shorter than the interval", "1s"),
        ("p99.for=" + ",".join(["1s"] * 101), "too many", "100"),
    ],
)
def test_a_sweep_that_cannot_be_is_a_sentence_with_its_mend(text: str, said: str, mend: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse_sweep(text, TWO, steps=5)
    assert mend in caught.value.hint


def test_the_table_and_the_chart_have_a_line_a_value() -> None:
    records = rising()
    tried = parse_sweep("error_rate.max=1%,90%", TWO, steps=5)
    swept = list(sweep(records, TWO, tried))
    recorded = fate_of(running(TWO).release, last_at=records[-1].at)
    heading, early, never = table(tried, swept, recorded)
    assert heading.startswith("error_rate.max  outcome")
    assert "rolls back at" in early
    assert "at least" in never
    _, bar, dots = chart(tried, swept, begin=records[0].at, width=20, ascii_only=True)
    assert "#" in bar
    assert "no rollback by" in dots


@pytest.mark.parametrize(
    "options", [["--sweep", "error_rate.max=1%,5%"], ["--sweep", "p99.max=1s,2s", "--json"]]
)
def test_the_command_prints_it(options: list[str], tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        for record in rising():
            journal.append(record)
    answer = CliRunner().invoke(command, [str(path), *options], standalone_mode=False)
    assert answer.exception is None
    assert len(msgspec.json.decode(answer.output)) == 2 if "--json" in options else "5%" in answer.output


def test_a_number_that_makes_no_difference_is_said_with_what_decides() -> None:
    records = rising()
    tried = parse_sweep("error_rate.max=0.1%,0.2%", TWO, steps=5)
    swept = list(sweep(records, TWO, tried))
    (first, *_) = notes(tried, swept)
    assert first.startswith("error_rate.max makes no difference within these values: each time it rolls back")
    other = parse_sweep("error_rate.max=1%,90%", TWO, steps=5)
    assert "no difference" not in notes(other, list(sweep(records, TWO, other)))[0]


def test_the_two_keys_tolerance_can_be_tried() -> None:
    story = proven()
    tried = parse_sweep("judge.tolerate=0.1pp,20pp", story.release.plan, steps=5)
    assert (tried.title, tried.words(0.001)) == ("judge.tolerate", "0.1pp")
    as_it_was, tolerant = sweep(story.records, story.release.plan, tried)
    assert as_it_was.fate.way is Ending.ROLLED_BACK
    assert tolerant.fate.way is Ending.OPEN
    assert "two keys" in chart(tried, [as_it_was], begin=story.records[0].at, width=20, ascii_only=True)[0]


def test_without_two_keys_there_is_nothing_to_tolerate() -> None:
    with pytest.raises(UsageError, match="does not judge by the two keys"):
        parse_sweep("judge.tolerate=0.1pp,20pp", TWO, steps=5)
