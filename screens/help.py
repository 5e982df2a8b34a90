"""The page of keys and words, made from the table of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.policy.headline import CONDITIONS, Word
from screens.judges import panel_of
from screens.keys import Key
from screens.page import Offered, Page, PageHints
from screens.rows import Row, column, fill, span, wrap
from screens.signs import legend
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

OWN = (
    Key(key="escape,q", shown="esc", action="", hint="goes back", about="", rank=9),
    Key(key="up,down", shown="up down", action="", hint="scroll", about="", rank=8),
)
KEY_COLUMN = 10
WORD_COLUMN = 21
"""The longest word of a headline, and a blank."""


def words_of(state: ViewState) -> tuple[tuple[str, str], ...]:
    """Give the words and signs of the release screen, explained."""
    glyphs, signs = state.glyphs, legend()
    return (
        ("headline", "the first line below the name: a word, what users feel, what happens next and when"),
        ("hold", "the healthy time that a stage wants before the next weight; only health counts"),
        ("guard", "a rule on the canary's numbers; a breach that lasts rolls back, or holds"),
        ("patience", "how long the release may stand still for want of health or evidence"),
        (f"{glyphs.done} healthy", "within the limit; also a headline that all is well"),
        (f"{glyphs.failed} breach", "beyond the limit; also a headline that wants you to look"),
        (f"{glyphs.few} too few", "not enough requests to know; the release waits"),
        (f"{glyphs.blind} blind", "no data; the release waits"),
        (f"{glyphs.pause} held", "a person is waited for: who paused it, or who may approve"),
        (f"{glyphs.back} back", "on the way back to stable, or there"),
        (" ".join(signs), f"on the timeline: {', '.join(signs.values())}"),
        ("STALE", "older than three ticks: the numbers are dimmed, do not trust them"),
        *_of_the_judge(state),
        *((word, f"{CONDITIONS[word]}") for word in Word),
    )


def _of_the_judge(state: ViewState) -> tuple[tuple[str, str], ...]:
    """Give the words of the judge that this release has."""
    if state.release is None:
        return ()
    return panel_of(state.release.plan).words


class _Page(Panel):
    """The rows of the page; it can be scrolled where they don't fit."""

    def __init__(self, keys: Sequence[Key], words: Sequence[tuple[str, str]]) -> None:
        super().__init__(id="help")
        self._keys = keys
        self._words = words
        self.top = 0

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Write every key, then every word."""
        rows: list[Row] = [(), (span("  Keys", Ink.STRONG),)]
        for key in self._keys:
            rows += _entry(key.shown, key.about, width, ink=Ink.KEY, size=KEY_COLUMN, cut=state.glyphs.cut)
        rows += [(), (span("  Words", Ink.STRONG),)]
        for word, about in self._words:
            rows += _entry(word, about, width, ink=Ink.TEXT, size=WORD_COLUMN, cut=state.glyphs.cut)
        below = max(0, len(rows) - height)
        self.top = max(0, min(self.top, below))
        shown = [fill(row, width) for row in rows[self.top : self.top + height]]
        if self.top < below:
            left = below - self.top + 1
            shown[-1] = fill((span(f"  {left} more lines below: down, or space", Ink.WAIT),), width)
        return shown


def _entry(word: str, about: str, width: int, *, ink: Ink, size: int, cut: str) -> list[Row]:
    lines = wrap(about, max(10, width - size - 4), rows=3, cut=cut)
    heads = [column(word, size, ink), *[span(" " * size)] * (len(lines) - 1)]
    return [(span("  "), head, span(line)) for head, line in zip(heads, lines, strict=True)]


class Help(Page):
    """Lies over the release; the way back opens from here too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,enter", "app.pop_screen", show=False),
        Binding("R", "app.command('R')", show=False),
        Binding("up,k", "scroll_page(-1)", show=False),
        Binding("down,j,space", "scroll_page(1)", show=False),
    ]

    def __init__(
        self, state: ViewState, keys: Sequence[Key], words: Sequence[tuple[str, str]], offered: Offered
    ) -> None:
        """`offered` gives the keys for the bar of the screen below, of which only the way back acts here."""
        self._state = state
        self._page = _Page(keys, words)
        super().__init__(
            self._page, PageHints(OWN, lambda now: (key for key in offered(now) if key.shown == "R"))
        )

    def on_mount(self) -> None:
        """Paint for the first time."""
        self.show(self._state)
        self._page.show(self._state)

    def action_scroll_page(self, by: int) -> None:
        """Move by one row."""
        self._page.top += by
        self._page.repaint()
