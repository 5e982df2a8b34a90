"""Where the next step leads on a recording's track. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import StrEnum


class Step(StrEnum):
    """The kinds of step."""

    TICK = "tick"
    TEN_SECONDS = "ten_seconds"
    MINUTE = "minute"
    EVENT = "event"
    STAGE = "stage"
    VERDICT = "verdict"


STEP_S = {Step.TEN_SECONDS: 10.0, Step.MINUTE: 60.0}
"""The steps that are as long everywhere."""


def neighbour(times: Sequence[float], at: float, *, direction: int) -> float | None:
    """Give the first of the ascending `times` after `at`, or the last before it; None where none is."""
    place = bisect_right(times, at) if direction > 0 else bisect_left(times, at) - 1
    return times[place] if 0 <= place < len(times) else None
