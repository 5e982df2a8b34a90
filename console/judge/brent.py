"""The root of a function between two ends of different sign: Brent's method, as Kayenta and R stop it.

Where a step function crosses zero the answer depends on where the search stops, so to come to the same
answer it has to take the same steps (R. P. Brent, "Algorithms for Minimization Without Derivatives", 1973).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

TOLERANCE = 1e-4
EPSILON = 2.0**-52
MAX_STEPS = 1000


class Point(NamedTuple):
    """A place that was looked at."""

    x: float
    y: float


def find_root(function: Callable[[float], float], *, low: Point, high: Point) -> float:
    """Find where `function` crosses zero; `low` and `high` have different signs, or one of them is it."""
    if low.y == 0:
        return low.x
    if high.y == 0:
        return high.x
    before, best, across = low, high, low
    for _ in range(MAX_STEPS):
        last_step = best.x - before.x
        # The best place is always the one nearer to nothing: the same exchange as in R, at the same point of
        # the loop, else the search stops elsewhere.
        if abs(across.y) < abs(best.y):
            before, best, across = best, across, best
        enough = 2 * EPSILON * abs(best.x) + TOLERANCE / 2
        half = (across.x - best.x) / 2
        if abs(half) <= enough or best.y == 0:
            return best.x
        step = half
        if abs(last_step) >= enough and abs(before.y) > abs(best.y):
            step = _interpolated(before, best, across, last_step=last_step, enough=enough, otherwise=half)
        # Never less than the tolerance, as R has it: the places that are looked at must be the same.
        if abs(step) < enough:
            step = enough if step > 0 else -enough
        before, best = best, _at(function, best.x + step)
        if best.y * across.y > 0:
            across = before
    return best.x


def _interpolated(
    before: Point, best: Point, across: Point, *, last_step: float, enough: float, otherwise: float
) -> float:
    """Step to where a line, or a parabola on its side, crosses zero; `otherwise` if that is no progress."""
    width = across.x - best.x
    by_before = best.y / before.y
    if before.x == across.x:
        p, q = width * by_before, 1 - by_before
    else:
        q, by_across = before.y / across.y, best.y / across.y
        p = by_before * (width * q * (q - by_across) - (best.x - before.x) * (by_across - 1))
        q = (q - 1) * (by_across - 1) * (by_before - 1)
    p, q = (p, -q) if p > 0 else (-p, q)
    progress = p < 0.75 * width * q - abs(enough * q) / 2 and p < abs(last_step * q / 2)
    return p / q if progress else otherwise


def _at(function: Callable[[float], float], x: float) -> Point:
    return Point(x, function(x))
