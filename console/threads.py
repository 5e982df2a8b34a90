"""A blocking call off the event loop, such that one which hangs holds up nobody.

asyncio's own executor joins its threads when the process ends, and a thread that hangs there is one less
for the calls after it. Here each call has a daemon thread of its own, and the awaiting side leaves it
behind at its deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def _nothing() -> None:
    """Nobody waits for the thread's end."""


async def in_thread(work: Callable[[], T], *, name: str, ended: Callable[[], None] = _nothing) -> T:
    """Await `work()` in a thread called `name`; when this await is cancelled, the thread ends by itself.

    `ended` is called in the thread at its end, whatever came of the work.
    """
    outcome: Future[T] = Future()

    def call() -> None:
        try:
            if outcome.set_running_or_notify_cancel():
                _settle(work, outcome)
        finally:
            ended()

    Thread(target=call, name=name, daemon=True).start()
    return await asyncio.wrap_future(outcome)


def _settle(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call is awaited
        outcome.set_exception(error)
    else:
        outcome.set_result(result)
