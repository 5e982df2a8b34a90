"""Only cells that changed go to the terminal: over SSH a tick costs hundreds of bytes, not thousands.

Textual sends every dirty region whole. Here its update is laid over a memory of what the terminal shows,
and the difference is sent. That leans on three private names of Textual 8, which are used in this module
and nowhere else; where they are missing, Textual's own updates are sent, which are right but longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from rich.cells import get_character_cell_size
from rich.console import Console
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

from screens.ansi_writer import AnsiWriter, Cell

BRIDGE = 6
"""Unchanged cells between two changes that cost less than moving the cursor over them."""
KNOWN = hasattr(App, "_display")
"""Whether this Textual is one whose private names are known.

The package admits Textual 8 only; its version is not asked here, because the answer costs 11 ms of the
first frame (it is looked up in the installed metadata).
"""

Placed = tuple[int, int, list[Cell]]
"""Cells from column x of line y on: x, y, cells."""
ReturnType = TypeVar("ReturnType")


class Shown:
    """What the terminal shows, as far as we know."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Know nothing: the terminal may show anything."""
        self._lines.clear()

    def changes(self, update: CompositorUpdate, console: Console) -> str:
        """Take up an update and give what must be written for it."""
        pen = AnsiWriter(console)
        for x, y, cells in _placed(update):
            for start, end in self._changed(x, y, cells):
                pen.write(x + start, y, cells[start:end])
        return pen.written

    def _changed(self, x: int, y: int, cells: list[Cell]) -> list[tuple[int, int]]:
        line = self._lines.setdefault(y, [])
        line.extend([None] * (x + len(cells) - len(line)))
        before = line[x : x + len(cells)]
        if before == cells:
            return []
        line[x : x + len(cells)] = cells
        return _runs(before, cells)


def _runs(before: Sequence[Cell | None], cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Give the stretches that differ, near ones joined, wide characters whole."""
    runs: list[tuple[int, int]] = []
    for place, (old, new) in enumerate(zip(before, cells, strict=True)):
        if old == new:
            continue
        if runs and place - runs[-1][1] <= BRIDGE:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return [_whole(start, end, cells) for start, end in runs]


def _whole(start: int, end: int, cells: Sequence[Cell]) -> tuple[int, int]:
    while start > 0 and not cells[start][0]:
        start -= 1
    while end < len(cells) and not cells[end][0]:
        end += 1
    return start, end


def _placed(update: CompositorUpdate) -> Iterator[Placed]:
    """Give the cells of an update as Textual would write them."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield update.region.x, y, [cell for strip in strips for cell in _cells(strip)]
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x <= right and end > left:
                    yield x, y, _cells(strip.crop(0, min(end, right) - x))


def _cells(strip: Strip) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, _ in strip:
        for character in text:
            width = get_character_cell_size(character)
            if width:
                cells += [(character, style), *[("", style)] * (width - 1)]
            elif cells:
                _add_to_last(cells, character)
    return cells


def _add_to_last(cells: list[Cell], mark: str) -> None:
    """Add a mark without a width of its own to the character that it belongs to."""
    place = len(cells) - 1
    while place > 0 and not cells[place][0]:
        place -= 1
    cells[place] = (cells[place][0] + mark, cells[place][1])


class _Difference(CompositorUpdate):
    """An update that writes its difference; what is shown is compared at the moment of writing."""

    def __init__(self, update: CompositorUpdate, shown: Shown) -> None:
        self._update = update
        self._shown = shown

    def render_segments(self, console: Console) -> str:
        """Give what must be written."""
        return self._shown.changes(self._update, console)


class DiffRenderedApp(App[ReturnType]):
    """An App that writes differences."""

    def __init__(self, **textual_options: Any) -> None:
        super().__init__(**textual_options)
        self._shown = Shown()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Let Textual display the difference in place of the update."""
        if KNOWN and isinstance(renderable, (LayoutUpdate, ChopsUpdate)) and not self.is_inline:
            difference: Any = _Difference(
                renderable, self._shown
            )  # a CompositorUpdate, which Textual types as rich's
            super()._display(screen, difference)
        else:
            super()._display(screen, renderable)

    def write_raw(self, text: str) -> None:
        """Write what is no cell: a bell, a notification."""
        if self._driver is not None:
            self._driver.write(text)

    def on_resize(self, _event: events.Resize) -> None:
        """Terminals move their lines when they are resized."""
        self._shown.forget()

    def action_redraw(self) -> None:
        """Write everything anew: another program may have written over us."""
        self._shown.forget()
        self.refresh(layout=True)
