"""The numbers on the screen are those that judge: over one window, old ones called old, bad ones in red."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.judge.reading import Verdict
from console.plan.model import Judge, Metric, Slo
from console.release import events as ev
from console.release.felt import limit_of
from screens.event_log import Mark
from screens.figure_words import milliseconds, points
from screens.glyphs import UNICODE
from screens.help import words_of
from screens.judges.two_keys import PANEL
from screens.keys import keys_now
from screens.main import release_shape
from screens.rows import Row
from screens.sample_columns import Quantity, Side
from screens.view_state import Story, ViewState
from screens.widgets.chart import axes
from screens.widgets.curves import _values, sight_of
from screens.widgets.guards import Guards
from screens.widgets.timeline import Timeline
from screens.widgets.verdict import Verdict as Headline
from screens.widgets.versions import Versions
from tests.screens import stories
from tests.screens.stories import Teller
from themes.ink import Ink

WIDE, NARROW = (120, 21), (80, 9)


def scene_of(teller: Teller, *, late_s: float = 0.5) -> ViewState:
    story = Story()
    story.take(teller.records)
    return story.view_state(now=teller.at + late_s, glyphs=UNICODE, read_only=False)


def words(row: Row) -> str:
    return "".join(piece.text for piece in row)


def inks(rows: list[Row], text: str) -> set[Ink]:
    return {piece.ink for row in rows for piece in row if text in piece.text}


def suffering() -> Teller:
    """A judged release whose canary has begun to fail requests, without a guard that sees it."""
    of = stories.plan(guards=stories.GUARDS[3:], weights=(5, 25, 100))
    teller = stories.told(45, of=replace(of, judge=Judge(slo=Slo(error_rate=0.01))))
    teller.errors = lambda _elapsed_s: 0.07
    teller.run(10)
    return teller


def test_what_a_guard_reads_is_what_the_panel_says() -> None:
    teller = stories.breach()
    guard = stories.GUARDS[0]
    reading = teller.state.memory.reading(guard)
    assert reading is not None
    assert reading.verdict is Verdict.BREACH
    assert reading.canary is not None
    rows = [*Versions().paint(scene_of(teller), *WIDE)]
    (errors,) = [row for row in rows if words(row).startswith(" error rate")]
    assert f"{reading.canary * 100:.2f}%" in words(errors)
    assert "limit 1% in 30s" in words(errors)


def test_the_chart_ends_at_the_number_that_the_guard_reads() -> None:
    """It is drawn over the guard's window: one bad request of a quiet second is no spike."""
    teller = stories.breach()
    reading = teller.state.memory.reading(stories.GUARDS[0])
    assert reading is not None
    state = scene_of(teller)
    sight = sight_of(state, teller.state, axes(state.now, bucket_s=1, width=60), 4)
    drawn = [each for each in _values(state, Side.CANARY, Quantity.ERROR_RATE, sight) if each is not None]
    assert drawn[-1] == pytest.approx(reading.canary)


def test_where_no_guard_sees_it_the_slo_is_the_limit_and_what_is_beyond_it_is_red() -> None:
    teller = suffering()
    assert limit_of(teller.state, Metric.ERROR_RATE) == 0.01
    rows = [*Versions().paint(scene_of(teller), *WIDE)]
    (errors,) = [row for row in rows if words(row).startswith(" error rate")]
    assert "limit 1% in 10s" in words(errors)
    assert any(piece.ink is Ink.BAD and "7." in piece.text for piece in errors)
    assert any(
        piece.ink is Ink.LIMIT and set(piece.text) & set(UNICODE.limit) for row in rows for piece in row
    )


def test_nobody_is_invited_to_more_of_what_users_suffer_from() -> None:
    hidden, bad = stories.hidden(), suffering()
    offered = {key.key for key in keys_now(hidden.state, read_only=False, now=hidden.at)}
    kept = {key.key for key in keys_now(bad.state, read_only=False, now=bad.at)}
    assert {"b", "space", "R"} <= offered
    assert not {"a", "b", "p"} & kept
    assert {"space", "R"} <= kept


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_verdicts_older_than_three_ticks_are_called_old(size: tuple[int, int]) -> None:
    width, height = size
    now, later = (scene_of(stories.healthy(), late_s=late_s) for late_s in (1.0, 97.0))
    fresh, old = ([*map(words, Guards().paint(each, width, height))] for each in (now, later))
    assert any("healthy" in row for row in fresh)
    assert not any("healthy" in row for row in old)
    assert sum("◌ 97s old" in row for row in old) >= 3


def test_the_keys_of_a_silent_worker_are_called_old() -> None:
    state = scene_of(suffering(), late_s=97.0)
    assert "97s old" in words(PANEL.paint(state, 120)[0])


def test_before_the_first_comparison_the_keys_say_nothing_is_compared() -> None:
    of = replace(stories.plan(guards=stories.GUARDS[3:], weights=(5, 25, 100)), judge=Judge())
    keys = PANEL.paint(scene_of(stories.told(7, of=of)), 120)[0]
    assert "nothing compared" in words(keys)
    assert Ink.GOOD not in {piece.ink for piece in keys}


def test_the_last_picture_of_a_rollback_is_the_recovery() -> None:
    teller = stories.rolled_back()
    rows = [*map(words, Versions().paint(scene_of(teller), *WIDE))]
    assert any("0% asked, 0.0% seen" in row for row in rows)
    assert not any("✗" in row for row in rows)
    guards = [*map(words, Guards().paint(scene_of(teller), *WIDE))]
    assert sum("no traffic to judge" in row for row in guards) == 3
    (errors,) = [row for row in guards if row.startswith(" error rate")]
    assert errors.split()[2:4] == ["-", "-"], "what was read before is not what is so now"


def test_what_went_back_blind_has_no_data_and_no_numbers() -> None:
    teller = stories.blind()
    teller.ask(ev.RollbackAsked(person=stories.PERSON))
    guards = [*map(words, Guards().paint(scene_of(teller), *WIDE))]
    (errors,) = [row for row in guards if row.startswith(" error rate")]
    assert errors.split()[2:4] == ["-", "-"]
    assert "no data" in errors


def test_a_guard_without_a_row_is_counted() -> None:
    well = [*map(words, Guards().paint(scene_of(stories.healthy()), 80, 4))]
    assert well[-1].startswith(" +2 more healthy: P99 ≤ 1.5x v1, crash-looping pods ≤ 0")
    bad = [*map(words, Guards().paint(scene_of(stories.breach()), 80, 3))]
    assert ["BREACH" in row for row in bad] == [False, True, False]
    assert bad[-1].startswith(" +3 more: 2 breach, 1 healthy")
    none = [*map(words, Guards().paint(scene_of(stories.healthy()), 80, 1))]
    assert none[0].startswith(" +4 more healthy: error rate ≤ 1%, P99 ≤ 500 ms")


def unsold() -> Teller:
    """The canary has sold less for so long that it was taken back for it."""
    teller = stories.unsold()
    teller.run(120)
    assert teller.state.rollback is not None
    return teller


def test_the_metric_that_is_the_reason_is_seen_where_room_is_short() -> None:
    keys, orders, *_ = map(words, Guards().paint(scene_of(unsold()), 80, 4))
    assert "PROVEN" in keys
    assert "…" not in keys
    assert orders.split()[:4] == ["orders", "30.00%", "→", "19.81%"]
    assert "…" not in orders


def test_an_end_at_80_columns_is_read_to_its_last_word_with_its_reason_first() -> None:
    state = scene_of(unsold())
    rows = release_shape(state, 80, 24)
    shown = " ".join(words(row).strip() for row in Headline().paint(state, 80, rows["verdict"]))
    assert shown.endswith(state.line.text)
    assert state.line.text.startswith("because v2 had orders in 20% of its requests, v1 in 30%")


def test_patience_that_runs_stands_beside_no_release_that_goes_well() -> None:
    shown = {}
    for name, teller in (("well", stories.healthy()), ("blind", stories.blind())):
        state = scene_of(teller)
        assert state.release is not None
        state = replace(state, release=replace(state.release, stalled_s=2.0))
        shown[name] = " ".join(words(row) for row in Headline().paint(state, 200, 3))
    assert "patience" not in shown["well"]
    assert "stalled 00:02 of" in shown["blind"]


def test_a_difference_that_rounds_to_nothing_has_no_minus() -> None:
    assert [milliseconds(-0.2), points(-0.00001), milliseconds(-1.0)] == ["+0 ms", "+0.00pp", "-1 ms"]


def test_a_word_has_the_sign_that_the_help_gives_it() -> None:
    first = {name: words(Headline().paint(scene_of(tell()), 80, 2)[0]) for name, tell in SIGNED.items()}
    assert {name: row[1] for name, row in first.items()} == {"blind": "◌", "paused": "‖", "approval": "‖"}
    told = {words.split()[1]: words[0] for words, _ in words_of(scene_of(stories.blind())) if words[1] == " "}
    assert (told["blind"], told["held"]) == ("◌", "‖")


SIGNED = {"blind": stories.blind, "paused": stories.paused, "approval": stories.wants_approval}


def test_no_guard_speaks_behind_the_decision_and_the_rollback_is_seen_on_the_timeline() -> None:
    teller = stories.rolled_back()
    decided = next(r.n for r in teller.records if isinstance(r.event, ev.RollbackDecided))
    assert not [r for r in teller.records[decided:] if isinstance(r.event, ev.GuardTurned)]
    late = ev.GuardTurned(guard="error rate max 0.01", verdict="breach", words="beyond")
    records = [*teller.records[:decided], ev.Record(n=decided + 1, at=teller.records[decided].at, event=late)]
    story = Story()
    story.take(records)  # an old journal has it
    state = story.view_state(now=records[-1].at, glyphs=UNICODE, read_only=False)
    assert state.entries[-1].text.startswith("ROLLING BACK: ")
    marks = replace(state, marks=[*state.marks, Mark(at=records[-1].at, sign="!", ink=Ink.BAD)])
    assert "R" in words(Timeline().paint(marks, 120, 4)[-1])


def test_what_stragglers_get_after_a_rollback_is_no_error_rate() -> None:
    teller = stories.rolled_back()
    state, release = scene_of(teller), teller.state
    axis = axes(state.now, bucket_s=5, width=60)
    sight = sight_of(state, release, axis, 4)
    assert release.rollback is not None
    assert sight.back_at == release.rollback.confirmed_at
    early = replace(sight, back_at=release.rollback.decided_at - 30.0)
    cut, whole = (_values(state, Side.CANARY, Quantity.ERROR_RATE, each) for each in (early, sight))
    drawn = [sum(value is not None for value in values) for values in (cut, whole)]
    assert 0 < drawn[0] <= drawn[1] - 30 / 5 + 1


def test_a_window_is_said_in_whole_seconds() -> None:
    state = scene_of(stories.told(45, of=stories.plan(guards=stories.GUARDS[3:], weights=(5, 25, 100))))
    release = state.release
    assert release is not None
    assert release.tick_at is not None
    state = replace(state, release=replace(release, stage_at=release.tick_at - 8.988))
    (errors,) = [row for row in Versions().paint(state, *WIDE) if words(row).startswith(" error rate")]
    assert "in 9s" in words(errors)
