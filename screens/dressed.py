"""What all of pithead's programs on a terminal have in common: palettes, signs, the key for themes."""

from __future__ import annotations

import gc
import os
from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.theme import BUILTIN_THEMES, Theme

import themes
from screens.crash import write_trace
from screens.driver import ScreenDriver
from screens.frugal import FrugalApp
from screens.glyphs import glyphs_for
from themes.choice import PALETTES, first_palette, next_palette
from themes.ink import Ink
from themes.palette import Palette

ReturnType = TypeVar("ReturnType")


class DressedApp(FrugalApp[ReturnType]):
    """An App in the colours that the person and the terminal ask for."""

    TITLE = "pithead"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[str] = str(Path(themes.__file__).parent / "layout.tcss")
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self) -> None:
        if not os.environ.get("NO_COLOR"):
            # An empty one asks for nothing (no-color.org), but to Textual it would be a wish for grey.
            os.environ.pop("NO_COLOR", None)
        palette = first_palette(os.environ)
        super().__init__(driver_class=ScreenDriver, ansi_color=True if palette.plain else None)
        self.animation_level = "none"
        self._glyphs = glyphs_for(os.environ)
        for offered in PALETTES:
            self.register_theme(_textual_theme(offered))
        self.theme = palette.name
        self.crash = ""
        """What ended the screen, and where its trace is, where a defect of ours did."""

    def _print_error_renderables(self) -> None:
        """Keep the trace of a defect from the terminal: a file has it, and a person gets a sentence."""
        if self._exception is None or self.is_headless:
            super()._print_error_renderables()
            return
        self.crash = write_trace(self._exception)
        self._exit_renderables.clear()

    @abstractmethod
    def say(self, text: str, *, bad: bool = False) -> None:
        """Put a text on the message line."""

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
