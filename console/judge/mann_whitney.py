"""By how much one sample lies above another: Mann and Whitney's test turned into an interval.

The normal approximation with corrections for ties and continuity, as R's `wilcox.test` has it for large
samples and Kayenta for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from statistics import NormalDist

from msgspec import Struct

from console.judge.brent import Point, find_root
from console.judge.total import total


class Shift(Struct, frozen=True, kw_only=True):
    """How far the experiment's values lie above the control's."""

    low: float
    high: float
    estimate: float
    """Hodges and Lehmann's: the median of all differences."""


def shift(experiment: Sequence[float], control: Sequence[float], *, confidence: float) -> Shift:
    """Estimate the shift and its interval; the two samples together hold at least two different values."""
    least, most = min(experiment) - max(control), max(experiment) - min(control)
    quantile = -NormalDist().inv_cdf((1 - confidence) / 2)
    low, high, middle = (
        partial(_above, experiment, control, quantile=each) for each in (quantile, -quantile, 0.0)
    )
    return Shift(
        low=_root(low, least, most),
        high=_root(high, least, most),
        estimate=find_root(middle, low=Point(least, middle(least)), high=Point(most, middle(most))),
    )


def mean_ranks(values: Sequence[float]) -> list[float]:
    """Rank the values from 1; equal ones share the mean of their ranks."""
    ranks = [0.0] * len(values)
    seen = 0
    for _, tied in groupby(sorted(range(len(values)), key=values.__getitem__), key=values.__getitem__):
        places = list(tied)
        for place in places:
            ranks[place] = seen + (len(places) + 1) / 2
        seen += len(places)
    return ranks


def _root(above: partial[float], least: float, most: float) -> float:
    at_least, at_most = above(least), above(most)
    # R gives the end itself where the interval reaches beyond all differences; a root is not there to be
    # found.
    if at_least <= 0:
        return least
    if at_most >= 0:
        return most
    return find_root(above, low=Point(least, at_least), high=Point(most, at_most))


def _above(experiment: Sequence[float], control: Sequence[float], moved: float, *, quantile: float) -> float:
    """Return the test's z of the experiment moved down by `moved`, less a quantile.

    Where moving makes all values the same, as it does with numbers too large to keep a difference, z is 0.
    """
    m, n = len(experiment), len(control)
    ranks = mean_ranks([*(value - moved for value in experiment), *control])
    centred = total(ranks[:m]) - m * (m + 1) / 2 - m * n / 2
    # The correction for continuity pulls towards nothing, and there is nothing to pull where it is 0
    # already.
    corrected = centred - math.copysign(0.5, centred) if centred else 0.0
    deviation = _deviation(ranks, m, n)
    return (corrected / deviation if deviation > 0 else 0.0) - quantile


def _deviation(ranks: Sequence[float], m: int, n: int) -> float:
    ties = total(count**3 - count for count in (len(list(tied)) for _, tied in groupby(sorted(ranks))))
    return math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
