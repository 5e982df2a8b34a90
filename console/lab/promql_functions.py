"""PromQL's functions on numbers, as Prometheus 2.42 calculates them; below `promql`, and pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple


class Window(NamedTuple):
    """The samples of one series in a range; there is at least one."""

    start_s: float
    end_s: float
    points: list[tuple[float, float]]
    """Time and value."""


def increase(window: Window) -> float | None:
    """How much a counter grew over the whole window, resets seen through; None below two samples.

    The samples rarely reach the window's edges. As in Prometheus, growth goes on to an edge that is about
    as near as the next sample would be, else half a scrape beyond; but never to where the counter would
    have been below zero.
    """
    points = window.points
    (first_s, first), (last_s, _) = points[0], points[-1]
    if len(points) < 2 or last_s == first_s:  # noqa: PLR2004 - a growth needs two samples
        return None
    values = [value for _, value in points]
    grown = values[-1] - first + sum(before for before, after in pairwise(values) if after < before)
    sampled_s = last_s - first_s
    step_s = sampled_s / (len(points) - 1)
    to_start_s, to_end_s = first_s - window.start_s, window.end_s - last_s
    if grown > 0 and first >= 0:
        to_start_s = min(to_start_s, sampled_s * first / grown)
    edges_s = sum(each if each < step_s * 1.1 else step_s / 2 for each in (to_start_s, to_end_s))
    return grown * (sampled_s + edges_s) / sampled_s


def rate(window: Window) -> float | None:
    """How much a counter grew each second."""
    grown = increase(window)
    return None if grown is None else grown / (window.end_s - window.start_s)


def _values(window: Window) -> list[float]:
    return [value for _, value in window.points]


OVER_RANGE: dict[str, Callable[[Window], float | None]] = {
    "rate": rate,
    "increase": increase,
    "count_over_time": lambda window: float(len(window.points)),
    "sum_over_time": lambda window: sum(_values(window)),
    "avg_over_time": lambda window: sum(_values(window)) / len(window.points),
    "min_over_time": lambda window: min(_values(window)),
    "resets": lambda window: float(sum(after < before for before, after in pairwise(_values(window)))),
    "max_over_time": lambda window: max(_values(window)),
}


def histogram_quantile(ratio: float, buckets: list[tuple[float, float]]) -> float:
    """Find a quantile in cumulative buckets (upper bound and count), linear within a bucket."""
    if math.isnan(ratio):
        return math.nan
    if not 0 <= ratio <= 1:
        return math.copysign(math.inf, ratio)
    buckets = _growing(sorted(buckets))
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]) or not buckets[-1][1]:  # noqa: PLR2004 - +Inf and one more
        return math.nan
    rank = ratio * buckets[-1][1]
    index = next(i for i, (_, count) in enumerate(buckets) if count >= rank)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    upper, count = buckets[index]
    if index == 0 and upper <= 0:
        return upper
    lower, below = buckets[index - 1] if index else (0.0, 0.0)
    return lower + (upper - lower) * (rank - below) / (count - below) if count > below else math.nan


def _growing(buckets: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Lift what is below the bucket before it: the buckets of a moving histogram are read one by one."""
    growing, most = [], 0.0
    for bound, count in buckets:
        most = max(most, count)
        growing.append((bound, most))
    return growing
