"""What all of pithead's programs on a terminal have in common: palettes, signs, the key for themes."""

from __future__ import annotations

import gc
import os
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar
from weakref import WeakKeyDictionary

from textual import events
from textual.binding import BindingType
from textual.theme import BUILTIN_THEMES, Theme

import themes
from screens.crash import write_trace
from screens.diff_renderer import DiffRenderedApp
from screens.driver import ScreenDriver, TerminalRead
from screens.glyphs import glyphs_for
from screens.typed import SETTLE_S, Press, Typing, confirms
from themes.choice import PALETTES, first_palette, next_palette
from themes.ink import Ink
from themes.palette import Palette

ReturnType = TypeVar("ReturnType")
HARMLESS = frozenset({"j", "k", "g", "G"})
"""Letters that only scroll: many at once are a key held down."""
ALWAYS = frozenset({"R"})
"""A letter that opens its question also amid text, if it came alone: the way back waits for nothing."""
MESSAGE_S = 15.0
"""A message stays this long, seconds: time to read two lines twice."""
NO_COMMAND = "typed text is no command here: nothing was done"


class ThemedApp(DiffRenderedApp[ReturnType]):
    """An App in the colours that the person and the terminal ask for."""

    TITLE = "pithead"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[str] = str(Path(themes.__file__).parent / "layout.tcss")
    BINDINGS: ClassVar[list[BindingType]] = []
    keys_act: ClassVar[bool] = True
    """Whether a key can do something to a release: only then text typed in the wrong window matters."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """`clock` is the one by which a message stays."""
        if not os.environ.get("NO_COLOR"):
            # An empty one asks for nothing (no-color.org), but to Textual it would be a wish for grey.
            os.environ.pop("NO_COLOR", None)
        palette = first_palette(os.environ)
        super().__init__(driver_class=ScreenDriver, ansi_color=True if palette.plain else None)
        self.animation_level = "none"
        self._clock = clock
        self._message = ("", False, 0.0)
        """What stands on the message line, whether it is bad news, and until when."""
        self._glyphs = glyphs_for(os.environ)
        for offered in PALETTES:
            self.register_theme(_textual_theme(offered))
        self.theme = palette.name
        self.hand_clock: Callable[[], float] = time.monotonic
        """The clock by which keys are told from text."""
        self.settle_s = SETTLE_S
        self.press: Press | None = None
        """The key that is acted on now."""
        self._typing = Typing()
        self._reads = 0
        self._read: TerminalRead | None = None
        self._presses: WeakKeyDictionary[events.Key, Press] = WeakKeyDictionary()
        self.crash = ""
        """What ended the screen, and where its trace is, where a defect of ours did."""

    def _print_error_renderables(self) -> None:
        """Keep the trace of a defect from the terminal: a file has it, and a person gets a sentence."""
        if self._exception is None or self.is_headless:
            super()._print_error_renderables()
            return
        self.crash = write_trace(self._exception)
        self._exit_renderables.clear()

    def on_terminal_read(self, message: TerminalRead) -> None:
        """Know which keys came from the terminal at once."""
        self._reads += 1
        self._read = message

    async def on_event(self, event: events.Event) -> None:
        """Tell keys from text before they act."""
        if isinstance(event, events.Key):
            if not event.is_forwarded:
                self._presses[event] = self._taken(event)
            self.press = self._presses.get(event)
            if event.is_forwarded and self._is_text(event):
                self.say(NO_COMMAND)
                return
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            self._typing.pasted(at=self._at(event))
            if self.keys_act and not self._takes_text:
                self.say(NO_COMMAND)
        await super().on_event(event)

    @property
    def _takes_text(self) -> bool:
        return bool(getattr(self.screen, "takes_text", False))

    def _at(self, event: events.Event) -> float:
        """When it was read; a test's events come from no terminal, and are read when they are made."""
        return event.time if self._read is not None else self.hand_clock()

    def _taken(self, event: events.Key) -> Press:
        if self._read is None:
            self._reads += 1
        means = self._takes_text or event.key in self.screen.active_bindings
        letters = 1 if self._read is None or self._takes_text else self._read.printable
        return self._typing.take(
            event.key,
            read=self._reads,
            at=self._at(event),
            letter=event.is_printable and not self._takes_text,
            means=means,
            letters_of_read=letters,
        )

    def _is_text(self, event: events.Key) -> bool:
        """Whether a letter is text and no command; in a question, the question itself knows."""
        press = self.press
        if not self.keys_act or press is None or not press.amid_text:
            return False
        if not event.is_printable or self._takes_text:
            return False
        if event.key in HARMLESS or getattr(self.screen, "knows_text", False):
            return False
        return press.together or event.key not in ALWAYS

    def confirms(self, *, opened_by: Press | None, opened_at: float) -> bool:
        """Whether the key that is acted on now may answer a question with yes."""
        return confirms(self.press, opened_by=opened_by, opened_at=opened_at)

    def when_alone(self, act: Callable[[], None]) -> None:
        """Act once no other letter has followed this one for a moment."""
        letters = self._typing.letters

        def settled() -> None:
            if self._typing.letters == letters:
                act()
            else:
                self.say(NO_COMMAND)

        if self.settle_s <= 0:
            act()
        else:
            self.set_timer(self.settle_s, settled)

    def say(self, text: str, *, bad: bool = False) -> None:
        """Put a text on the message line."""
        self._message = (text, bad, self._clock() + MESSAGE_S)
        self.paint()

    @property
    def message(self) -> tuple[str, bool]:
        """What stands on the message line now, and whether it is bad news."""
        text, bad, until = self._message
        return (text, bad) if self._clock() < until else ("", False)

    @abstractmethod
    def paint(self) -> None:
        """Paint this instant."""

    @abstractmethod
    def action_leave(self) -> None:
        """Leave the screen."""

    async def action_quit(self) -> None:
        """Ctrl+q is Textual's own key: it means q here."""
        self.action_leave()

    def action_theme(self) -> None:
        """Put on the next theme."""
        palette = next_palette(self.theme)
        self.theme = palette.name
        self.say(f"theme: {palette.about}")


def _textual_theme(palette: Palette) -> Theme:
    """Give Textual the ground and the text's colour; all else is inks."""
    if palette.plain:
        return replace(BUILTIN_THEMES["ansi-dark"], name=palette.name)
    return Theme(
        name=palette.name,
        primary=palette.inks[Ink.STABLE].split()[-1],
        foreground=palette.text,
        background=palette.ground,
        dark=palette.dark,
    )


def collect_garbage_again() -> None:
    """Let the collector work again, but not on the modules: they stay, and are most of what it would walk."""
    gc.freeze()
    gc.enable()
