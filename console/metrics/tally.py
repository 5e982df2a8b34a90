"""The answers of one look -> `Counts` of each version; between `look` and `counters`, and pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from console.evidence import Counts
from console.metrics.callers import Callers, failure_of
from console.metrics.copies import CounterRow, counted_as, counter_rows, dimensions_in, newest
from console.metrics.counters import UNSURE_S, Memory, Process, Scrapes, Series, advance, forget_stamps
from console.metrics.histogram import bound_in_ms, by_bucket, common_bounds
from console.metrics.outcomes import SEPARATOR, Ended, Outcome, ended, grpc_number, is_error, outcome_of
from console.metrics.promql import Part, process_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from console.metrics.answer import Answer
    from console.metrics.preset import OfCallers, Preset
    from console.plan.model import Errors


WAITED_LOOKS = 3
"""Looks in a row in which a process had no counter before its first one counts from zero. That it is scraped
is another question, and may be answered by another Prometheus, which knew the process earlier."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The raw counters of both versions, read at one moment."""

    requests: Mapping[Series, float]
    """By how they ended, as `Ended.text` writes it."""
    buckets: Mapping[Series, float]
    """By upper bound in milliseconds, cumulative."""
    scrapes: Scrapes | None = None
    """None where nobody tells."""
    callers: Mapping[Series, float] = field(default_factory=dict)
    """Failures as the callers' proxies count them."""
    called: Scrapes = field(default_factory=lambda: Scrapes({}, {}))
    newest_s: Mapping[str, float] = field(default_factory=dict)
    """When the newest sample of each workload was scraped; a workload without series is absent."""
    whole: bool = True
    """Whether what is not in it is not there: not where Prometheus warned."""
    sums: bool = False
    """Whether each value is a sum of several counters."""
    dimensions: frozenset[str] = frozenset()
    """Labels of the mesh's owners that tell requests apart."""
    watched: frozenset[Process] = frozenset()
    """Processes that are scraped, with or without a counter."""
    broken: frozenset[str] = frozenset()
    """Workloads of which a counter has no number: NaN, or an infinity. Its process is left out whole."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is remembered from one reading to the next."""

    requests: Memory = field(default_factory=Memory)
    buckets: Memory = field(default_factory=Memory)
    callers: Callers = field(default_factory=Callers)
    waiting: Mapping[Process, int] = field(default_factory=dict)
    """Processes that are scraped and have no counter: in how many looks in a row."""
    errors: Errors | None = None
    """What the plan calls an error, where it says so itself."""

    def add(
        self,
        reading: Reading,
        *,
        now_s: float,
        stamped_anew: bool = False,
        new: frozenset[str] = frozenset(),
        apart_s: float = UNSURE_S,
    ) -> tuple[Tally, Increments]:
        """Take a reading in and give what was counted since the last one; the first gives nothing.

        `stamped_anew`: the scrapers' clock was set back, and no older scrape is known by its stamp any more.
        The pods that are `new` have begun since, from zero. Two scrapers'
        clocks may be `apart_s` apart.
        """
        waited = frozenset(process for process, looks in self.waiting.items() if looks >= WAITED_LOOKS)
        from_zero = waited | {Process("", pod) for pod in new}
        step = partial(advance, now_s=now_s, scrapes=reading.scrapes, from_zero=from_zero, apart_s=apart_s)
        memories = (self.requests, self.buckets)
        of_requests, of_buckets = map(forget_stamps, memories) if stamped_anew else memories
        requests, by_status = step(of_requests, reading.requests, sums=reading.sums, whole=reading.whole)
        buckets, below = step(of_buckets, reading.buckets, sums=True, after=requests)
        increments = Increments(by_status, below, common_bounds(reading.buckets), self.errors)
        callers, unanswered = self.callers.add(
            reading.callers, reading.called, by_pods=increments.failures(reading.callers), now_s=now_s
        )
        tally = Tally(
            requests=requests,
            buckets=buckets,
            callers=callers,
            waiting=self._waiting(reading, requests),
            errors=self.errors,
        )
        return tally, replace(increments, unanswered=unanswered)

    def _waiting(self, reading: Reading, requests: Memory) -> dict[Process, int]:
        without = set(map(counted_as, reading.watched)) - requests.seen_at_s.keys()
        return {process: self.waiting.get(process, 0) + 1 for process in without}


@dataclass(frozen=True, slots=True)
class Increments:
    """What was counted between two readings."""

    by_status: Mapping[Series, float]
    below: Mapping[Series, float]
    bounds_ms: tuple[float, ...]
    errors: Errors | None = None
    """What the plan calls an error, where it says so itself."""
    unanswered: Mapping[str, float] = field(default_factory=dict)
    """By workload: requests that no pod counted, and nobody answered."""

    def failures(self, callers: Iterable[Series]) -> dict[str, float]:
        """Count what the pods of each workload failed, of those that callers tell of too."""
        workloads = {series.workload for series in (*self.by_status, *callers)}
        counts = {workload: self.of(workload) for workload in workloads}
        return {workload: each.errors_5xx + each.no_answer for workload, each in counts.items()}

    def of(self, workload: str) -> Counts:
        """Add up one workload's."""
        counted = dict.fromkeys(Outcome, 0.0)
        by_plan = 0.0
        for series, increment in self.by_status.items():
            if series.workload == workload:
                end = ended(series.what)
                counted[outcome_of(end)] += increment
                by_plan += increment if self.errors and is_error(end, self.errors) else 0.0
        unanswered = self.unanswered.get(workload, 0.0)
        counted[Outcome.NO_ANSWER] += unanswered
        by_plan += unanswered if self.errors and self.errors.no_answer else 0.0
        requests = sum(counted.values())
        del counted[Outcome.GOOD]
        return Counts(
            requests=requests,
            **counted,
            errors_by_plan=by_plan if self.errors else None,
            latency=by_bucket(self.below, workload, bounds_ms=self.bounds_ms),
        )

    def by_pod(self, workload: str) -> dict[str, Counts]:
        """Add up one workload's, pod by pod."""
        pods = {series.process.pod for series in self.by_status if series.workload == workload}
        return {pod: self._of_pod(pod).of(workload) for pod in sorted(pods)}

    def _of_pod(self, pod: str) -> Increments:
        return Increments(
            {series: count for series, count in self.by_status.items() if series.process.pod == pod},
            {series: count for series, count in self.below.items() if series.process.pod == pod},
            self.bounds_ms,
            self.errors,
        )


def read(
    counters: Answer,
    *,
    watched: Answer | None,
    preset: Preset,
    hosts: Mapping[str, str] | None = None,
    dimensions: frozenset[str] = frozenset(),
) -> Reading:
    """Order the rows of a look by series; of a process that is scraped twice the newest copy counts.

    A process with a row that has no number is left out whole, and counts again when all of them have one:
    its requests without its errors, or the other way round, would be a rate that it never had.
    """
    rows = counter_rows(counters, preset=preset, dimensions=dimensions)
    more = dimensions_in(rows, asked=Part.REQUESTS, scraped=Part.SCRAPED) - dimensions
    if more:
        return read(counters, watched=watched, preset=preset, hosts=hosts, dimensions=dimensions | more)
    rows, by_callers = _apart(rows)
    broken = {row.process for row in rows if row.value is None}
    callers = newest(by_callers, scraped=Part.CALLED)
    copies = newest(rows, scraped=Part.SCRAPED)
    return Reading(
        requests=_by_what(copies.rows, Part.REQUESTS, partial(end_of, preset=preset), broken),
        buckets=_by_what(copies.rows, Part.BUCKETS, partial(_bound_of, preset=preset), broken),
        scrapes=Scrapes(
            copies.stamps_s,
            {row.process: row.value or 0.0 for row in copies.rows if row.asked == Part.RESETS},
            {
                row.process: row.value
                for row in copies.rows
                if row.asked == Part.UPTIME and row.value is not None
            },
        ),
        newest_s=_newest(rows),
        callers=_failures(callers.rows, hosts or {}, preset) if preset.callers else {},
        called=Scrapes(callers.stamps_s, {}),
        watched=frozenset(process_of(row.labels) for row in watched.rows) if watched else frozenset(),
        broken=frozenset(row.workload for row in rows if row.value is None),
        whole=not counters.warnings,
        dimensions=dimensions,
    )


def _apart(rows: list[CounterRow]) -> tuple[list[CounterRow], list[CounterRow]]:
    """Part what pods tell from what their callers tell: a pod can be both."""
    theirs = (Part.CALLERS, Part.CALLED)
    return [row for row in rows if row.asked not in theirs], [row for row in rows if row.asked in theirs]


def _failures(rows: Iterable[CounterRow], hosts: Mapping[str, str], preset: Preset) -> dict[Series, float]:
    """Key what callers tell."""
    assert preset.callers is not None
    addressed = (_addressed(row, hosts, preset.callers) for row in rows)
    what = partial(failure_of, code_label=preset.code_label, told_by=preset.callers)
    return _by_what(addressed, Part.CALLERS, lambda row: what(row.labels), set())


def _addressed(row: CounterRow, hosts: Mapping[str, str], told_by: OfCallers) -> CounterRow:
    """Name the version that was meant, where no pod of it was chosen."""
    return row._replace(workload=hosts.get(row.labels.get(told_by.host_label, ""), row.workload))


def read_sums(*, requests: Answer, buckets: Answer, preset: Preset) -> Reading:
    """Order the rows of a process's sums, as the past is asked for."""
    return Reading(
        requests=_by_series(requests, what=partial(_end, preset=preset), preset=preset),
        buckets=_by_series(buckets, what=partial(bound_in_ms, unit_ms=preset.latency_unit_ms), preset=preset),
        sums=True,
    )


def _newest(rows: Iterable[CounterRow]) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in rows:
        if row.asked == Part.SCRAPED and row.value is not None:
            found[row.workload] = max(row.value, found.get(row.workload, row.value))
    return found


def _by_what(
    rows: Iterable[CounterRow], part: Part, what: Callable[[CounterRow], str | None], broken: set[Process]
) -> dict[Series, float]:
    """Key the values; of one series that comes twice, the larger counts and the other is its copy."""
    values: dict[Series, float] = {}
    for row in rows:
        counts = what(row) if row.asked == part else None
        if row.value is None or row.process in broken or counts is None:
            continue
        series = Series(row.process, row.workload, counts)
        values[series] = max(row.value, values.get(series, 0.0))
    return values


def end_of(row: CounterRow, *, preset: Preset) -> str | None:
    """Write how the request ended, and behind it what else tells it from others."""
    code = row.labels.get(preset.code_label)
    if code is None:
        return None
    end = _ended_as(code, row.labels, preset)
    ends = (preset.code_label, preset.grpc_label)
    rest = ",".join(f"{name}={text}" for name, text in sorted(row.labels.items()) if name not in ends)
    return SEPARATOR.join((end.code, end.grpc, rest)) if rest else end.text


def _bound_of(row: CounterRow, *, preset: Preset) -> str | None:
    return bound_in_ms(row.labels, unit_ms=preset.latency_unit_ms)


def _end(labels: Mapping[str, str], *, preset: Preset) -> str | None:
    code = labels.get(preset.code_label)
    return None if code is None else _ended_as(code, labels, preset).text


def _ended_as(code: str, labels: Mapping[str, str], preset: Preset) -> Ended:
    return Ended(code, grpc_number(labels.get(preset.grpc_label, "")))


def _by_series(
    answer: Answer, *, what: Callable[[Mapping[str, str]], str | None], preset: Preset
) -> dict[Series, float]:
    """Key the values; of one series that comes twice, the larger counts and the other is its copy.

    A process with a row that has no number is left out whole, and counts again when all of them have one:
    its requests without its errors, or the other way round, would be a rate that it never had.
    """
    broken = {preset.process(row.labels) for row in answer.rows if row.value is None}
    values: dict[Series, float] = {}
    for row in answer.rows:
        process = preset.process(row.labels)
        counts = what(row.labels)
        if row.value is None or process in broken or counts is None:
            continue
        series = Series(process, row.labels.get(preset.workload_label, ""), counts)
        values[series] = max(row.value, values.get(series, 0.0))
    return values
