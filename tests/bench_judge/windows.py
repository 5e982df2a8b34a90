"""What a rule of thresholds looks at: error rates and P99 over the last minute, as PromQL gives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.bench_judge.releases import MINUTE_TICKS, WARM_UP_TICKS, Counted, Flags, Floats, Releases, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Both versions at the end of each tick of the release; NaN where there were no requests."""

    stable_errors: Floats
    canary_errors: Floats
    stable_p99_ms: Floats
    canary_p99_ms: Floats
    reachable: Flags


def last_minute(releases: Releases) -> Windows:
    """Look back one minute from each tick."""
    bounds = releases.case.world.bounds_ms
    return Windows(
        stable_errors=_rate(releases.stable),
        canary_errors=_rate(releases.canary),
        stable_p99_ms=_p99(releases.stable, bounds),
        canary_p99_ms=_p99(releases.canary, bounds),
        reachable=releases.reachable[:, WARM_UP_TICKS:],
    )


def _rate(seen: Seen) -> Floats:
    with np.errstate(invalid="ignore"):
        ratio: Floats = _sums(seen.errors) / _sums(seen.requests)
    return ratio


def _p99(seen: Seen, bounds_ms: tuple[float, ...]) -> Floats:
    return quantile(_sums(seen.requests), _sums(seen.slower), bounds_ms, share=0.99)


def _sums(counts: Counted) -> Counted:
    total = np.cumsum(counts, axis=1, dtype=np.int64)
    sums: Counted = total[:, MINUTE_TICKS:] - total[:, :-MINUTE_TICKS]
    return sums


def quantile(requests: Counted, slower: Counted, bounds_ms: tuple[float, ...], *, share: float) -> Floats:
    """Interpolate in the bucket that holds the quantile, as `histogram_quantile` does."""
    at_most = np.concatenate([np.zeros((*requests.shape, 1)), requests[..., None] - slower], axis=-1)
    rank = share * requests
    bucket = (at_most[..., 1:] < rank[..., None]).sum(axis=-1)
    bounds = np.asarray((0.0, *bounds_ms))
    last = bounds.size - 1
    low = np.minimum(bucket, last - 1)
    before, after = _at(at_most, low), _at(at_most, low + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = bounds[low] + (bounds[low + 1] - bounds[low]) * (rank - before) / (after - before)
    value = np.where(bucket >= last, bounds[last], inside)
    return np.where(requests > 0, value, np.nan)


def _at(counts: Floats, index: Counted) -> Floats:
    found: Floats = np.take_along_axis(counts, index[..., None], axis=-1)[..., 0]
    return found
