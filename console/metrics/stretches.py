"""Raw samples -> `Stretch`es: both versions over the same time, whenever each is scraped; pure.

Two pods are scraped at different seconds, so an outage of both shows itself at one of them first. Nothing of
that is interpolated: a failure between two samples may lie anywhere between them. What is compared is bounds:
what the canary surely counted between two of its own samples, against all that stable's pods counted in
those of their intervals that touch this time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from console.evidence import Counts, Stretch
from console.metrics.answer import Answer, Row
from console.metrics.copies import counter_rows
from console.metrics.counters import Series
from console.metrics.histogram import bound_in_ms, common_bounds
from console.metrics.tally import Increments, end_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from console.metrics.copies import Copy, CounterRow
    from console.metrics.counters import Process
    from console.metrics.preset import Preset
    from console.metrics.range_answer import RangeAnswer
    from console.plan.model import Errors

RECENT = 6
"""Stretches that stay apart, the newest ones; all before them is one."""
CALM_S = 60.0
"""Seconds before them that count as one stretch more: an outage in that time may have a tail."""
YOUNG_S = 10.0
"""Seconds for which what a new pod of the canary counts, or one whose counters began anew, is its start."""
_STILL_REQUESTS = 10.0
"""A counter that stands still while as many requests were due is exported more seldom than it is scraped."""
_BEHIND_S = 0.5
_BEHIND_REQUESTS = 5.0
"""Buckets that lack more requests than come in this time, and than this, are written later than the counters
of requests, by a proxy that gathers them."""

_GONE = 2.0
"""Scrape intervals by which a pod's newest sample is older than another's when it is scraped no more."""

Points = tuple[tuple[float, float | None], ...]


SUSPECT = 0.05
SUSPECT_REQUESTS = 10.0
"""A look is suspicious in which the canary's bad requests exceed stable's share by this part of its requests
and by this many."""

SUSPECTED_SCRAPES = 3.0
"""Scrapes after a suspicious look for which all looks count as suspicious."""


def is_suspicious(stable: Counts, canary: Counts) -> bool:
    """Whether what a look counted may be gross damage; wrong here costs a question, and misses a second."""
    least = SUSPECT_REQUESTS + SUSPECT * canary.requests
    pairs = [(stable.errors, canary.errors), (stable.refused, canary.refused)]
    pairs += zip(_slower(stable), _slower(canary), strict=False)
    share = canary.requests / stable.requests if stable.requests else 0.0
    return any(of_canary - of_stable * share > least for of_stable, of_canary in pairs)


def _slower(counts: Counts) -> list[float]:
    """Count the requests that were slower than each bound."""
    return list(accumulate(reversed(counts.latency)))


def window_s(every_s: float) -> float:
    """Return how far back samples are needed, seconds, that come every `every_s` seconds."""
    return CALM_S + (RECENT + 2) * every_s


@dataclass(frozen=True, slots=True)
class _Interval:
    """What one process counted between two of its samples."""

    began_s: float
    ended_s: float
    requests: Mapping[Series, float]
    below: Mapping[Series, float]

    @property
    def span_s(self) -> float:
        return self.ended_s - self.began_s

    @property
    def total(self) -> float:
        return sum(self.requests.values())


class _Counter(NamedTuple):
    series: Series
    is_bucket: bool
    points: dict[float, float]


@dataclass(frozen=True, slots=True)
class Scraped:
    """One process of one workload, since its counters last began anew."""

    intervals: tuple[_Interval, ...]
    began_anew: bool
    """Whether it was new in the window, or began anew in it."""
    behind: float
    """How many requests its buckets lack."""

    @property
    def rps(self) -> float:
        """Requests per second."""
        span_s = sum(each.span_s for each in self.intervals)
        return sum(each.total for each in self.intervals) / span_s if span_s > 0 else 0.0

    @property
    def goes_on(self) -> bool:
        """Whether it was there before, and its counters went on."""
        return bool(self.intervals) and not self.began_anew

    @property
    def is_exported_seldom(self) -> bool:
        """Whether a counter stood still while it should have moved: then its time stamps say nothing."""
        return any(not each.total and self.rps * each.span_s >= _STILL_REQUESTS for each in self.intervals)

    @property
    def is_whole(self) -> bool:
        """Whether its buckets have what its counters of requests have."""
        return abs(self.behind) <= _BEHIND_REQUESTS + _BEHIND_S * self.rps

    def touching(self, began_s: float, ended_s: float) -> tuple[_Interval, ...] | None:
        """Return the intervals that touch this time; None where they do not cover it."""
        found = tuple(each for each in self.intervals if each.ended_s > began_s and each.began_s < ended_s)
        if not found or found[0].began_s > began_s or found[-1].ended_s < ended_s:
            return None
        return found

    def settled(self) -> tuple[_Interval, ...]:
        """Return its intervals, less those of its start."""
        if not self.began_anew or not self.intervals:
            return self.intervals
        first_s = self.intervals[0].began_s
        return tuple(each for each in self.intervals if each.began_s >= first_s + YOUNG_S)


@dataclass(frozen=True, slots=True)
class RawSamples:
    """Both versions' raw samples of the last minutes."""

    stable: tuple[Scraped, ...]
    canary: tuple[Scraped, ...]
    bounds_ms: tuple[float, ...]
    errors: Errors | None = None
    """What the plan calls an error, where it says so itself."""

    def stretches(self, *, at_s: float) -> tuple[Stretch, ...]:
        """Cut the time into stretches, oldest first; none where the time stamps can't be trusted."""
        processes = (*self.stable, *self.canary)
        if not self.stable or any(each.is_exported_seldom for each in processes):
            return ()
        bounds_ms = self.bounds_ms if all(each.is_whole for each in processes) else ()
        since_s = max((each.intervals[0].began_s for each in self.stable if each.goes_on), default=-inf)
        pods = _there([_since(each.settled(), since_s) for each in self.canary])
        return tuple(
            self._stretch(each, at_s=at_s, bounds_ms=bounds_ms) for each in _rounds(pods) if any(each)
        )

    def _stretch(
        self, pods: Sequence[tuple[_Interval, ...]], *, at_s: float, bounds_ms: tuple[float, ...]
    ) -> Stretch:
        """Make a stretch of some intervals of each of the canary's pods."""
        own = [each for pod in pods for each in pod]
        began_s, ended_s = min(each.began_s for each in own), max(each.ended_s for each in own)
        touching = [each.touching(began_s, ended_s) for each in self.stable]
        reached = [each for each in touching if each is not None]
        rps = sum(map(_rps, reached))
        compares = len(reached) == len(touching) and rps > 0
        spans_s = [_span_s(each) for each in pods if each]
        return Stretch(
            ago_s=round(max(0.0, at_s - ended_s), 3),
            span_s=round(sum(spans_s) / len(spans_s), 3),
            canary=self._counts(own, bounds_ms),
            stable=self._counts((one for each in reached for one in each), bounds_ms) if compares else None,
            odds=sum(_rps(each) for each in pods if each) / rps if compares else 0.0,
        )

    def _counts(self, intervals: Iterable[_Interval], bounds_ms: tuple[float, ...]) -> Counts:
        """Add up the intervals of one version."""
        requests: defaultdict[Series, float] = defaultdict(float)
        below: defaultdict[Series, float] = defaultdict(float)
        for each in intervals:
            for series, count in each.requests.items():
                requests[series] += count
            for series, count in each.below.items():
                below[series] += count
        workload = next((series.workload for series in requests), "")
        return Increments(requests, below, bounds_ms, self.errors).of(workload)


def _span_s(intervals: Sequence[_Interval]) -> float:
    return intervals[-1].ended_s - intervals[0].began_s


def _rps(intervals: Sequence[_Interval]) -> float:
    return sum(each.total for each in intervals) / _span_s(intervals)


def _since(intervals: tuple[_Interval, ...], since_s: float) -> tuple[_Interval, ...]:
    return tuple(each for each in intervals if each.began_s >= since_s)


def _there(pods: Sequence[tuple[_Interval, ...]]) -> list[tuple[_Interval, ...]]:
    """Leave out pods that are no longer scraped."""
    newest_s = max((each[-1].ended_s for each in pods if each), default=-inf)
    return [each for each in pods if each and newest_s - each[-1].ended_s <= _GONE * each[-1].span_s]


def _rounds(pods: Sequence[tuple[_Interval, ...]]) -> Iterable[list[tuple[_Interval, ...]]]:
    """Yield all but the newest intervals of each pod, then the newest one by one, the last of all last.

    Each interval is in one round only, so that what a canary counted is never evidence twice.
    """
    yield [each[:-RECENT] for each in pods]
    for back in range(RECENT, 0, -1):
        yield [each[-back : len(each) - back + 1] if len(each) >= back else () for each in pods]


def raw_samples(
    answer: RangeAnswer,
    *,
    preset: Preset,
    stable: str,
    canary: str,
    began_s: float,
    errors: Errors | None = None,
    dimensions: frozenset[str] = frozenset(),
) -> RawSamples:
    """Order an answer of raw samples from `began_s` on, by the two workloads' names in metrics.

    Of a process that is scraped twice the copy with the newest sample counts.
    """
    rows = _sorted(answer, preset, dimensions)
    counters: defaultdict[tuple[str, Process], list[_Counter]] = defaultdict(list)
    for row, is_bucket, points in _of_newest_copies(rows):
        what = (
            bound_in_ms(row.labels, unit_ms=preset.latency_unit_ms)
            if is_bucket
            else end_of(row, preset=preset)
        )
        if what is not None:
            series = Series(row.process, row.workload, what)
            found = {at_s: value for at_s, value in points if value is not None}
            counters[row.workload, row.process].append(_Counter(series, is_bucket, found))
    buckets = {each.series for found in counters.values() for each in found if each.is_bucket}
    return RawSamples(
        stable=_of_workload(counters, stable, began_s),
        canary=_of_workload(counters, canary, began_s),
        bounds_ms=common_bounds(buckets),
        errors=errors,
    )


def _of_workload(
    counters: Mapping[tuple[str, Process], Sequence[_Counter]], workload: str, began_s: float
) -> tuple[Scraped, ...]:
    return tuple(
        _scraped(found, began_s=began_s)
        for (named, _), found in sorted(counters.items())
        if named == workload
    )


def _sorted(
    answer: RangeAnswer, preset: Preset, dimensions: frozenset[str]
) -> list[tuple[CounterRow, bool, Points]]:
    """Sort each row's labels, and tell buckets from requests."""
    labels = [{name: text for name, text in each.labels.items() if name != NAME} for each in answer.tracks]
    rows = counter_rows(
        Answer(rows=tuple(Row(labels=each, value=None) for each in labels), at_s=None),
        preset=preset,
        dimensions=dimensions,
    )
    buckets = [each.labels.get(NAME, "") != preset.raw_requests for each in answer.tracks]
    return list(zip(rows, buckets, (each.points for each in answer.tracks), strict=True))


NAME = "__name__"
"""The label that holds a series' own name."""


def _of_newest_copies(
    rows: Sequence[tuple[CounterRow, bool, Points]],
) -> Iterable[tuple[CounterRow, bool, Points]]:
    newest: defaultdict[Process, dict[Copy, float]] = defaultdict(dict)
    for row, is_bucket, points in rows:
        if points and not is_bucket:
            known_s = newest[row.process].get(row.beside, -inf)
            newest[row.process][row.beside] = max(known_s, points[-1][0])
    chosen = {process: max(sorted(found), key=found.__getitem__) for process, found in newest.items()}
    return (each for each in rows if chosen.get(each[0].process) == each[0].beside)


def _scraped(counters: Sequence[_Counter], *, began_s: float) -> Scraped:
    times_s = sorted({at_s for each in counters if not each.is_bucket for at_s in each.points})
    steps: list[tuple[dict[Series, float], dict[Series, float]]] = [({}, {}) for _ in times_s]
    anew = 0
    for each in counters:
        anew = max(anew, _add_increments(each, times_s, steps))
    intervals = tuple(
        _Interval(before_s, at_s, *steps[at + 1])
        for at, (before_s, at_s) in enumerate(pairwise(times_s))
        if at >= anew
    )
    every_s = min((after_s - before_s for before_s, after_s in pairwise(times_s)), default=0.0)
    is_new = bool(times_s) and times_s[0] > began_s + 2 * every_s
    return Scraped(intervals, began_anew=anew > 0 or is_new, behind=_behind(counters))


def _add_increments(
    counter: _Counter,
    times_s: Sequence[float],
    steps: Sequence[tuple[dict[Series, float], dict[Series, float]]],
) -> int:
    """Add what a counter counted to each step; gives the step at which it began anew last, or 0.

    One that appears in the middle began at zero there: its process was scraped before, and had none of it.
    """
    value: float | None = None if times_s and times_s[0] in counter.points else 0.0
    anew = 0
    for at, at_s in enumerate(times_s):
        now = counter.points.get(at_s)
        if now is None:
            continue
        if value is not None and now < value:
            anew = at
        counted = steps[at][counter.is_bucket]
        more = 0.0 if value is None else max(0.0, now - value)
        counted[counter.series] = counted.get(counter.series, 0.0) + more
        value = now
    return anew


def _behind(counters: Sequence[_Counter]) -> float:
    """Count the requests that the buckets lack, where there are any."""
    totals = [0.0, 0.0]
    for each in counters:
        if each.points and (not each.is_bucket or each.series.what.lower() in ("inf", "+inf")):
            totals[each.is_bucket] += each.points[max(each.points)]
    return totals[0] - totals[1] if any(each.is_bucket for each in counters) else 0.0
