"""Another recording under the one that is played, aligned on stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from console.replay.recording import Recording
from screens.replay.player import Player
from screens.replay.side_by_side import Beside
from screens.rows import Row, cells
from tests.screens import stories
from tests.screens.harness import text
from tests.screens.recordings import player_of, recorded

WIDTH = 100


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def bad(tmp_path: Path) -> Recording:
    """Rolled back at 25%, after 150 s."""
    folder = tmp_path / "bad"
    folder.mkdir()
    return recorded(stories.rolled_back(), folder)


@pytest.fixture
def good(tmp_path: Path) -> Recording:
    """All well at 25% after 160 s."""
    folder = tmp_path / "good"
    folder.mkdir()
    return recorded(stories.healthy(), folder)


def words(rows: Sequence[Row]) -> list[str]:
    return ["".join(piece.text for piece in row) for row in rows]


def shown(first: Recording, second: Recording, *, at_s: float) -> list[str]:
    player = player_of(first, at_s=at_s)
    return words(Beside(first, second).rows(player.frame(), WIDTH))


def test_the_other_stands_as_far_into_the_same_stage(bad: Recording, good: Recording) -> None:
    rows = shown(bad, good, at_s=148)
    assert "08:55:48Z  GOING WELL" in rows[1]
    this, other = rows[3], rows[4]
    assert "25%" in this
    assert "2.12%" in this
    assert "25%" in other
    assert "2.12%" not in other


def test_both_tracks_stand_under_each_other(bad: Recording, good: Recording) -> None:
    rows = shown(bad, good, at_s=148)
    place = next(number for number, row in enumerate(rows) if row.startswith(" this   ") and "◆" in row)
    assert "█" in rows[place]
    assert "█" not in rows[place + 1]
    assert rows[place].index("◆") == rows[place + 1].index("◆")


def test_the_differences_are_sentences(bad: Recording, good: Recording) -> None:
    said = "\n".join(shown(bad, good, at_s=148))
    assert "- at 25%:" in said


def test_before_the_first_stage_there_is_nothing_to_lay_beside(bad: Recording, good: Recording) -> None:
    assert "it never was in a stage" in shown(bad, good, at_s=0)[1]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_tracks_never_leave_the_screen(width: int, bad: Recording, good: Recording) -> None:
    player = player_of(bad, at_s=148)
    rows = Beside(bad, good).rows(player.frame(), width)
    tracks = [row for row in rows if row and row[0].text.startswith((" this", " other"))]
    assert len(tracks) == 4
    assert all(cells(row) <= width for row in tracks)


async def test_c_asks_for_the_other_recording(bad: Recording, good: Recording) -> None:
    player: Player = player_of(bad, at_s=148)
    async with player.run_test(size=(120, 40)) as pilot:
        player._compare(good.path)
        await pilot.pause()
        assert "beside: checkout-1" in text(player)
        await pilot.press("escape")
        await pilot.pause()
        assert "beside:" not in text(player)


async def test_what_can_not_be_opened_is_a_sentence(bad: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(Path(bad.path).parent / "nowhere"))
    player: Player = player_of(bad, at_s=148)
    async with player.run_test(size=(120, 40)) as pilot:
        await pilot.press("c", "x", "y", "enter")
        await pilot.pause()
        assert "there is no file `xy`" in text(player)
        await pilot.press("c", "-", "enter")
        await pilot.pause()
        assert "keys come from there: no recording can" in text(player)
