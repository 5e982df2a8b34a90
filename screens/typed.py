"""Tells a key that a person pressed from text that was meant for another window.

A command typed into the wrong window comes as letters: many at once, or one after the other at a hand's
pace, most of them keys of nothing. Between them stand keys that act. So a key is text where another letter
came with it from the terminal, and where a key of nothing, or a paste, came shortly before it.
"""

from __future__ import annotations

from msgspec import Struct

GUARD_S = 0.3
"""A question takes no confirming key for so long after it has opened: nobody has read it sooner."""
AMID_TEXT_S = 1.5
"""As `GUARD_S`, for a question that was opened by a letter amid text."""
QUIET_S = 1.0
"""Text has ended when no letter of it came for so long: five times the pace of a slow typist."""
SETTLE_S = 0.3
"""A letter that acts without a question acts when no other letter has followed it for so long."""


class Press(Struct, frozen=True, kw_only=True):
    """One key that came."""

    key: str
    read: int
    """With which read of the terminal it came, counted."""
    at: float
    """When it was read, by a clock that nobody can set."""
    together: bool = False
    """Whether other letters came with it."""
    amid_text: bool = False
    """Whether text came shortly before it, or with it."""


class Typing:
    """Follows all keys of one screen."""

    def __init__(self) -> None:
        self._text_at = float("-inf")
        self.letters = 0
        """How many letters have come."""

    def take(
        self, key: str, *, read: int, at: float, letter: bool, means: bool, letters_of_read: int
    ) -> Press:
        """Take the next key; `means` says whether it does anything where it goes."""
        together = letter and letters_of_read > 1
        amid_text = together or at - self._text_at < QUIET_S
        self.letters += letter
        if letter and (amid_text or not means):
            self._text_at = at
        return Press(key=key, read=read, at=at, together=together, amid_text=amid_text)

    def pasted(self, *, at: float) -> None:
        """Take a paste."""
        self._text_at = at


def confirms(press: Press | None, *, opened_by: Press | None, opened_at: float) -> bool:
    """Whether a key was pressed by somebody who saw the question that it would answer."""
    if press is None:
        return False
    if opened_by is not None and press.read == opened_by.read:
        return False
    amid_text = opened_by is not None and opened_by.amid_text
    return press.at - opened_at >= (AMID_TEXT_S if amid_text else GUARD_S)
