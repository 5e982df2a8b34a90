"""An event loop whose clock jumps to the next timer: an hour of waiting takes no time, and always as long."""

from __future__ import annotations

import asyncio
import functools
import heapq
from collections.abc import Callable, Coroutine
from selectors import BaseSelector
from typing import Any, ParamSpec

P = ParamSpec("P")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs all that is ready, then lets the time of the next timer be now."""

    def __init__(self, selector: BaseSelector | None = None) -> None:
        super().__init__(selector)
        self._virtual_s = 0.0

    def time(self) -> float:
        return self._virtual_s

    def sleep_through(self, for_s: float) -> None:
        """Let the time be later all at once, as behind a machine's sleep: whatever was due is late."""
        self._virtual_s += for_s

    def forget_timers(self) -> None:
        """Let nothing that was to come later come, as where a process is gone."""
        for timer in list(self._scheduled):  # type: ignore[attr-defined]  # asyncio's own heap of timers
            timer.cancel()

    def _run_once(self) -> None:
        timers = self._scheduled  # type: ignore[attr-defined]  # asyncio's own heap of timers
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if timers and not self._ready:  # type: ignore[attr-defined]  # asyncio's own queue
            self._virtual_s = max(self._virtual_s, timers[0]._when)
        super()._run_once()  # type: ignore[misc]  # the one step of asyncio's loop


def virtually(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an ordinary test of a coroutine: it runs in virtual time, from zero."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
