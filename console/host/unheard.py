"""Connections of viewers that have said nothing yet.

Each takes a descriptor. Where there is none left a person who has something to say comes first.
"""

from __future__ import annotations

import asyncio

SILENT_S = 1.0
"""Who has been silent for less may be about to speak, seconds: a viewer sends its line as it connects."""


class Unheard:
    """Knows since when each of them is there."""

    def __init__(self) -> None:
        self._since_s: dict[asyncio.StreamWriter, float] = {}

    def add(self, viewer: asyncio.StreamWriter) -> None:
        """Note one that has connected just now."""
        self._since_s[viewer] = asyncio.get_running_loop().time()

    def discard(self, viewer: asyncio.StreamWriter) -> None:
        """Forget one that has spoken or is gone."""
        self._since_s.pop(viewer, None)

    def drop(self) -> None:
        """End the connections that have been silent for long."""
        now_s = asyncio.get_running_loop().time()
        for viewer in [each for each, since_s in self._since_s.items() if now_s - since_s >= SILENT_S]:
            viewer.transport.abort()
            self.discard(viewer)
