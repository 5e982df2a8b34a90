"""What happened, newest at the bottom; a person may scroll back, and then nothing moves until they return."""

from __future__ import annotations

from collections.abc import Sequence

from console.plan.units import clock
from screens.event_log import Entry
from screens.rows import Row, cells, span, wrap
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

WITH_TITLE = 5
"""From this many rows on, one is spent on the title."""


class Log(Panel):
    """The last lines of the log."""

    _back = 0
    _count = 0

    def scroll_lines(self, lines: int) -> None:
        """Go back by `lines` entries, or forward where negative."""
        self._back = max(0, self._back + lines)
        self.repaint()

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Keep the same entries in sight while someone reads further up."""
        entries = list(state.entries)
        grown = len(entries) - self._count
        self._count = len(entries)
        titled = height >= WITH_TITLE
        rows = height - titled
        if self._back:
            self._back = min(self._back + max(0, grown), max(0, len(entries) - rows))
        end = len(entries) - self._back
        shown = [_row(state, entry, width) for entry in entries[max(0, end - rows) : end]]
        return [_title(state, self._back, width), *shown] if titled else shown


def _title(state: ViewState, back: int, width: int) -> Row:
    rule = state.glyphs.rule
    words = f" {back} newer below, G goes there " if back else " log "
    left = (span(rule * 2, Ink.RULE), span(words, Ink.WAIT if back else Ink.DIM))
    return (*left, span(rule * (width - len(words) - 2), Ink.RULE))


def _row(state: ViewState, entry: Entry, width: int) -> Row:
    when = span(f" {clock(entry.at)}  ", Ink.DIM)
    text = wrap(entry.text, width - cells((when,)) - 1, rows=1, cut=state.glyphs.cut)
    return when, span("".join(text), entry.ink)
