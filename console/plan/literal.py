"""Text that came from a file, made harmless before it is shown in a message."""

from __future__ import annotations

LONGEST_ECHO = 60


def literal(text: str, *, longest: int = LONGEST_ECHO) -> str:
    """Show what can't be printed as an escape, and cut what is long."""
    if text.isprintable() and len(text) <= longest:
        return text
    shown = "".join(c if c.isprintable() else _escape(c) for c in text[:longest])
    return f"{shown}…" if len(text) > longest else shown


def quoted(text: str) -> str:
    """Cite `text` in a message."""
    return f"`{literal(text)}`"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
