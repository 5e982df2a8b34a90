"""Cumulative latency buckets of many pods -> requests by bucket; pure."""

from __future__ import annotations

from collections import defaultdict
from math import inf, isinf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.metrics.counters import Process, Series


BOUND = "le"
"""The label that holds the upper bound of a bucket."""


def bound_in_ms(labels: Mapping[str, str], *, unit_ms: float) -> str | None:
    """Write the upper bound of a bucket in milliseconds; None where the labels have none."""
    text = labels.get(BOUND, "")
    if not is_bound(text):
        return None
    # Twelve digits: 1.001 s is 1001 ms, and not 1000.9999999999999.
    return text if unit_ms == 1 else f"{float(text) * unit_ms:.12g}"


def is_bound(text: str) -> bool:
    """Whether an `le` label is the upper bound of latencies: a number above zero, or infinity."""
    try:
        return float(text) > 0
    except ValueError:
        return False


def common_bounds(series: Iterable[Series]) -> tuple[float, ...]:
    """Find the finite bounds that every histogram has, ascending.

    Pods of two builds may have different buckets. At a bound that all share, the cumulative counts add up
    exactly; at any other they would not.
    """
    bounds: defaultdict[tuple[Process, str], set[float]] = defaultdict(set)
    for each in series:
        bounds[each.process, each.workload].add(float(each.what))
    shared = set.intersection(*bounds.values()) if bounds else set()
    return tuple(sorted(bound for bound in shared if not isinf(bound)))


def by_bucket(
    increments: Mapping[Series, float], workload: str, *, bounds_ms: tuple[float, ...]
) -> tuple[float, ...]:
    """Add up one workload's increments: those between two bounds, and last those above all.

    Empty where there are no bounds. Buckets that were read at different moments may not grow with their
    bounds; then the smaller one is taken for as large as the one below, so that nothing is negative.
    """
    if not bounds_ms:
        return ()
    below = dict.fromkeys((*bounds_ms, inf), 0.0)
    for series, increment in increments.items():
        if series.workload == workload and (bound := float(series.what)) in below:
            below[bound] += increment
    buckets, lower = [], 0.0
    for count in below.values():
        buckets.append(max(0.0, count - lower))
        lower = max(lower, count)
    return tuple(buckets)
