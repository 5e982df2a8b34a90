"""Questions before acts that can't be taken back; the button in focus is the one that Enter presses."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen

from console.command import LONGEST_REASON
from console.policy.spec import Prompt
from screens.rows import Row, fill, span, wrap
from screens.themed_app import ThemedApp
from screens.typed import Press
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

TEXT_ROWS = 2
CLOSED = "typed text closed the question: nothing was done"


class Reason(StrEnum):
    """Whether a question wants to know why."""

    NONE = "none"
    OFFERED = "offered"
    """There is a line for it, which may stay empty: a rollback waits for nothing."""
    WANTED = "wanted"
    """Without one the answer is not taken."""


class Button(Struct, frozen=True, kw_only=True):
    """One answer; its label names what will happen."""

    label: str
    yes: bool
    instead: bool = False
    """Whether it is the question's other answer, which `instead_key` gives too."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a question says and offers; the first button has the focus."""

    title: str
    text: str
    buttons: tuple[Button, ...]
    yes_key: str = ""
    """A letter that says yes without the button."""
    forward: bool = False
    """Whether yes moves traffic forward: then only `yes_key` says it, and neither Enter nor a button.

    A letter, an arrow and Enter are what a person types in a shell every minute.
    """
    instead_key: str = ""
    """A letter that gives the other answer, or wants another question in the place of this one."""
    instead_asks: bool = False
    """Whether the other answer is only another question, which waits for its own key."""
    reason: Reason = Reason.NONE
    """Whether there is a line to say why."""


class Reply(Struct, frozen=True, kw_only=True):
    """What a person answered."""

    yes: bool
    reason: str = ""
    instead: bool = False
    """Whether they want the other thing that the question names."""


def asked_of(prompt: Prompt, *, reason: Reason) -> Asked:
    """Ask what a command wants asked; where it moves traffic forward, a stray Enter changes nothing."""
    yes, no = Button(label=prompt.yes, yes=True), Button(label=prompt.no, yes=False)
    return Asked(
        title=prompt.title,
        text=prompt.text,
        buttons=(no, yes) if prompt.yes_key else (yes, no),
        yes_key=prompt.yes_key,
        forward=bool(prompt.yes_key),
        reason=reason,
    )


def ask_why(what: str) -> Asked:
    """Ask only why, for a command that is safe but that the plan wants a reason for."""
    label = what.capitalize()
    return Asked(
        title=f"{label}: why?",
        text="The plan wants a reason; it goes on record.",
        buttons=(Button(label=label, yes=True), Button(label="Cancel", yes=False)),
        reason=Reason.WANTED,
    )


def ask_revive(since: str, weight: int | None) -> Asked:
    """Ask whether to take up a release that nobody drives; a stray Enter changes nothing."""
    where = "where it was" if weight is None else f"at {weight}%"
    return Asked(
        title=f"The worker is dead since {since}",
        text=f"The weight stays {where} and nothing watches it. r resumes the release here, holding first; "
        "R rolls it back.",
        buttons=(Button(label="Only look", yes=False), Button(label="Resume it here (r)", yes=True)),
        yes_key="r",
        instead_key="R",
        instead_asks=True,
    )


def ask_to_leave(leave_words: str) -> Asked:
    """Ask what ctrl+c means: it never stops a release."""
    return Asked(
        title="Leave the screen?",
        text=leave_words,
        buttons=(Button(label="Stay", yes=False), Button(label="Leave, the release goes on", yes=True)),
    )


def ask_to_leave_the_demo() -> Asked:
    """Ask what becomes of the demo's laboratory when its screen is left."""
    return Asked(
        title="End the laboratory?",
        text="Its release ends with it, on record. Kept, both run on without this screen.",
        buttons=(
            Button(label="End it", yes=True),
            Button(label="Keep it running (k)", yes=False, instead=True),
            Button(label="Stay", yes=False),
        ),
        instead_key="k",
    )


def ask_to_end_the_demo() -> Asked:
    """Ask what ctrl+c means in a demo; a stray Enter changes nothing."""
    return Asked(
        title="End the laboratory?",
        text="Its release ends with it, on record. q can also keep both running without this screen.",
        buttons=(Button(label="Stay", yes=False), Button(label="End it", yes=True)),
    )


class _Box(Panel):
    """The question's rows."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(id="question")
        self._asked = asked
        self.chosen = 0
        self.reason = ""
        self.hint = "enter chooses  esc goes back"
        self.wanting = False
        """Whether a yes was not taken for want of a reason."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Draw a rule over the title, the text and the buttons."""
        glyphs = state.glyphs
        texts = wrap(self._asked.text, width - 4, rows=TEXT_ROWS, cut=glyphs.cut)
        rows: list[Row] = [
            (span(glyphs.run * width, Ink.RULE),),
            (span(f"  {self._asked.title}", Ink.STRONG),),
            *((span(f"  {text}"),) for text in texts),
        ]
        if self._asked.reason is not Reason.NONE:
            rows.append(self._why(width, cut=glyphs.cut))
        room = max(0, height - len(rows) - 2)
        return [fill(row, width) for row in (*rows, *[()] * min(room, 1), self._buttons(), ())]

    def _why(self, width: int, *, cut: str) -> Row:
        """Show the end of what was typed, where the cursor is."""
        wanted = self._asked.reason is Reason.WANTED
        words = "  why (wanted): " if wanted else "  why (tab says it): "
        room = max(1, width - len(words) - 3)
        shown = self.reason if len(self.reason) <= room else cut + self.reason[1 - room :]
        return (span(words, Ink.BAD if self.wanting else Ink.DIM), span(shown), span("_", Ink.FOCUS))

    def _buttons(self) -> Row:
        pieces = [span("  ")]
        for place, button in enumerate(self._asked.buttons):
            focused = place == self.chosen
            label = f"[ {button.label} ]" if focused else f"  {button.label}  "
            pieces += [span(label, Ink.FOCUS if focused else Ink.BUTTON), span("  ")]
        return (*pieces, span(self.hint, Ink.DIM))


class Question(ModalScreen[Reply]):
    """Shows one question at the foot of the screen; the release goes on above it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up,shift+tab", "move(-1)", show=False),
        Binding("right,down,tab", "move(1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("escape,ctrl+c,ctrl+q", "cancel", show=False),
    ]
    _LETTERS: ClassVar[dict[str, str]] = {"n": "cancel"}
    """Not where a reason is typed."""
    knows_text = True
    """A letter that means nothing here is text: it closes the question."""

    def __init__(self, asked: Asked, state: ViewState) -> None:
        super().__init__()
        self._asked = asked
        self._first_scene = state
        self._box = _Box(asked)
        self._opened_by: Press | None = None
        self._opened_at = 0.0
        self.takes_text = asked.reason is Reason.WANTED
        """Whether letters go into the reason; where one is only offered, from Tab on."""
        if asked.reason is not Reason.WANTED:
            letters = {
                **self._LETTERS,
                **({asked.yes_key: "confirm"} if asked.yes_key else {}),
                **({asked.instead_key: "instead"} if asked.instead_key else {}),
            }
            for letter, action in letters.items():
                self._bindings.bind(letter, action, show=False)

    def compose(self) -> ComposeResult:
        """Put the box on the screen."""
        yield self._box

    def on_mount(self) -> None:
        """Paint for the first time."""
        app = self._dressed
        self._opened_by, self._opened_at = app.press, app.hand_clock()
        self._box.show(self._first_scene)

    @property
    def _dressed(self) -> ThemedApp[object]:
        assert isinstance(self.app, ThemedApp)
        return self.app

    @property
    def focused_label(self) -> str:
        """The label of the button that Enter presses."""
        return self._asked.buttons[self._box.chosen].label

    def on_key(self, event: Key) -> None:
        """Type into the reason, where there is one; a letter that means nothing closes the question."""
        if not self.takes_text:
            again = self._opened_by is not None and event.key == self._opened_by.key
            if event.is_printable and not again and event.key not in self._bindings.key_to_bindings:
                self._dressed.say(CLOSED)
                self.action_cancel()
            return
        if event.key == "backspace":
            self._box.reason = self._box.reason[:-1]
        elif event.is_printable and event.character and len(self._box.reason) < LONGEST_REASON:
            self._box.reason += event.character
        else:
            return
        self._box.wanting = False
        self._box.repaint()

    def action_move(self, by: int) -> None:
        """Move the focus; where a reason is offered, to its line first."""
        if self._asked.reason is Reason.OFFERED and not self.takes_text:
            self.takes_text = True
            return
        self._box.chosen = (self._box.chosen + by) % len(self._asked.buttons)
        self._box.repaint()

    def action_choose(self) -> None:
        """Press the button in focus."""
        button = self._asked.buttons[self._box.chosen]
        if button.yes and self._asked.forward and self._asked.reason is Reason.NONE:
            self._hint(f"{self._asked.yes_key} says yes here, Enter does not")
            return
        if button.instead:
            self.action_instead()
        elif not button.yes or self._confirms():
            self._answer(yes=button.yes)

    def action_confirm(self) -> None:
        """Say yes, if no more letters follow."""
        if self._asked.reason is Reason.NONE and self._confirms():
            self._dressed.when_alone(lambda: self._answer(yes=True))

    def action_instead(self) -> None:
        """Ask for the other thing."""
        if self._asked.instead_asks or self._confirms():
            _ = self.dismiss(Reply(yes=False, instead=True))

    def action_cancel(self) -> None:
        """Say no."""
        self._answer(yes=False)

    def _hint(self, words: str) -> None:
        self._box.hint = words
        self._box.repaint()

    def _confirms(self) -> bool:
        """Whether whoever pressed this key has seen the question; else it stays, and they are told."""
        seen = self._dressed.confirms(opened_by=self._opened_by, opened_at=self._opened_at)
        if not seen:
            self._hint("that key came with the question: press it again")
        return seen

    def _answer(self, *, yes: bool) -> None:
        if not self.is_current:
            return
        reason = self._box.reason.strip()
        if yes and self._asked.reason is Reason.WANTED and not reason:
            self._box.wanting = True
            self._box.repaint()
            return
        # A screen can't wait for its own end, so what dismiss gives is left alone.
        _ = self.dismiss(Reply(yes=yes, reason=reason))
