from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from console.compare.align import align, counterpart
from console.compare.comparison_words import differences, plans_differ, table
from console.compare.passage import Leaving, passages_of
from console.release import events as ev
from screens.commands.compare import _names, command
from tests.releases import Story, counts, guard, plan, running, sample, stage
from tests.report.stories import rolled_back, written

NAMES = ("monday", "today")
TWO = plan(stage(10, guard(), hold_s=4.0), stage(50, guard(), hold_s=4.0))
ONE = plan(stage(10, guard(), hold_s=4.0), stage(25, guard(), hold_s=4.0), stage(50, guard(), hold_s=4.0))


def promoted() -> Story:
    story = running(TWO)
    story.ticks([sample(stable=counts(900), canary=counts(100))] * 4)
    story.enter(1)
    story.ticks([sample(stable=counts(500), canary=counts(500))] * 6)
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="well"))
    return story


def test_a_release_is_the_stages_that_it_passed() -> None:
    first, second = passages_of(rolled_back().records)
    assert (first.weight, first.lasted_s, first.leaving) == (10, 4.0, Leaving.FORWARD)
    assert (second.weight, second.leaving, second.breached) == (50, Leaving.ROLLED_BACK, ("error_rate max",))
    assert second.tally.canary is not None
    assert second.tally.canary.errors_5xx == 300


def test_a_release_that_still_runs_is_still_in_its_stage() -> None:
    (only,) = passages_of(running().records)
    assert only.leaving is Leaving.STILL_THERE


def test_stages_of_one_weight_stand_beside_each_other() -> None:
    three = running(ONE)
    three.enter(1)
    three.enter(2)
    rows = align(promoted().records, three.records)
    assert [row.weight for row in rows] == [10, 25, 50]
    assert rows[1].first is None
    assert all(row.first and row.second for row in (rows[0], rows[2]))


def test_an_instant_has_its_counterpart_in_the_same_stage() -> None:
    rows = align(promoted().records, rolled_back().records)
    second = passages_of(rolled_back().records)[1]
    assert counterpart(rows, 1001.5) == 1001.5
    assert counterpart(rows, 1010.0) == second.end_at
    assert counterpart(rows, 900.0) is None


def test_what_is_different_is_said_where_it_is() -> None:
    rows = align(promoted().records, rolled_back().records)
    (sentence,) = differences(rows, names=NAMES)
    assert sentence.startswith("at 50%: today had 20% errors, monday 0%")
    assert "monday was promoted, today rolled back" in sentence


def test_what_chance_makes_is_no_difference() -> None:
    other = running(TWO)
    other.ticks([sample(stable=counts(900), canary=counts(100, errors=1))] * 4)
    other.enter(1)
    other.ticks([sample(stable=counts(500), canary=counts(500))] * 6)
    other.tell(ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="well"))
    rows = align(promoted().records, other.records)
    assert differences(rows, names=NAMES) == ["both went alike"]


def test_the_table_has_a_line_for_each_release_in_each_stage() -> None:
    heading, *lines = table(align(promoted().records, rolled_back().records), names=NAMES)
    assert heading.split() == ["stage", "lasted", "requests", "error", "rate", "P99", "then", "breached"]
    assert [line.split()[0] for line in lines] == ["10%", "today", "50%", "today"]


def test_plans_that_are_not_alike_are_named() -> None:
    assert plans_differ(promoted().records, running(ONE).records) == "their plans have other stages or guards"
    assert plans_differ(promoted().records, promoted().records) == ""


def test_the_command_prints_both(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [str(written(promoted(), tmp_path / "a")), str(written(rolled_back(), tmp_path / "b"))]
    answer = CliRunner().invoke(command, paths, standalone_mode=False)
    assert answer.exception is None
    assert "- at 50%: " in answer.output


@pytest.mark.parametrize(
    ("given", "called"),
    [
        (("sample:errors", "sample:latency"), ("sample:errors", "sample:latency")),
        (("checkout-1", "old/checkout-2.jsonl"), ("checkout-1", "old/checkout-2.jsonl")),
        ((f"{'x' * 40}/a.jsonl", f"{'x' * 40}/b.jsonl"), ("a.jsonl", "b.jsonl")),
        ((f"{'x' * 40}/1/a.jsonl", f"{'x' * 40}/2/a.jsonl"), ("first", "second")),
    ],
)
def test_both_are_called_as_they_were_given(given: tuple[str, str], called: tuple[str, str]) -> None:
    assert _names(*given) == called
