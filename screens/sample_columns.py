"""The samples of a release as columns of numbers: what charts and figures are drawn from. Pure.

A release may take days, so the columns are bounded: when they are full, the older half is merged tick by
tick into its neighbour. Counts stay exact, a merged P99 is the worse of the two.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from math import isnan, nan

from msgspec import Struct

from console.evidence import Counts, Look, Pods, Sample
from console.judge.tally import Tally, quantile_ms, ratio, tally_of
from console.judge.value import QUANTILES
from console.plan.model import Metric

MOST_TICKS = 20_000
P99 = QUANTILES[Metric.P99]


class Side(StrEnum):
    """Which of the two versions."""

    STABLE = "stable"
    CANARY = "canary"


class Quantity(StrEnum):
    """What can be drawn over time."""

    ERROR_RATE = "error_rate"
    P99 = "p99"
    RPS = "rps"


class Figures(Struct, frozen=True, kw_only=True):
    """One version just now; None where it can't be said."""

    share: float | None = None
    """Its part of all requests, as seen."""
    rps: float | None = None
    error_rate: float | None = None
    p99_ms: float | None = None
    pods: Pods = Pods()


class _Columns:
    """One version's ticks; NaN stands for what was not seen."""

    def __init__(self) -> None:
        self.requests = array("d")
        self.errors = array("d")
        self.p99_ms = array("d")

    def append(self, sample: Sample, look: Look) -> None:
        counts = look.counts
        self.requests.append(nan if counts is None else counts.requests)
        self.errors.append(nan if counts is None else counts.errors)
        p99_ms = None if counts is None else quantile_ms(counts, sample.bounds_ms, P99)
        self.p99_ms.append(nan if p99_ms is None else p99_ms)

    def merge_first(self, ticks: int) -> None:
        self.requests = _merged(self.requests, ticks, worst=False)
        self.errors = _merged(self.errors, ticks, worst=False)
        self.p99_ms = _merged(self.p99_ms, ticks, worst=True)

    def value(self, quantity: Quantity, start: int, end: int, span_s: float) -> float | None:
        """Give the quantity's value over the ticks from `start` to before `end`."""
        if quantity is Quantity.P99:
            seen = [value for value in self.p99_ms[start:end] if not isnan(value)]
            return max(seen, default=None)
        requests = _sum(self.requests[start:end])
        if quantity is Quantity.RPS:
            return ratio(requests, span_s) if requests or not isnan(self.requests[start]) else None
        return ratio(_sum(self.errors[start:end]), requests)


class SampleColumns:
    """All samples so far, as columns, and the latest ones whole."""

    def __init__(self, *, most_ticks: int = MOST_TICKS) -> None:
        self._most_ticks = most_ticks
        self.ticks = 0
        """How many ticks were ever added: what was drawn from the samples is good until this grows."""
        self._at = array("d")
        self._span_s = array("d")
        self._sides = {Side.STABLE: _Columns(), Side.CANARY: _Columns()}
        self._latest: deque[tuple[float, Sample]] = deque()
        self.data_age_s = 0.0
        """How old the newest data behind the last sample was when it was taken."""

    def __len__(self) -> int:
        return len(self._at)

    def add(self, at: float, sample: Sample, *, keep_s: float) -> None:
        """Take up one tick; figures can be asked for over the last `keep_s`."""
        self.ticks += 1
        self._at.append(at)
        self._span_s.append(sample.span_s)
        self._sides[Side.STABLE].append(sample, sample.stable)
        self._sides[Side.CANARY].append(sample, sample.canary)
        if len(self._at) > self._most_ticks:
            self._merge_older_half()
        self.data_age_s = sample.data_age_s
        self._latest.append((at, sample))
        while self._latest[0][0] <= at - keep_s and len(self._latest) > 1:
            self._latest.popleft()

    def buckets(
        self,
        side: Side,
        quantity: Quantity,
        *,
        end_at: float,
        bucket_s: float,
        count: int,
        over_s: float = 0.0,
    ) -> list[float | None]:
        """Give `count` values, one a bucket of time, the last one ending before `end_at`.

        A tick belongs to the bucket in which its sample was taken. Buckets begin at whole multiples of
        `bucket_s` where `end_at` is one, so that a curve moves but never changes its shape. A value is
        taken over `over_s` up to its bucket's last tick where that is longer than the bucket.
        """
        columns = self._sides[side]
        begin_at = end_at - bucket_s * count
        values: list[float | None] = [None] * count
        low = bisect_left(self._at, begin_at)
        high = bisect_left(self._at, end_at)
        while low < high:
            place = min(count - 1, int((self._at[low] - begin_at) / bucket_s))
            stop = max(low + 1, bisect_left(self._at, begin_at + bucket_s * (place + 1), low, high))
            begin = min(low, bisect_right(self._at, self._at[stop - 1] - over_s)) if over_s else low
            values[place] = columns.value(quantity, begin, stop, sum(self._span_s[begin:stop]))
            low = stop
        return values

    def figures(self, *, over_s: float) -> dict[Side, Figures]:
        """Give both versions over the last `over_s`; unknown where one was not seen in the last tick."""
        if not self._latest:
            return {side: Figures() for side in Side}
        at, last = self._latest[-1]
        tally = tally_of(sample for taken_at, sample in self._latest if taken_at > at - over_s)
        whole = sum(count.requests for count in (tally.stable, tally.canary) if count is not None)
        return {
            Side.STABLE: _figures(tally.stable, last.stable, tally, whole),
            Side.CANARY: _figures(tally.canary, last.canary, tally, whole),
        }

    def _merge_older_half(self) -> None:
        ticks = len(self._at) // 4 * 2
        self._at = self._at[1:ticks:2] + self._at[ticks:]
        self._span_s = _merged(self._span_s, ticks, worst=False)
        for columns in self._sides.values():
            columns.merge_first(ticks)


def _figures(counts: Counts | None, look: Look, tally: Tally, whole: float) -> Figures:
    count = counts if look.counts is not None else None
    return Figures(
        share=ratio(count.requests, whole) if count else None,
        rps=ratio(count.requests, tally.span_s) if count else None,
        error_rate=ratio(count.errors, count.requests) if count else None,
        p99_ms=quantile_ms(count, tally.bounds_ms, P99) if count else None,
        pods=look.pods,
    )


def bridged(values: Sequence[float | None], *, most: int) -> list[float | None]:
    """Fill the gaps of at most `most` empty buckets with a straight line; a longer gap stays a gap."""
    filled = list(values)
    known = [place for place, value in enumerate(values) if value is not None]
    for left, right in pairwise(known):
        if 1 < right - left <= most + 1:
            _draw(filled, left, right)
    return filled


def _draw(values: list[float | None], left: int, right: int) -> None:
    start, end = values[left], values[right]
    assert start is not None
    assert end is not None
    for place in range(left + 1, right):
        values[place] = start + (end - start) * (place - left) / (right - left)


def _merged(column: array[float], ticks: int, *, worst: bool) -> array[float]:
    pairs = zip(column[0:ticks:2], column[1:ticks:2], strict=True)
    join = _worse if worst else _plus
    return array("d", (join(a, b) for a, b in pairs)) + column[ticks:]


def _worse(a: float, b: float) -> float:
    return b if isnan(a) else a if isnan(b) else max(a, b)


def _plus(a: float, b: float) -> float:
    return b if isnan(a) else a if isnan(b) else a + b


def _sum(column: Sequence[float]) -> float:
    return sum(value for value in column if not isnan(value))
