"""What the replay shows at a time is what the live screen showed then."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.glyphs import UNICODE
from screens.replay.player import Player
from screens.replay.window import Window
from screens.sample_columns import Quantity, SampleColumns, Side
from screens.view_state import Story, ViewState
from tests.screens import stories
from tests.screens.recordings import player_of, recorded


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def live(teller: stories.Teller, at: float) -> ViewState:
    """What an operator saw who had watched from the beginning."""
    story = Story()
    story.take(record for record in teller.records if record.at <= at)
    return story.view_state(now=at, glyphs=UNICODE, read_only=True)


def replayed(player: Player, at: float) -> ViewState:
    player.playhead.go(at)
    return player.frame()


def curves(samples: SampleColumns, end_at: float) -> list[list[float | None]]:
    return [
        samples.buckets(side, curve, end_at=end_at, bucket_s=5.0, count=60)
        for side in Side
        for curve in (Quantity.ERROR_RATE, Quantity.P99)
    ]


@pytest.mark.parametrize("order", [1, -1], ids=["forward", "backward"])
@pytest.mark.parametrize("story", stories.STORIES)
def test_each_instant_is_what_the_operator_saw(story: str, order: int, tmp_path: Path) -> None:
    teller = stories.STORIES[story]()
    player = player_of(recorded(teller, tmp_path))
    for at in sorted({record.at for record in teller.records})[::order][::3]:
        then, now = live(teller, at), replayed(player, at)
        assert now.release == then.release
        assert now.line == then.line
        assert list(now.entries) == list(then.entries)
        assert list(now.marks) == list(then.marks)
        assert (now.now, now.data_age_s, now.worker_age_s) == (then.now, then.data_age_s, then.worker_age_s)
        assert now.samples.figures(over_s=30.0) == then.samples.figures(over_s=30.0)
        assert curves(now.samples, at + 5.0) == curves(then.samples, at + 5.0)


def test_a_window_is_the_same_however_it_is_reached(tmp_path: Path) -> None:
    recording = recorded(stories.promoted(), tmp_path)
    wandering = Window(recording)
    for after_s in (10, 60, 61, 20, 100, 30, 99.5):
        at = recording.first_at + after_s
        fresh = Window(recording)
        found, wanted = (window.samples(at, span_s=40.0) for window in (wandering, fresh))
        assert found.figures(over_s=30.0) == wanted.figures(over_s=30.0)
        for side in Side:
            values = [
                samples.buckets(side, Quantity.RPS, end_at=at + 0.1, bucket_s=5.0, count=8)
                for samples in (found, wanted)
            ]
            assert values[0] == values[1]


def test_nothing_of_the_future_is_in_the_log(tmp_path: Path) -> None:
    teller = stories.rolled_back()
    player = player_of(recorded(teller, tmp_path))
    frame = replayed(player, stories.BEGIN + 100)
    assert all(entry.at <= frame.now for entry in frame.entries)
    assert not any("ROLLING BACK" in entry.text for entry in frame.entries)
