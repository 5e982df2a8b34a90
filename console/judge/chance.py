"""The exact tail of a binomial: how likely chance alone makes a split."""

from __future__ import annotations

import math

DIFFERENT_P = 0.01
"""A p-value: what is looked at once, behind a release, is called different where chance would make the
difference less often than this."""
_NEGLIGIBLE = 1e-12
"""Terms this much smaller than the sum no longer change it."""


def chance_of_split(*, stable_bad: float, stable: float, canary_bad: float, canary: float) -> float:
    """Return the chance that the canary gets at least this many of the bad requests if both are equally good.

    Given how many requests went bad in all, and that the versions are alike, each bad one fell to the
    canary with the canary's share of the requests: a binomial, whatever made them go bad. So an outage
    that both versions share is no evidence against one of them (Przyborowski and Wilenski, "Homogeneity of
    results in testing samples from Poisson series", Biometrika 31, 1940).
    """
    bad = stable_bad + canary_bad
    if bad <= 0 or canary <= 0 or stable <= 0:
        return 1.0
    return binomial_tail(canary_bad, trials=bad, share=canary / (canary + stable))


def binomial_tail(hits: float, *, trials: float, share: float) -> float:
    """Return P(X >= hits) of a binomial; 1.0 up to its mean, where nobody needs the figure."""
    if hits <= trials * share:
        return 1.0
    if hits > trials:
        return 0.0
    # From the first term on each is the one before times a ratio: no factorial of a count in the millions is
    # ever formed. `hits` need not be whole.
    term = _probability(hits, trials, share)
    total = 0.0
    while term > total * _NEGLIGIBLE and hits <= trials:
        total += term
        term *= (trials - hits) / (hits + 1) * share / (1 - share)
        hits += 1
    return min(1.0, total)


def _probability(hits: float, trials: float, share: float) -> float:
    # Logarithms, since the coefficients overflow a float from some thousand requests on.
    logs = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    return math.exp(logs + hits * math.log(share) + (trials - hits) * math.log1p(-share))
