"""Whether a release still has its worker, and how it gets a new one."""

from __future__ import annotations

import time
from pathlib import Path

from console.alive import worker_of
from console.launch import resume_worker

GRACE_S = 10.0
"""A worker that was just started has this long to come to its lock."""


class ReleaseKeeper:
    """Looks after the worker of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started_at = time.monotonic()

    def lives(self) -> bool:
        """Whether a worker drives the release, or may be about to."""
        return worker_of(self._folder) is not None or time.monotonic() < self._started_at

    def revive(self) -> str:
        """Start a worker that goes on where the last one died; gives what went wrong, or nothing."""
        try:
            resume_worker(self._folder)
        except OSError as error:
            return f"no worker could be started: {error.strerror}"
        self._started_at = time.monotonic() + GRACE_S
        return ""
