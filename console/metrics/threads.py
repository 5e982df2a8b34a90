"""A limit on the calls at a time, hung ones included; used by `prometheus`."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from console.threads import in_thread

T = TypeVar("T")


class TooManyHang(Exception):  # noqa: N818 - named for the caller's situation
    """Too many calls hang to begin another one."""


class DaemonThreads:
    """Runs each call in a daemon thread of its own, at most `limit` at a time, hung ones included."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._running = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Await `work()`; when this await is cancelled, the thread is left to end by itself."""
        self._count_in()
        return await in_thread(work, name="prometheus call", ended=self._count_out)

    def _count_in(self) -> None:
        with self._lock:
            if self._running >= self._limit:
                raise TooManyHang
            self._running += 1

    def _count_out(self) -> None:
        with self._lock:
            self._running -= 1
