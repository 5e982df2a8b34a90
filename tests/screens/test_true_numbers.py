"""The numbers on the screen are those that judge: over one window, old ones called old, bad ones in red."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.judge.reading import Verdict
from console.plan.model import Judge, Metric, Slo
from console.release.felt import limit_of
from screens.glyphs import UNICODE
from screens.keys import keys_now
from screens.rows import Row
from screens.scene import Scene, Story
from screens.trace import Curve as Kind
from screens.trace import Side
from screens.widgets.chart import axes
from screens.widgets.curves import _values, sight_of
from screens.widgets.guards import Guards
from screens.widgets.two_keys import paint_judge
from screens.widgets.versions import Versions
from tests.screens import stories
from tests.screens.stories import Teller
from themes.ink import Ink

WIDE, NARROW = (120, 21), (80, 9)


def scene_of(teller: Teller, *, late_s: float = 0.5) -> Scene:
    story = Story()
    story.take(teller.records)
    return story.scene(now=teller.at + late_s, glyphs=UNICODE, read_only=False)


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
    scene = scene_of(suffering(), late_s=97.0)
    assert "97s old" in words(paint_judge(scene, 120)[0])


def test_before_the_first_comparison_the_keys_say_nothing_is_compared() -> None:
    of = replace(stories.plan(guards=stories.GUARDS[3:], weights=(5, 25, 100)), judge=Judge())
    keys = paint_judge(scene_of(stories.told(7, of=of)), 120)[0]
    assert "nothing compared" in words(keys)
    assert Ink.GOOD not in {piece.ink for piece in keys}


def test_the_last_picture_of_a_rollback_is_the_recovery() -> None:
    teller = stories.rolled_back()
    rows = [*map(words, Versions().paint(scene_of(teller), *WIDE))]
    assert any("0% asked, 0.0% seen" in row for row in rows)
    assert not any("✗" in row for row in rows)
    guards = [*map(words, Guards().paint(scene_of(teller), *WIDE))]
    assert sum("no traffic to judge" in row for row in guards) == 3


def test_what_stragglers_get_after_a_rollback_is_no_error_rate() -> None:
    teller = stories.rolled_back()
    scene, release = scene_of(teller), teller.state
    axis = axes(scene.now, bucket_s=5, width=60)
    sight = sight_of(scene, release, axis, 4)
    assert release.rollback is not None
    assert sight.back_at == release.rollback.confirmed_at
    early = replace(sight, back_at=release.rollback.decided_at - 30.0)
    cut, whole = (_values(scene, Side.CANARY, Kind.ERROR_RATE, each) for each in (early, sight))
    drawn = [sum(value is not None for value in values) for values in (cut, whole)]
    assert 0 < drawn[0] <= drawn[1] - 30 / 5 + 1


def test_a_window_is_said_in_whole_seconds() -> None:
    scene = scene_of(stories.told(45, of=stories.plan(guards=stories.GUARDS[3:], weights=(5, 25, 100))))
    release = scene.release
    assert release is not None
    assert release.tick_at is not None
    scene = replace(scene, release=replace(release, stage_at=release.tick_at - 8.988))
    (errors,) = [row for row in Versions().paint(scene, *WIDE) if words(row).startswith(" error rate")]
    assert "in 9s" in words(errors)
