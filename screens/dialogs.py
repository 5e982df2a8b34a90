"""Questions before acts that can't be taken back; the button in focus is the one that Enter presses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.rows import Row, fill, span, wrap
from screens.scene import Scene
from screens.widgets.panel import Panel
from themes.ink import Ink

TEXT_ROWS = 2


class Button(Struct, frozen=True, kw_only=True):
    """One answer; its label names what will happen."""

    label: str
    yes: bool


class Asked(Struct, frozen=True, kw_only=True):
    """What a question says and offers; the first button has the focus."""

    title: str
    text: str
    buttons: tuple[Button, ...]
    yes_key: str = ""
    """A letter that says yes without the button."""


def ask_promote(canary: str, *, weight: int | None, advice: str) -> Asked:
    """Ask before the next stage; a stray Enter changes nothing."""
    what = f"{weight}%" if weight is not None else "the end"
    left = (
        f"Now it would be refused: {advice}"
        if advice
        else "What is left of this hold is skipped; guards go on."
    )
    return Asked(
        title=f"Promote {canary} to {what} now?",
        text=left,
        buttons=(Button(label="Cancel", yes=False), Button(label=f"Promote to {what} (y)", yes=True)),
        yes_key="y",
    )


def ask_roll_back(stable: str, canary: str) -> Asked:
    """Ask before the rollback; R and Enter is all that it takes."""
    return Asked(
        title=f"Roll back to {stable}?",
        text=f"All requests go to {stable} at once, {canary} gets none, and the release ends.",
        buttons=(Button(label=f"Roll back to {stable}", yes=True), Button(label="Cancel", yes=False)),
    )


def ask_to_leave(leave_words: str) -> Asked:
    """Ask what ctrl+c means: it never stops a release."""
    return Asked(
        title="Leave the screen?",
        text=leave_words,
        buttons=(Button(label="Stay", yes=False), Button(label="Leave, the release goes on", yes=True)),
    )


class _Box(Panel):
    """The question's rows."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(id="question")
        self._asked = asked
        self.chosen = 0

    def paint(self, scene: Scene, width: int, height: int) -> Sequence[Row]:
        """Draw a rule over the title, the text and the buttons."""
        glyphs = scene.glyphs
        texts = wrap(self._asked.text, width - 4, rows=TEXT_ROWS, cut=glyphs.cut)
        rows: list[Row] = [
            (span(glyphs.run * width, Ink.RULE),),
            (span(f"  {self._asked.title}", Ink.STRONG),),
            *((span(f"  {text}"),) for text in texts),
        ]
        room = max(0, height - len(rows) - 2)
        return [fill(row, width) for row in (*rows, *[()] * min(room, 1), self._buttons(), ())]

    def _buttons(self) -> Row:
        pieces = [span("  ")]
        for place, button in enumerate(self._asked.buttons):
            focused = place == self.chosen
            label = f"[ {button.label} ]" if focused else f"  {button.label}  "
            pieces += [span(label, Ink.FOCUS if focused else Ink.BUTTON), span("  ")]
        return (*pieces, span("enter chooses  esc goes back", Ink.DIM))


class Question(ModalScreen[bool]):
    """Shows one question at the foot of the screen; the release goes on above it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up,shift+tab,h", "move(-1)", show=False),
        Binding("right,down,tab,l", "move(1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("escape,ctrl+c,ctrl+q,n", "cancel", show=False),
    ]

    def __init__(self, asked: Asked, scene: Scene) -> None:
        super().__init__()
        self._asked = asked
        self._first_scene = scene
        self._box = _Box(asked)
        if asked.yes_key:
            self._bindings.bind(asked.yes_key, "confirm", show=False)

    def compose(self) -> ComposeResult:
        """Put the box on the screen."""
        yield self._box

    def on_mount(self) -> None:
        """Paint for the first time."""
        self._box.show(self._first_scene)

    @property
    def focused_label(self) -> str:
        """The label of the button that Enter presses."""
        return self._asked.buttons[self._box.chosen].label

    def action_move(self, by: int) -> None:
        """Move the focus."""
        self._box.chosen = (self._box.chosen + by) % len(self._asked.buttons)
        self._box.repaint()

    def action_choose(self) -> None:
        """Press the button in focus."""
        self._answer(yes=self._asked.buttons[self._box.chosen].yes)

    def action_confirm(self) -> None:
        """Say yes."""
        self._answer(yes=True)

    def action_cancel(self) -> None:
        """Say no."""
        self._answer(yes=False)

    def _answer(self, *, yes: bool) -> None:
        # A screen can't wait for its own end, so what dismiss gives is left alone.
        _ = self.dismiss(yes)
