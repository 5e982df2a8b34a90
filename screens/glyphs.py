"""The signs that a screen draws with; terminals without UTF-8 get letters and strokes."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Glyphs(Struct, frozen=True, kw_only=True):
    """One set of signs; each is one cell wide, but for `limit` and `heat`, which have several.

    What stands here is Unicode.
    """

    ascii: bool = False
    done: str = "✓"
    current: str = "▶"
    ahead: str = "○"
    failed: str = "✗"
    blind: str = "◌"
    few: str = "◔"
    back: str = "◀"
    live: str = "●"
    arrow: str = "→"
    run: str = "━"
    rest: str = "╌"
    rule: str = "─"
    limit: str = "▔┄▁"
    """A limit's line at the top of a cell, in its middle, at its bottom."""
    corner: str = "└"
    bar: str = "│"
    dot: str = "·"
    at_most: str = "≤"
    at_least: str = "≥"
    cut: str = "…"
    pause: str = "‖"
    head: str = "◆"
    """Where a recording is being looked at."""
    heat: str = "▁▂▃▄▅▆▇█"
    """From cold to hot."""


UNICODE = Glyphs()
ASCII = Glyphs(
    ascii=True,
    done="+",
    current=">",
    ahead="o",
    failed="x",
    blind="?",
    few="~",
    back="<",
    live="*",
    arrow=">",
    run="=",
    rest="-",
    rule="-",
    limit="--_",
    corner="`",
    bar="|",
    dot=".",
    at_most="<",
    at_least=">",
    cut="~",
    pause='"',
    head="#",
    heat="_.:-=+*#",
)


def glyphs_for(environ: Mapping[str, str]) -> Glyphs:
    """Look at the locale as the C library does: the first of the three variables that is set."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    return UNICODE if "utf-8" in locale.lower() or "utf8" in locale.lower() else ASCII
