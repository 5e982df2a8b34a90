"""Blocking calls off the event loop, such that one which hangs holds up nobody; used by `prometheus`.

asyncio's own executor joins its threads when the process ends, and a thread that hangs there is one less
for the calls after it. Here each call has a daemon thread of its own, and the awaiting side leaves it
behind at the deadline.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class TooManyHang(Exception):  # noqa: N818 - named for the caller's situation
    """So many calls were left behind that another one would only join them."""


class DaemonThreads:
    """Runs each call in a daemon thread of its own, at most `limit` at a time, hung ones included."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._running = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Await `work()`; when this await is cancelled, the thread is left to end by itself."""
        future: Future[T] = Future()
        self._count_in()
        Thread(target=self._call, args=(work, future), name="prometheus call", daemon=True).start()
        return await asyncio.wrap_future(future)

    def _call(self, work: Callable[[], T], future: Future[T]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                _settle(work, future)
        finally:
            with self._lock:
                self._running -= 1

    def _count_in(self) -> None:
        with self._lock:
            if self._running >= self._limit:
                raise TooManyHang
            self._running += 1


def _settle(work: Callable[[], T], future: Future[T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call is awaited
        future.set_exception(error)
    else:
        future.set_result(result)
