"""The last two lines: what was answered, and the keys that do something now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from screens.keys import Key, keys_of
from screens.rows import Row, cells, span, wrap
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink


class Message(Panel):
    """The answer to the last key: one line, or two."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Show the message, a refusal as such."""
        ink = Ink.BAD if state.message_bad else Ink.STRONG
        lines = wrap(state.message, max(1, width - 1), rows=height, cut=state.glyphs.cut)
        return [(span(" "), span(line, ink)) for line in lines]


class Hints(Panel):
    """One line of keys, from the same table as the bindings."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - one row
        """Show the keys that would be taken; a screen that may only look says so first."""
        first: Row = (span(" read-only ", Ink.WAIT),) if state.read_only and not state.replayed else ()
        return [(*first, *hints_row(keys_of(state), width - cells(first)))]


def hints_row(offered: Iterable[Key], width: int) -> Row:
    """Write keys with their hints; the least wanted are left out until the rest fits."""
    keys = list(offered)
    while len(keys) > 1 and cells(_row(keys)) > width:
        keys.remove(min(keys, key=lambda key: key.rank))
    return _row(keys)


def _row(keys: Sequence[Key]) -> Row:
    pairs = ((span(f" {key.shown}", Ink.KEY), span(f" {key.hint} ", Ink.TEXT)) for key in keys)
    return tuple(piece for pair in pairs for piece in pair)
