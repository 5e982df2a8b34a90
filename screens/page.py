"""A page over the release, which goes on below: its headline stays in sight, and so do answers and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from screens.keys import Key
from screens.rows import Row
from screens.view_state import ViewState
from screens.widgets.hints import Message, hints_row
from screens.widgets.panel import Panel
from screens.widgets.verdict import Verdict, plain_rows

LOW = 14
"""In fewer rows the headline has one row, and an answer its own only while it stands."""

MOST_HEAD = 4
"""Rows of a long headline: an end's, which says all there is to say."""

Offered = Callable[[ViewState], Iterator[Key]]
"""Gives the keys for the bar of an instant."""


class PageHints(Panel):
    """The page's own keys, and those of the release that do something now."""

    def __init__(self, own: Sequence[Key], offered: Offered) -> None:
        super().__init__(id="page_hints")
        self._own = own
        self._offered = offered

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - one row
        """Leave out the least wanted keys until the rest fits."""
        return [hints_row((*self._own, *self._offered(state)), width)]


class Page(ModalScreen[None]):
    """Its body between the headline and the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "app.pop_screen", show=False),
        Binding("ctrl+c,ctrl+q", "app.ask_to_leave", show=False),
    ]

    def __init__(self, body: Panel, hints: Panel) -> None:
        super().__init__()
        self._head = Verdict(id="page_head", plain=True)
        self._body = body
        self._answer = Message(id="page_answer")
        self._hints = hints

    def compose(self) -> ComposeResult:
        """Stack the parts."""
        yield from (self._head, self._body, self._answer, self._hints)

    def show(self, state: ViewState) -> None:
        """Show the headline, the answer and the keys of this instant."""
        width, height = self.app.size
        low = height < LOW
        self._head.styles.height = 1 if low else min(MOST_HEAD, max(2, plain_rows(state, width)))
        self._answer.display = bool(state.message) or not low
        self._answer.styles.height = 2 if len(state.message) > width - 2 and not low else 1
        for part in (self._head, self._answer, self._hints):
            part.show(state)

    def take_keys(self, keys: Iterable[Key], *, but: Iterable[str]) -> None:
        """Let the keys of the release act here too, but for those that the page has itself."""
        own = frozenset(but)
        for key in keys:
            for name in key.key.split(","):
                if name not in own:
                    self._bindings.bind(name, f"app.{key.action}", show=False)


def show_pages(screens: Iterable[Screen[Any]], state: ViewState) -> None:
    """Show an instant on each of these screens that is a page over the release."""
    for screen in screens:
        if isinstance(screen, Page):
            screen.show(state)
