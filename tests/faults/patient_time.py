"""Virtual time that stands still while a real answer is on its way over a real connection."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from tests.virtual_time import VirtualTimeLoop

P = ParamSpec("P")

CALLS = ("prometheus call", "kubernetes call", "kubernetes login")
"""What the product calls the threads of its clients."""
PAUSE_S = 0.0005


class PatientLoop(VirtualTimeLoop):
    """Lets virtual time pass only while nobody is about to be answered."""

    def __init__(self) -> None:
        super().__init__()
        self._before = set(threading.enumerate())
        self.unanswered: Callable[[], int] = lambda: 0
        """How many calls a test leaves without an answer on purpose: nobody waits for those."""

    def _run_once(self) -> None:
        if self._on_their_way() > self.unanswered():
            time.sleep(PAUSE_S)
            self.call_soon(_nothing)
        super()._run_once()

    def _on_their_way(self) -> int:
        return sum(each.name in CALLS and each not in self._before for each in threading.enumerate())


def _nothing() -> None:
    """Keeps the loop from going on to its next timer."""


def patiently(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an ordinary test of a coroutine: its waits take no time, its connections are real."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=PatientLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
