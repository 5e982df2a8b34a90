"""The time of a release: epoch seconds that go on steadily, whatever is done to this machine's clock."""

from __future__ import annotations

import time


def _steady() -> float:
    """Read a clock that nobody sets, and that goes on while the machine sleeps where there is such a one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """Reads the machine's clock once; from then on only the steady one counts.

    A clock that was set while a release runs would otherwise stop its hold, or fulfil it at once.
    """

    def __init__(self, *, not_before: float = 0.0) -> None:
        """`not_before` is the last time on record: a clock may have been set back while no worker lived."""
        self._offset = max(time.time(), not_before) - _steady()

    def __call__(self) -> float:
        """Return the time now."""
        return self._offset + _steady()
