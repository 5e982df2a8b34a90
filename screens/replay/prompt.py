"""One line to type into, at the foot of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.rows import Row, fill, span
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

LONGEST_TYPED_CHARS = 200
"""Characters of one typed line: no command of the prompt is longer."""


class _Line(Panel):
    """The rows of the prompt."""

    def __init__(self, title: str, hint: str) -> None:
        super().__init__(id="prompt")
        self._title = title
        self._hint = hint
        self.typed = ""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - four rows
        """Write a rule, what was typed, and what may be."""
        keys = (span("  enter", Ink.KEY), span(" goes"), span("  esc", Ink.KEY), span(" goes back"))
        rows: list[Row] = [
            (span(state.glyphs.run * width, Ink.RULE),),
            (span(f"  {self._title} ", Ink.STRONG), span(f"{self.typed} "), span(" ", Ink.FOCUS)),
            (span(f"  {self._hint}", Ink.DIM),),
            keys,
        ]
        return [fill(row, width, cut=state.glyphs.cut) for row in rows]


class Prompt(ModalScreen[str]):
    """Gives what was typed; nothing where it was left with escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,ctrl+q", "dismiss('')", show=False),
    ]

    def __init__(self, title: str, *, hint: str, state: ViewState) -> None:
        super().__init__()
        self._first_scene = state
        self._line = _Line(title, hint)

    def compose(self) -> ComposeResult:
        """Put the line on the screen."""
        yield self._line

    def on_mount(self) -> None:
        """Paint for the first time."""
        self._line.show(self._first_scene)

    def on_key(self, event: events.Key) -> None:
        """Take up what is typed."""
        if event.key == "enter":
            _ = self.dismiss(self._line.typed)
        elif event.key in ("backspace", "ctrl+h"):
            self._line.typed = self._line.typed[:-1]
        elif event.key == "ctrl+u":
            self._line.typed = ""
        elif event.is_printable and event.character and len(self._line.typed) < LONGEST_TYPED_CHARS:
            self._line.typed += event.character
        else:
            return
        event.stop()
        self._line.repaint()

    def on_paste(self, event: events.Paste) -> None:
        """Take up the first line of what is pasted."""
        self._line.typed = (self._line.typed + event.text.partition("\n")[0])[:LONGEST_TYPED_CHARS]
        self._line.repaint()
