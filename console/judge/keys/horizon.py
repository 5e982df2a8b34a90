"""How long the judge is blind for a damage of a given size, before it is seen: known before the release.

A damage is proven by a nearly constant number of bad requests, whatever the weight; the weight and the
traffic decide how long these take to come.
"""

from __future__ import annotations

import math

from console.judge.keys.starts import FIRST

CONFIRMED_BLOCKS = 2.5
"""From the proof to the verdict: a block to be filled, and the one that must agree."""
NEVER_S = 30 * 86_400.0
"""What takes longer than a month is never seen."""
FIRST_UPLIFT = 0.05
"""A first stage should show five points more errors within half of its time."""


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
) -> float | None:
    """Predict the median time from an `uplift` of the share of bad requests to its proof.

    `rps` is of both versions together, `weight` and `usual` (stable's share of bad requests) are ratios,
    `share` is the channel's part of the error budget, `bets` the size of the grid. None: never, because a
    version has no traffic.
    """
    if rps <= 0 or not 0 < weight < 1 or uplift <= 0:
        return None
    stable, canary = rps * (1 - weight) * usual, rps * weight * min(1.0, usual + uplift)
    if canary <= 0:
        return None
    needed = burst * math.log(bets / (alpha * share * FIRST))
    nats = (stable + canary) * _divergence(canary / (stable + canary), weight)
    return needed / nats + CONFIRMED_BLOCKS * block_s if nats * NEVER_S > needed else None


def smallest_weight(
    *,
    stage_s: float,
    rps: float,
    usual: float,
    alpha: float,
    share: float,
    burst: float,
    block_s: float,
    uplift: float = FIRST_UPLIFT,
) -> int | None:
    """Find the smallest weight, in percent, that shows the uplift within half a stage; None: none does."""
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
        )
        if time_s is not None and time_s <= stage_s / 2:
            return percent
    return None


def _divergence(seen: float, expected: float) -> float:
    """Give the nats that one bad request tells: Kullback and Leibler's divergence of two shares."""
    rest = (1 - seen) * math.log((1 - seen) / (1 - expected)) if seen < 1 else 0.0
    return (seen * math.log(seen / expected) if seen > 0 else 0.0) + rest
