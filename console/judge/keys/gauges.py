"""Gauges: CPU and memory, which are measured and not counted. They may pause a release."""

from __future__ import annotations

import math

from msgspec import Struct

TOLERATED = 1.3
"""The canary may need this many times what stable needs; less pauses no release."""
ENOUGH = 5
"""Minutes without which there is no bound."""
_MIXTURE = 0.02
# The variance of the sum at which the bound is tightest: about ten minutes of ratios that scatter by 3%.
_PRIOR_SQ = 0.01
_MAX_CORRELATION = 0.95
_MOST = 50.0
"""On the log scale no ratio is larger."""


class Gauge(Struct, frozen=True, kw_only=True):
    """Sums over one log ratio of canary to stable a minute."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    first: float = 0.0
    latest: float = 0.0
    lagged: float = 0.0
    """Of each value times the one before."""

    @property
    def factor(self) -> float:
        """What the canary needs by what stable needs: the minutes' geometric mean."""
        return math.exp(self.total / self.count) if self.count else 1.0


def add_minute(gauge: Gauge, *, stable: float, canary: float) -> Gauge:
    """Add one minute: CPU seconds per request, or memory per pod.

    A value that is not positive says nothing.
    """
    if not (0 < stable < math.inf and 0 < canary < math.inf):
        return gauge
    # Logarithms of ratios, so that twice as much and half as much weigh alike.
    ratio = min(max(math.log(canary) - math.log(stable), -_MOST), _MOST)
    return Gauge(
        count=gauge.count + 1,
        total=gauge.total + ratio,
        squares=gauge.squares + ratio * ratio,
        first=ratio if gauge.count == 0 else gauge.first,
        latest=ratio,
        lagged=gauge.lagged + ratio * gauge.latest,
    )


def lower_bound(gauge: Gauge, *, alpha: float) -> float | None:
    """Return the factor that the canary needs at least; true at all times at once. None: too few minutes.

    Neighbouring minutes are alike, which widens the bound as if there were fewer of them. The variance is
    not believed to be smaller than that of a gauge that scatters by a few percent.
    """
    if gauge.count < ENOUGH:
        return None
    mean = gauge.total / gauge.count
    # The prior is in the sum and not in the result: after ten minutes of a gauge that hardly moves it still
    # keeps the bound from closing at once.
    variance = (gauge.squares - gauge.count * mean * mean + _PRIOR_SQ) / (gauge.count - 1)
    correlation = _correlation(gauge, mean)
    widened = variance * (1 + correlation) / (1 - correlation) * gauge.count + _MIXTURE
    half = math.sqrt(widened * (math.log(widened / _MIXTURE) + 2 * math.log(1 / alpha))) / gauge.count
    return math.exp(mean - half)


def needs_more(gauge: Gauge, *, alpha: float) -> bool:
    """Whether the canary needs more than is tolerated."""
    low = lower_bound(gauge, alpha=alpha)
    return low is not None and low > TOLERATED


def _correlation(gauge: Gauge, mean: float) -> float:
    """Estimate how alike neighbouring minutes are, 0 at least: less would narrow the bound."""
    spread = gauge.squares - gauge.count * mean * mean
    if spread <= 0:
        return 0.0
    # The sum over neighbours of (y[t] - mean)(y[t-1] - mean), from the running sums.
    shared = (
        gauge.lagged - mean * (2 * gauge.total - gauge.first - gauge.latest) + (gauge.count - 1) * mean**2
    )
    return min(max(shared / spread, 0.0), _MAX_CORRELATION)
