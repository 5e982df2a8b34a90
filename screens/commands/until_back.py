"""Waiting until a release is rolled back, whoever says so."""

from __future__ import annotations

import time
from pathlib import Path

from console.errors import ExitCode
from console.host.alive import worker_of
from console.plan.literal import literal
from console.policy.progress import Progress
from screens.say import say

LONGEST_LINE = 1000
"""Characters of a line from a worker or a journal that are shown."""


class UntilBack:
    """Waits until a release is rolled back, and tells each attempt that failed."""

    def __init__(self, folder: Path, *, until: float) -> None:
        self._folder = folder
        self._until = until
        self._failures = 0
        self._words = "the worker has not answered yet"
        self.alone = False
        """Whether the last thing heard was that nobody is there."""

    def hear(self, back: Progress | None) -> int | None:
        """Take in what was said, or that nothing was; gives the exit code once it is over."""
        self.alone = back is None and worker_of(self._folder) is None
        if back is not None:
            self._words = literal(back.words, longest=LONGEST_LINE)
            self._tell(back)
            if back.is_back:
                say(self._words)
                return ExitCode.PROMOTED
            if back.exit_code is not None:
                say(f"not rolled back: {self._words}", err=True)
                return back.exit_code or ExitCode.ROLLBACK_NOT_CONFIRMED
        if time.monotonic() > self._until:
            say(f"{self._words}; the worker goes on trying", err=True)
            return ExitCode.ROLLBACK_NOT_CONFIRMED
        return None

    def _tell(self, back: Progress) -> None:
        if back.failures != self._failures:
            self._failures = back.failures
            if back.failures and not back.is_back:
                say(self._words, err=True)
