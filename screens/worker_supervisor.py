"""Whether a release still has its worker, and how it gets a new one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from console.host.alive import worker_of
from console.host.launch import start_rollback, start_worker, trouble_starting
from console.host.order import order_to_resume, order_to_roll_back
from console.host.person import who_is_there
from console.host.places import order_of

GRACE_S = 10.0
"""A worker that was just started has this long to come to its lock: ten times what an idle machine takes."""


class WorkerSupervisor:
    """Looks after the worker of one folder."""

    def __init__(self, folder: Path, *, just_started: bool = False) -> None:
        """`just_started` says that a worker was started an instant ago, and may not have its lock yet."""
        self._folder = folder
        self._grace_until = time.monotonic() + GRACE_S if just_started else 0.0

    def lives(self) -> bool:
        """Whether a worker drives the release, or may be about to."""
        return worker_of(self._folder) is not None or time.monotonic() < self._grace_until

    def revive(self) -> str:
        """Start a worker that goes on where the last one died; gives what went wrong, or nothing."""
        return self._started(self._resume)

    def roll_back(self, *, reason: str) -> str:
        """Start a worker whose first act is the rollback; gives what went wrong, or nothing."""

        def start() -> None:
            order = order_to_roll_back(order_of(self._folder), who_is_there(), reason=reason)
            start_rollback(order, self._folder).close()  # the screen hears of it by the journal

        return self._started(start)

    def _resume(self) -> None:
        start_worker(order_to_resume(order_of(self._folder), who_is_there()), self._folder)

    def _started(self, start: Callable[[], None]) -> str:
        trouble = trouble_starting(start)
        if not trouble:
            self._grace_until = time.monotonic() + GRACE_S
        return trouble
