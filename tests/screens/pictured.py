"""The main screens of which pictures are kept: of each its release, and the keys that lead there."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pyte
from msgspec.structs import replace
from rich.segment import Segment
from textual.app import App

from console.host.runs import run_in
from screens.commands.table import table
from tests.screens import stories
from tests.screens.harness import RememberingDriver, app_of, at_rest, strips
from tests.screens.picture import picture
from tests.screens.recordings import player_of, recorded

Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((120, 40), (80, 24))
Draw = Callable[[Size], Coroutine[Any, Any, str]]
CHAIN = re.compile(r"ends in [0-9a-f]{8}")
"""The hash is of how a journal is written, and says nothing of a screen."""
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "NO_COLOR": "", "PITHEAD_THEME": "dark"}
"""What a screen takes from whoever opens it."""


def _release(tell: Callable[[], stories.Teller], *keys: str) -> Draw:
    async def draw(size: Size) -> str:
        app, _ = app_of(tell(), driver=RememberingDriver())
        return await _shown(app, size, *keys)

    return draw


async def _replay(size: Size) -> str:
    """Shortly before the rollback of a recording, paused."""
    with tempfile.TemporaryDirectory() as folder:
        player = player_of(recorded(stories.rolled_back(), Path(folder)), at_s=148.0)
        return CHAIN.sub("ends in ########", await _shown(player, size))


async def _runs(size: Size) -> str:
    """The list of a host's releases, as a terminal shows what is printed."""
    tellers = (
        stories.healthy(),
        stories.healthy(),
        stories.rolled_back(),
        stories.promoted(),
        stories.refused(),
    )
    with tempfile.TemporaryDirectory() as home:
        folders = [Path(home, f"checkout-{len(tellers) - place}") for place in range(len(tellers))]
        for folder, teller in zip(folders, tellers, strict=True):
            folder.mkdir()
            _ = recorded(teller, folder)
        first, *others = map(run_in, folders)
    screen = pyte.Screen(*size)
    pyte.Stream(screen).feed(table([replace(first, worker=4711), *others]).replace("\n", "\r\n"))
    return picture([Segment(row)] for row in screen.display)


async def _shown(app: App[Any], size: Size, *keys: str) -> str:
    async with app.run_test(size=size) as pilot:
        await at_rest()
        if keys:
            await pilot.press(*keys)
            await at_rest()
        return picture(strips(app))


SCREENS: dict[str, Draw] = {
    "looking": _release(lambda: stories.told(5)),
    "going-well": _release(stories.healthy),
    "suspect": _release(stories.breach),
    "two-keys": _release(stories.judged),
    "rolling-back": _release(stories.not_confirmed),
    "rolled-back": _release(stories.rolled_back),
    "promoted": _release(stories.promoted),
    "refused": _release(stories.refused),
    "dialog": _release(stories.healthy, "R"),
    "zoom": _release(stories.breach, "z"),
    "replay": _replay,
    "runs": _runs,
}
"""Each screen by its name."""


def names() -> dict[str, tuple[Draw, Size]]:
    """Give all pictures by the names of their files."""
    return {
        f"{screen}.{size[0]}x{size[1]}.txt": (draw, size)
        for screen, draw in SCREENS.items()
        for size in SIZES
    }
