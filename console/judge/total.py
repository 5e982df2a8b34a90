"""Add floating-point numbers up so that every Python gives the same last digit.

Since Python 3.12 `sum` carries the rounding error of floats along, and older ones do not. A release that was
recorded with one of them is judged again with the other, and must be judged alike: to the last digit, since
the verdicts of a replay are compared with what was written down.
"""

from __future__ import annotations

from collections.abc import Iterable


def total(values: Iterable[float]) -> float:
    """Add up from the first to the last, each step rounded; 0.0 of nothing."""
    added = 0.0
    for value in values:
        added += value
    return added
