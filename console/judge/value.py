"""The value of a metric for each version: traffic comes from a tally, a state from the last look."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from console.evidence import Counts, Look, Sample
from console.judge.tally import Tally, quantile_ms, ratio, slower_than
from console.plan.model import Metric

QUANTILES = {Metric.P50: 0.50, Metric.P90: 0.90, Metric.P95: 0.95, Metric.P99: 0.99}
_ERRORS: dict[str, Callable[[Counts], float]] = {
    Metric.ERROR_RATE: lambda counts: counts.errors,
    Metric.ERROR_RATE_4XX: lambda counts: counts.errors_4xx,
    Metric.NO_ANSWER: lambda counts: counts.no_answer,
    Metric.GRPC_ERRORS: lambda counts: counts.grpc_server,
}
_TRAFFIC = frozenset((*QUANTILES, *_ERRORS, Metric.RPS))


class Values(Struct, frozen=True, kw_only=True):
    """One metric of both versions; None where it can't be said."""

    stable: float | None
    canary: float | None


class Restarts(Struct, frozen=True, kw_only=True):
    """Container restarts of both versions since the release began."""

    stable: int = 0
    canary: int = 0


def errors_of(metric: str, counts: Counts) -> float:
    """Count what the metric calls an error; nothing for a metric that counts none."""
    return _ERRORS[metric](counts) if metric in _ERRORS else 0.0


def is_traffic(metric: str) -> bool:
    """Whether the metric is made from requests, and so needs enough of them."""
    return metric in _TRAFFIC


def values_of(metric: str, *, tally: Tally, samples: Sequence[Sample], restarts: Restarts) -> Values:
    """Return the metric's value for both versions, over the tally and the samples that made it."""
    if metric in _TRAFFIC:
        return Values(
            stable=_traffic(metric, tally.stable, tally),
            canary=_traffic(metric, tally.canary, tally),
        )
    if metric == Metric.RESTARTS:
        return Values(stable=float(restarts.stable), canary=float(restarts.canary))
    return Values(
        stable=_last(metric, [sample.stable for sample in samples]),
        canary=_last(metric, [sample.canary for sample in samples]),
    )


def _traffic(metric: str, counts: Counts | None, tally: Tally) -> float | None:
    if counts is None:
        return None
    if metric in _ERRORS:
        return ratio(_ERRORS[metric](counts), counts.requests)
    if metric in QUANTILES:
        return quantile_ms(counts, tally.bounds_ms, QUANTILES[Metric(metric)])
    return ratio(counts.requests, tally.span_s)


def _last(metric: str, looks: Sequence[Look]) -> float | None:
    # A gauge is read as it stands now, so the latest that anybody measured: a scrape that left it out says
    # nothing of it.
    for look in reversed(looks):
        value = _state(metric, look)
        if value is not None:
            return value
    return None


def _state(metric: str, look: Look) -> float | None:
    pods = look.pods
    match metric:
        case Metric.CPU:
            return pods.cpu_cores
        case Metric.MEMORY:
            return pods.memory_bytes
        case Metric.CRASH_LOOPS:
            return pods.crash_looping
        case Metric.READY:
            return ratio(pods.ready or 0, pods.desired) if pods.desired else None
        case _:
            return look.business.get(metric)


def bad_requests(metric: str, tally: Tally) -> tuple[float, float] | None:
    """Count what a comparison of the metric is about: errors, or requests slower than stable's quantile.

    Gives stable's count and the canary's; None where the metric does not count requests.
    """
    stable, canary = tally.stable, tally.canary
    if stable is None or canary is None:
        return None
    if metric in _ERRORS:
        return _ERRORS[metric](stable), _ERRORS[metric](canary)
    if metric not in QUANTILES:
        return None
    # "P99 grew" can't be tested as such; "more of the canary's requests than of stable's exceed stable's
    # P99" can.
    edge_ms = quantile_ms(stable, tally.bounds_ms, QUANTILES[Metric(metric)])
    if edge_ms is None:
        return None
    slow, slow_canary = (slower_than(counts, tally.bounds_ms, edge_ms) for counts in (stable, canary))
    return slow, slow_canary
