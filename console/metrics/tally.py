"""The answers of one look -> `Counts` of each version; between `look` and `counters`, and pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.evidence import Counts
from console.metrics.counters import Memory, Process, Series, advance
from console.metrics.histogram import by_bucket, common_bounds, is_bound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.metrics.answer import Answer
    from console.metrics.presets import Preset


@dataclass(frozen=True, slots=True)
class Reading:
    """The raw counters of both versions, read at one moment."""

    requests: Mapping[Series, float]
    """By status."""
    buckets: Mapping[Series, float]
    """By upper bound in milliseconds, cumulative."""
    watched: frozenset[Process] = frozenset()
    """Processes that are scraped, with or without a counter."""
    broken: frozenset[str] = frozenset()
    """Workloads of which a counter has no number: NaN, or an infinity. Its process is left out whole."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is remembered from one reading to the next."""

    requests: Memory = field(default_factory=Memory)
    buckets: Memory = field(default_factory=Memory)
    watched: frozenset[Process] = frozenset()

    def add(self, reading: Reading, *, now_s: float) -> tuple[Tally, Increments]:
        """Take a reading in and give what was counted since the last one; the first gives nothing."""
        requests, by_status = advance(self.requests, reading.requests, now_s=now_s, from_zero=self.watched)
        buckets, below = advance(self.buckets, reading.buckets, now_s=now_s, from_zero=self.watched)
        tally = Tally(requests=requests, buckets=buckets, watched=reading.watched)
        return tally, Increments(by_status, below, common_bounds(reading.buckets))


@dataclass(frozen=True, slots=True)
class Increments:
    """What was counted between two readings."""

    by_status: Mapping[Series, float]
    below: Mapping[Series, float]
    bounds_ms: tuple[float, ...]

    def of(self, workload: str) -> Counts:
        """Add up one workload's."""
        return Counts(
            requests=self._answered(workload, ""),
            errors_4xx=self._answered(workload, "4"),
            errors_5xx=self._answered(workload, "5"),
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
        )

    def _answered(self, workload: str, status: str) -> float:
        return sum(
            (
                increment
                for series, increment in self.by_status.items()
                if series.workload == workload and series.what.startswith(status)
            ),
            0.0,
        )


def read(*, requests: Answer, buckets: Answer, watched: Answer | None, preset: Preset) -> Reading:
    """Order the answers' rows by series."""
    return Reading(
        requests=_by_series(requests, what=preset.code_label, preset=preset),
        buckets={
            series: value
            for series, value in _by_series(buckets, what="le", preset=preset).items()
            if is_bound(series.what)
        },
        watched=frozenset(_process(row.labels) for row in watched.rows) if watched else frozenset(),
        broken=frozenset(
            row.labels.get(preset.workload_label, "")
            for row in (*requests.rows, *buckets.rows)
            if row.value is None
        ),
    )


def _by_series(answer: Answer, *, what: str, preset: Preset) -> dict[Series, float]:
    """Key the values; of one series that comes twice, the larger counts and the other is its copy.

    A process with a row that has no number is left out whole, and counts again when all of them have one:
    its requests without its errors, or the other way round, would be a rate that it never had.
    """
    broken = {_process(row.labels) for row in answer.rows if row.value is None}
    values: dict[Series, float] = {}
    for row in answer.rows:
        process = _process(row.labels)
        if row.value is None or process in broken or what not in row.labels:
            continue
        workload = row.labels.get(preset.workload_label, "")
        series = Series(process, workload, row.labels[what])
        values[series] = max(row.value, values.get(series, 0.0))
    return values


def _process(labels: Mapping[str, str]) -> Process:
    return Process(labels.get("instance", ""), labels.get("pod", ""))
