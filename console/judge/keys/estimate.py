"""How much worse the canary is: the Mantel-Haenszel estimate, and an interval that may be looked at always.

Every block is compared within itself and only the differences are added up. Percentages pooled over blocks
of different weights are never made: they can show a difference where there is none (Simpson's paradox).
"""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.channels import Split

ENOUGH_BLOCKS = 10
"""Blocks in which the canary had something bad: with fewer the interval is not to be trusted."""
MISS = 0.05
"""Share of releases in which the interval may ever miss the truth, ratio: a 95% confidence sequence."""
_PRIOR = 5.0
_MIXTURE = 10.0


class Estimate(Struct, frozen=True, kw_only=True):
    """Sums over blocks, with N = n1 + n2, w = n1 n2 / N and d = (x2 n1 - x1 n2) / N in each."""

    weights: float = 0.0
    stable_bad: float = 0.0
    """Of n2 x1 / N: stable's bad requests, standardised to the canary's blocks."""
    differences: float = 0.0
    """Of d."""
    variance: float = 0.0
    """Of (n1² x2 + n2² x1) / N²."""
    differences_sq: float = 0.0
    crossed: float = 0.0
    """Of d w."""
    weights_sq: float = 0.0
    canary: float = 0.0
    """The canary's requests."""
    bad_blocks: int = 0


class Uplift(Struct, frozen=True, kw_only=True):
    """What is shown."""

    stable: float
    """Share of bad requests."""
    uplift: float
    """The canary's share of bad requests less stable's."""
    low: float
    high: float
    """The 95% interval, true at all times at once."""
    enough: bool
    """Whether there were enough bad requests for the interval to be shown."""
    requests: float
    """The canary's, in the blocks compared."""

    @property
    def canary(self) -> float:
        """Share of bad requests, standardised like stable's."""
        return max(0.0, self.stable + self.uplift)

    @property
    def extra(self) -> float:
        """Bad requests that the canary had and stable would not have had; negative: it had fewer."""
        return self.uplift * self.requests


def add_to_estimate(estimate: Estimate, split: Split) -> Estimate:
    """Compare one more block within itself."""
    n1, x1, n2, x2 = split.stable, split.stable_bad, split.canary, split.canary_bad
    if n1 <= 0 or n2 <= 0:
        return estimate
    n = n1 + n2
    # Within a block both versions meet the same minute. The weight n1 n2 / N is what makes a block count by
    # what it can tell: one with hardly any canary requests says next to nothing, however many stable had.
    weight = n1 * n2 / n
    difference = (x2 * n1 - x1 * n2) / n
    return Estimate(
        weights=estimate.weights + weight,
        stable_bad=estimate.stable_bad + n2 * x1 / n,
        differences=estimate.differences + difference,
        variance=estimate.variance + (n1 * n1 * x2 + n2 * n2 * x1) / (n * n),
        differences_sq=estimate.differences_sq + difference**2,
        crossed=estimate.crossed + difference * weight,
        weights_sq=estimate.weights_sq + weight**2,
        canary=estimate.canary + n2,
        bad_blocks=estimate.bad_blocks + (x2 > 0),
    )


def rates_of(estimate: Estimate) -> tuple[float, float]:
    """Return stable's and the canary's share of bad requests, of blocks that were compared.

    They are standardised, both by the same weights, so that no rate shown is ever below 0.
    """
    stable = estimate.stable_bad / estimate.weights
    return stable, max(0.0, stable + estimate.differences / estimate.weights)


def uplift_of(estimate: Estimate, *, burst: float) -> Uplift | None:
    """Return the estimate and its interval; None before both versions had requests in one block."""
    if estimate.weights <= 0:
        return None
    stable = estimate.stable_bad / estimate.weights
    uplift = estimate.differences / estimate.weights
    half = _half_width(estimate, uplift, burst)
    # Events may come more than once a request; then no share bounds the difference.
    most = 1.0 if max(stable, stable + uplift) <= 1 else math.inf
    return Uplift(
        stable=stable,
        uplift=uplift,
        low=max(uplift - half, -stable),
        high=min(uplift + half, most),
        enough=estimate.bad_blocks >= ENOUGH_BLOCKS,
        requests=estimate.canary,
    )


def _half_width(estimate: Estimate, uplift: float, burst: float) -> float:
    """Widen by what the blocks scatter more than chance would have them, or by the burst factor."""
    scatter = estimate.differences_sq - 2 * uplift * estimate.crossed + uplift * uplift * estimate.weights_sq
    # The blocks' own scatter knows of overdispersion that the hour before did not show; the burst factor
    # knows of it before there are blocks. The larger counts, for an interval that is too narrow is worse than
    # one too wide.
    widened = max(burst, (scatter + _PRIOR) / (estimate.variance + _PRIOR))
    variance = widened * (estimate.variance + 1)
    # A normal mixture bound, true at all times at once: the price of looking at every block is a logarithm.
    # The second summand is for rare events, whose sums are not yet normal.
    logs = math.log(2 / MISS) + math.log1p(variance / _MIXTURE) / 2
    return (math.sqrt(2 * variance * logs) + widened * logs / 2) / estimate.weights
