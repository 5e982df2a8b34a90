"""The horizon: how long damage of a given size stays hidden; known before the release.

A damage is proven by a nearly constant number of bad requests, whatever the weight; the weight and the
traffic decide how long these take to come.
"""

from __future__ import annotations

import math

from console.judge.keys.alpha_spending import FIRST
from console.judge.keys.tolerance import Tolerated

CONFIRMED_BLOCKS = 2.5
"""From the proof to the verdict: a block to be filled, and the one that must agree."""
NEVER_S = 30 * 86_400.0
"""Seconds beyond which damage counts as never seen: a month, longer than any release."""
_LEAST = 1e-12
_WINNERS = 2
"""Bets of the grid that win alike on key 2, whose question is a smaller step than key 1's: measured."""
SIMPLY = Tolerated()
"""Nothing is tolerated."""
FIRST_UPLIFT = 0.05
"""Increase of the error rate, ratio, that a first stage should show within half of its time."""


def horizon_s(
    *,
    rps: float,
    weight: float,
    usual: float,
    uplift: float,
    alpha: float,
    share: float,
    burst: float,
    block_s: float,
    bets: int = 5,
    beta: float = 0.1,
    tolerated: Tolerated = SIMPLY,
) -> float | None:
    """Predict the median time from an `uplift` of the share of bad requests to its proof.

    `rps` is of both versions together, `weight` and `usual` (stable's share of bad requests) are ratios,
    `share` is the channel's part of the error budget, `bets` the size of the grid. None: never, because a
    version has no traffic, or because more is tolerated.
    """
    if rps <= 0 or not 0 < weight < 1 or uplift <= 0:
        return None
    stable, canary = rps * (1 - weight) * usual, rps * weight * min(1.0, usual + uplift)
    if canary <= 0:
        return None
    # The one bet of the grid that fits grows by its divergence a second; it has to make up for the others
    # that lose (`bets`), for the channel's part of the budget (`share`), and for the half that was laid out
    # first (`FIRST`).
    proof_s = burst * math.log(bets / (alpha * share * FIRST)) / _nats(stable, canary, weight)
    # Key 2 asks for less evidence, and is the slower one where nearly as much is tolerated.
    odds = tolerated.asked * weight / (1 - weight)
    nats = _nats(stable + rps * (1 - weight) * tolerated.lent, canary, odds / (1 + odds))
    proof_s = max(proof_s, burst * math.log(bets / (_WINNERS * beta * share * FIRST)) / nats)
    return proof_s + CONFIRMED_BLOCKS * block_s if proof_s < NEVER_S else None


def smallest_weight(
    *,
    stage_s: float,
    rps: float,
    usual: float,
    alpha: float,
    share: float,
    burst: float,
    block_s: float,
    beta: float = 0.1,
    tolerated: Tolerated = SIMPLY,
    uplift: float = FIRST_UPLIFT,
) -> int | None:
    """Find the smallest weight, in percent, that shows the uplift within half a stage; None: none does."""
    # Tried one by one and not solved for: the time falls with the weight only while stable has enough
    # requests left to compare with, and key 2's is another curve than key 1's.
    for percent in range(1, 100):
        time_s = horizon_s(
            rps=rps,
            weight=percent / 100,
            usual=usual,
            uplift=uplift,
            alpha=alpha,
            share=share,
            burst=burst,
            block_s=block_s,
            beta=beta,
            tolerated=tolerated,
        )
        if time_s is not None and time_s <= stage_s / 2:
            return percent
    return None


def _nats(stable: float, canary: float, expected: float) -> float:
    """Return what a second of both tells; next to nothing where no more is seen than expected."""
    seen = canary / (stable + canary)
    return max((stable + canary) * _divergence(seen, expected), _LEAST) if seen > expected else _LEAST


def _divergence(seen: float, expected: float) -> float:
    """Return the nats that one bad request tells: Kullback and Leibler's divergence of two shares."""
    rest = (1 - seen) * math.log((1 - seen) / (1 - expected)) if seen < 1 else 0.0
    return (seen * math.log(seen / expected) if seen > 0 else 0.0) + rest
