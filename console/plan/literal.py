"""Text that came from outside, made harmless before it is shown."""

from __future__ import annotations

import re

LONGEST_ECHO = 60
_RARE = re.compile(r"[^\n -~]")


def literal(text: str, *, longest: int = LONGEST_ECHO) -> str:
    """Write what can't be printed as an escape, and cut the text at `longest` characters."""
    if text.isprintable() and len(text) <= longest:
        return text
    shown = "".join(c if c.isprintable() else _escape(c) for c in text[:longest])
    return f"{shown}…" if len(text) > longest else shown


def quoted(text: str) -> str:
    """Cite `text` in a message."""
    return f"`{literal(text)}`"


def literal_json(encoded: bytes) -> str:
    """Return the same document with JSON's own escapes for what can't be printed."""
    return _RARE.sub(lambda found: _in_json(found[0]), encoded.decode())


def _in_json(character: str) -> str:
    if character.isprintable():
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
