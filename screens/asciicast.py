"""The release screen without a terminal: an instant as SVG, a release as a film that asciinema plays."""

from __future__ import annotations

import io
import json
import re
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from rich.console import Console
from textual._compositor import LayoutUpdate
from textual.pilot import Pilot

from console.command import Command
from console.policy.headline import Line
from console.release.events import Record
from console.release.state import Release
from screens.app import PitheadApp
from screens.diff_renderer import Shown
from screens.watched import Watched

MOST_FRAMES = 2000
"""A longer release has fewer frames a second."""
LONGEST_STILL_S = 2.0
"""A player skips what is left of a longer stillness."""


class Size(NamedTuple):
    """Of a screen, in cells."""

    width: int
    height: int


class Past:
    """A feed that gives a recording up to an instant, and a clock that stands there."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._times = [record.at for record in records]
        self._given = 0
        self.at = records[0].at

    def now(self) -> float:
        """Give the instant."""
        return self.at

    unread_bytes = 0
    """Every poll gives all there is."""

    def poll(self) -> Sequence[Record]:
        """Give what has happened since the last call."""
        begin, self._given = self._given, bisect_right(self._times, self.at)
        return self._records[begin : self._given]


class Nobody:
    """Stands where the worker's line was: a picture has the keys that the operator had, and takes none."""

    async def send(self, command: Command, *, reason: str = "") -> str:  # noqa: ARG002 - the protocol's shape
        """Refuse: what is pictured is over."""
        return "this is a picture"

    async def how(self) -> Line | None:
        """Know nothing but the recording."""
        return None


async def picture(records: Sequence[Record], *, at: float, size: Size) -> str:
    """Draw the instant `at` (epoch seconds) as SVG that loads nothing."""
    past = Past(records)
    app = PitheadApp(Watched(past, Nobody()), clock=past.now, leave_words="")
    async with app.run_test(size=size) as pilot:
        await _go_to(at, past, app, pilot)
        return _for_any_viewer(app.export_screenshot(title="pithead"))


async def film(records: Sequence[Record], *, size: Size) -> str:
    """Film the whole release as an asciicast, version 2."""
    begin_at = records[0].at
    head = {
        "version": 2,
        "width": size.width,
        "height": size.height,
        "timestamp": int(begin_at),
        "idle_time_limit": LONGEST_STILL_S,
        "title": "pithead",
    }
    lines = [json.dumps(head)]
    async for at, data in _frames(records, size):
        lines.append(json.dumps([round(at - begin_at, 3), "o", data], ensure_ascii=False))
    return "\n".join(lines) + "\n"


async def _frames(records: Sequence[Record], size: Size) -> AsyncIterator[tuple[float, str]]:
    """Give what a terminal is sent at each instant in which something is new."""
    past, shown = Past(records), Shown()
    app = PitheadApp(Watched(past, Nobody()), clock=past.now, leave_words="")
    terminal = Console(
        file=io.StringIO(),
        width=size.width,
        height=size.height,
        color_system="truecolor",
        force_terminal=True,
    )
    async with app.run_test(size=size) as pilot:
        for at in _instants(records):
            await _go_to(at, past, app, pilot)
            whole = app.screen._compositor.render_update(full=True)  # noqa: SLF001 - as Textual's screenshots
            assert isinstance(whole, LayoutUpdate)
            changes = shown.changes(whole, terminal)
            if changes:
                yield at, changes


def _instants(records: Sequence[Record]) -> list[float]:
    """Give the instants to film: each second, or fewer, and the last of all."""
    begin_at, end_at = records[0].at, records[-1].at
    step_s = max(1.0, (end_at - begin_at) / MOST_FRAMES)
    count = int((end_at - begin_at) / step_s)
    return [*(begin_at + step_s * place for place in range(count + 1)), end_at]


async def _go_to(at: float, past: Past, app: PitheadApp, pilot: Pilot[Release | None]) -> None:
    past.at = at
    app.catch_up()
    while app.view_state().behind:
        app.catch_up()
    app.paint()
    await pilot.pause()


def _for_any_viewer(svg: str) -> str:
    """Leave the font to whoever looks, since a picture fetches nothing; begin no text with a space.

    Some viewers skip leading spaces and so draw what follows too far to the left.
    """
    without = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    without = without.replace("Fira Code, monospace", "DejaVu Sans Mono, Menlo, monospace")
    return _INDENTED.sub(_moved, without)


_INDENTED = re.compile(r'x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"([^>]*>)((?:&#160;)+)')
_CELL = 12.2
"""How wide Textual draws a cell."""


def _moved(text: re.Match[str]) -> str:
    moved = text[5].count(";") * _CELL
    x, length = float(text[1]) + moved, float(text[3]) - moved
    return f'x="{x:.1f}" y="{text[2]}" textLength="{length:.1f}"{text[4]}'
