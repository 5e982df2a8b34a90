"""File descriptors held back, so that a rollback can open a socket when the process has none left."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import Self

HELD_BACK = 16
"""Descriptors that are held back: a write to the API may take a socket, a lookup, certificates and an exec
plugin with its pipes."""
REST_S = 10.0
"""Seconds for which descriptors that were let go are left to the rollback that needs them."""


class SpareDescriptors:
    """Holds descriptors, and closes them when a rollback needs them."""

    def __init__(self) -> None:
        self._held: list[int] = []
        self._rests_until = 0.0
        self.fill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go()

    def fill(self) -> None:
        """Hold as many as there should be, or as there are; not yet, where they were let go just now."""
        if time.monotonic() < self._rests_until:
            return
        try:
            while len(self._held) < HELD_BACK:
                self._held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return  # there are none left: the next tick tries again

    def let_go(self) -> None:
        """Let go of all."""
        while self._held:
            os.close(self._held.pop())
        self._rests_until = time.monotonic() + REST_S
