"""The root of all parts: a field of rows that repaints the rows that changed, and nothing else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cache

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from screens.rows import Row, fill
from screens.view_state import ViewState
from themes.choice import palette_named
from themes.ink import Ink


class Panel(Widget):
    """A widget that paints rows from a state with the line API."""

    _state: ViewState | None = None
    _rows: Sequence[Row] = ()

    @abstractmethod
    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Give the rows; those beyond `height` are not shown."""

    def show(self, state: ViewState) -> None:
        """Paint the state, and ask for a repaint of the rows that differ from those before."""
        self._state = state
        width, height = self.size
        if not width or not height:
            return
        before, self._rows = self._rows, self.paint(state, width, height)
        changed = [y for y in range(height) if self._row(before, y) != self._row(self._rows, y)]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def repaint(self) -> None:
        """Paint the same state again, for a change of the widget's own."""
        if self._state is not None:
            self.show(self._state)

    def on_resize(self) -> None:
        """Paint for the new size, every row: textual may have drawn the old ones at this size by now."""
        self._rows = ()
        self.refresh()
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """Give one row in the theme's colours."""
        row = fill(self._row(self._rows, y), self.size.width)
        plain_letters = self._state is not None and self._state.glyphs.ascii
        theme = self.app.theme
        return Strip(
            [Segment(_letters(text) if plain_letters else text, _style(theme, ink)) for text, ink in row],
            self.size.width,
        )

    @staticmethod
    def _row(rows: Sequence[Row], y: int) -> Row:
        return rows[y] if y < len(rows) else ()


def _letters(text: str) -> str:
    return text.encode("ascii", "replace").decode()


@cache
def _style(theme: str, ink: Ink) -> Style:
    return Style.parse(palette_named(theme).style(ink))
