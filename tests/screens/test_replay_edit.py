"""Guards edited in the replay, and what they would have made of the release."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.replay.recording import Recording
from screens.replay.player import Player
from tests.screens import stories
from tests.screens.harness import text
from tests.screens.recordings import player_of, recorded

WITHIN_S = 60.0


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="module")
def rolled_back(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recorded(stories.rolled_back(), tmp_path_factory.mktemp("rolled-back"))


async def shown(player: Player, pilot: Pilot[None], words: str, *, keys: Sequence[str] = ()) -> None:
    """Press keys and wait until the words are on the screen."""
    await pilot.press(*keys)
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        if words in text(player):
            return
        await pilot.pause(0.05)
    pytest.fail(f"{words!r} is not shown:\n{text(player)}")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_changed_limit_shows_both_timelines_and_the_difference(
    size: tuple[int, int], rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=size) as pilot:
        await shown(player, pilot, "the same decisions at the same times", keys="e")
        await shown(player, pilot, "is still running at 25%", keys=("5", "%"))
        assert "recorded" in text(player)
        assert "what if" in text(player)


async def test_a_mistake_is_shown_with_its_line_and_its_mend(rolled_back: Recording) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=(120, 40)) as pilot:
        await shown(player, pilot, "the same decisions", keys="e")
        await shown(player, pilot, "guards:2:31: max: `5` has no unit; write 5%", keys=("5",))


async def test_the_text_is_kept_and_can_be_taken_back(rolled_back: Recording) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=(120, 40)) as pilot:
        await shown(player, pilot, "the same decisions", keys="e")
        await shown(player, pilot, "max: 5%", keys=("5", "%"))
        await shown(player, pilot, "chain", keys=("escape",))
        await shown(player, pilot, "max: 5%", keys="e")
        await shown(player, pilot, "max: 1%", keys=("ctrl+r",))


async def test_the_recording_is_left_as_it_is(rolled_back: Recording) -> None:
    before = Path(rolled_back.path).read_bytes()  # noqa: ASYNC240 - a small file
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=(120, 40)) as pilot:
        await shown(player, pilot, "the same decisions", keys="e")
        await shown(player, pilot, "is still running", keys=("5", "%"))
    assert Path(rolled_back.path).read_bytes() == before  # noqa: ASYNC240 - as above
