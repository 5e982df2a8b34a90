"""Evidence of several ticks, added up; ratios and quantiles are made from here and nowhere else."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import Counts, Sample
from console.judge.total import total

Bounds = tuple[float, ...]


class Tally(Struct, frozen=True, kw_only=True):
    """Counts of both versions over a stretch of time; None where a version was never seen in it."""

    span_s: float = 0.0
    bounds_ms: Bounds = ()
    stable: Counts | None = None
    canary: Counts | None = None


def tally_of_one(sample: Sample) -> Tally:
    """Return the evidence of one tick."""
    return Tally(
        span_s=sample.span_s,
        bounds_ms=sample.bounds_ms,
        stable=sample.stable.counts,
        canary=sample.canary.counts,
    )


def plus(tally: Tally, later: Tally) -> Tally:
    """Add up two stretches. Where the latency buckets changed, latency starts anew with the later ones."""
    bounds = later.bounds_ms or tally.bounds_ms
    # A mesh that is reconfigured in the middle of a release has other buckets: counts of both can't be
    # added, and interpolating one into the other would invent requests.
    keep = tally.bounds_ms == bounds
    return Tally(
        span_s=tally.span_s + later.span_s,
        bounds_ms=bounds,
        stable=_plus(tally.stable, later.stable, keep_latency=keep),
        canary=_plus(tally.canary, later.canary, keep_latency=keep),
    )


def add_sample(tally: Tally, sample: Sample) -> Tally:
    """Add one tick."""
    return plus(tally, tally_of_one(sample))


def tally_of(samples: Iterable[Sample]) -> Tally:
    """Add up many ticks."""
    tally = Tally()
    for sample in samples:
        tally = add_sample(tally, sample)
    return tally


def _plus(total: Counts | None, more: Counts | None, *, keep_latency: bool) -> Counts | None:
    if total is None:
        return more
    if more is None:
        return total if keep_latency else replace(total, latency=())
    latency = _buckets(total.latency if keep_latency else (), more.latency)
    return replace(total + more, latency=latency)


def _buckets(total: Sequence[float], more: Sequence[float]) -> tuple[float, ...]:
    # One of the two has seen no latency yet; the other's buckets are all there is.
    if len(total) != len(more):
        return tuple(more or total)
    return tuple(map(operator.add, total, more))


def ratio(part: float, whole: float) -> float | None:
    """`part / whole`, or None where there is no whole, or next to none of it: never NaN, never infinite."""
    found = part / whole if whole > 0 else inf
    return found if found < inf else None


def quantile_ms(counts: Counts, bounds_ms: Sequence[float], q: float) -> float | None:
    """Estimate the latency that a share `q` of the requests stayed below, in milliseconds.

    Linear within the bucket, as Prometheus' histogram_quantile does; a quantile beyond the last bound is
    that bound. None without requests.
    """
    requests = total(counts.latency)
    if requests <= 0 or not bounds_ms:
        return None
    rank = q * requests
    seen = 0.0
    low = 0.0
    for high, inside in zip(bounds_ms, counts.latency, strict=False):
        if inside > 0 and seen + inside >= rank:
            return low + (high - low) * (rank - seen) / inside
        seen += inside
        low = high
    return bounds_ms[-1]


def slower_than(counts: Counts, bounds_ms: Sequence[float], limit_ms: float) -> float:
    """Estimate how many requests took longer than `limit_ms`, linear within a bucket as above."""
    slower = counts.latency[-1] if counts.latency else 0.0
    low = 0.0
    for high, inside in zip(bounds_ms, counts.latency, strict=False):
        if low >= limit_ms:
            slower += inside
        elif high > limit_ms:
            slower += inside * ((high - limit_ms) / (high - low))
        low = high
    return slower
