"""What a terminal says unasked or late, taken out of what a person types.

Textual turns a sequence that it does not know into keys, letter by letter: an answer about colours then
types `rgb`, and a `b` among it would ask to advance blind. Answers also come late, and in parts, over a slow
line. Here everything that is no key is dropped whole, and what is not whole yet is waited for.
"""

from __future__ import annotations

import re

ESC = "\x1b"
WAIT_S = 0.5
"""The rest of a sequence that came in parts is waited for so long; then the beginning is dropped.

A slow line is slow by tenths of a second. No key is a beginning alone, but Escape, which waits `ESCAPE_S`.
"""
ESCAPE_S = 0.1
"""A lone ESC is the key Escape when nothing follows it for so long; Textual waits as long."""
LONGEST_STRING_CHARS = 65536
"""Characters of a string that a terminal sends, at most: what the clipboard holds may be long."""
PASTE_S = 2.0
"""A paste whose end does not come for so long has ended: else every key would be taken for a part of it."""
PASTED, PASTE_ENDS = "\x1b[200~", "\x1b[201~"

_STRING = re.compile(r"\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x9c|\x1b\\)", re.DOTALL)
"""OSC, DCS, SOS, PM and APC: colours, versions, capabilities."""
_REPORT = re.compile(
    r"\x1b\[(?:[?>=<][\d;:]*c|\?[\d;:]*[uRn]|\d+;\d+R|\d*n|[\d;:]*c|>[\d;:]*[a-zA-Z]|[468];[\d;]*t)"
)
"""Device attributes, keyboard flags, the cursor's place, device status, sizes."""
_STRING_BEGUN = re.compile(r"\x1b[\]PX^_](?:(?!\x1b\[20[01]~)[^\x07\x9c])*\Z", re.DOTALL)
_BEGUN = re.compile(r"\x1b(?:\[[\x20-\x3f]*)?\Z")


class Reports:
    """Lets keys through, and nothing else that a terminal sends but what Textual asks for itself."""

    def __init__(self) -> None:
        self._held = ""
        self._held_at = 0.0
        self._pasted_at: float | None = None

    def keys(self, text: str, *, at: float) -> str:
        """Take what was read, and give what is to be taken for keys; a beginning is held."""
        text, self._held = self._begun(at) + text, ""
        text = _REPORT.sub("", _STRING.sub("", text))
        begun = _STRING_BEGUN.search(text) or _BEGUN.search(text)
        if begun is not None and len(begun[0]) < LONGEST_STRING_CHARS:
            text, self._held, self._held_at = text[: begun.start()], begun[0], at
        elif begun is not None:
            text = text[: begun.start()]
        if (begins := text.rfind(PASTED)) >= 0 or self._pasted_at is not None:
            self._pasted_at = None if text.rfind(PASTE_ENDS) > begins else at
        return text

    def overdue(self, *, at: float) -> str:
        """Give the key Escape once nothing has followed it; drop what never became whole."""
        if self._held == ESC and at - self._held_at >= ESCAPE_S:
            self._held = ""
            return ESC
        if self._pasted_at is not None and at - self._pasted_at >= PASTE_S:
            self._pasted_at = None
            return PASTE_ENDS
        _ = self._begun(at)
        return ""

    def _begun(self, at: float) -> str:
        if self._held and at - self._held_at >= WAIT_S:
            self._held = ""
        return self._held
