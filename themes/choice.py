"""Which theme a screen begins with, and which one comes next."""

from __future__ import annotations

from collections.abc import Mapping

from themes.dark import DARK
from themes.light import LIGHT
from themes.palette import Palette
from themes.plain import PLAIN
from themes.safe import SAFE

PALETTES = (DARK, SAFE, LIGHT, PLAIN)


def first_palette(environ: Mapping[str, str]) -> Palette:
    """PITHEAD_THEME names one; NO_COLOR, when it is not empty, outranks it."""
    if environ.get("NO_COLOR"):
        return PLAIN
    wanted = environ.get("PITHEAD_THEME", "")
    return next((palette for palette in PALETTES if wanted and palette.name.endswith(wanted)), DARK)


def next_palette(name: str) -> Palette:
    """Give the palette after the one of this name, and after the last the first."""
    names = [palette.name for palette in PALETTES]
    return PALETTES[(names.index(name) + 1) % len(PALETTES)]


def palette_named(name: str) -> Palette:
    """Give the palette of this name."""
    return next(palette for palette in PALETTES if palette.name == name)
