"""A blocking call off the event loop, such that one which hangs holds up nobody.

asyncio's own executor joins its threads when the process ends, and a thread that hangs there is one less
for the calls after it. Here each call has a daemon thread of its own, and the awaiting side leaves it
behind at its deadline. Where the system starts no thread any more, what is urgent has threads that were
started before.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from typing import TypeVar

T = TypeVar("T")
Tell = Callable[[], None]
Work = Callable[[], Tell]
"""Does what is asked and gives what tells its outcome: a thread is free before anybody learns of it."""

KEPT = 4
"""Threads that a worker keeps for its way back: a try that hangs for its 10 s is joined by others, every two
seconds at most, and each may need one."""
_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


class Standby:
    """Threads that wait for work from the start; a call that they take ends by its own deadline."""

    def __init__(self, count: int = KEPT) -> None:
        """Start them; raises RuntimeError where the system starts none even now."""
        self._work: SimpleQueue[tuple[str, Work] | None] = SimpleQueue()
        self._lock = Lock()
        self._idle = count
        self._count = count
        for number in range(count):
            name = f"standby {number + 1}"
            Thread(target=self._wait, args=(name,), name=name, daemon=True).start()

    def take(self, name: str, work: Work) -> bool:
        """Let one of them do the work, under its name; whether one was idle."""
        with self._lock:
            if not self._idle:
                return False
            self._idle -= 1
        self._work.put((name, work))
        return True

    def leave(self) -> None:
        """Let them end, each behind what it does now."""
        for _ in range(self._count):
            self._work.put(None)

    def _wait(self, name: str) -> None:
        this = current_thread()
        while (given := self._work.get()) is not None:
            this.name, work = given
            tell = work()
            this.name = name
            with self._lock:
                self._idle += 1
            tell()


_standby: list[Standby] = []


@contextmanager
def standing_by(count: int = KEPT) -> Iterator[None]:
    """Keep threads for what is urgent, for as long as this lasts; none where none can be started even now."""
    try:
        standby = Standby(count)
    except RuntimeError:
        yield
        return
    _standby.append(standby)
    try:
        yield
    finally:
        _standby.remove(standby)
        standby.leave()


def now_urgent() -> None:
    """Let what this task does from here on have the threads that are kept, where no other can be started."""
    _urgent.set(True)


def _nothing() -> None:
    """Nobody waits."""


async def in_thread(work: Callable[[], T], *, name: str, ended: Callable[[], None] = _nothing) -> T:
    """Await `work()` in a thread called `name`; when this await is cancelled, the thread ends by itself.

    `ended` is called in the thread at its end, whatever came of the work. Raises BlockingIOError where the
    system starts no thread, and this is not urgent or the threads that are kept are all taken.
    """
    outcome: Future[T] = Future()

    def call() -> Tell:
        try:
            return _done(work, outcome) if outcome.set_running_or_notify_cancel() else _nothing
        finally:
            ended()

    def call_and_tell() -> None:
        call()()

    try:
        Thread(target=call_and_tell, name=name, daemon=True).start()
    except RuntimeError as error:
        if not (_urgent.get() and any(standby.take(name, call) for standby in _standby)):
            ended()
            raise BlockingIOError(errno.EAGAIN, "the system starts no thread") from error
    return await asyncio.wrap_future(outcome)


def _done(work: Callable[[], T], outcome: Future[T]) -> Tell:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call is awaited
        return partial(outcome.set_exception, error)
    return partial(outcome.set_result, result)
