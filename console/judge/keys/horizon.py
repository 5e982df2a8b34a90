"""How long the judge is blind for a damage of a given size, before it is seen: known before the release.

A damage is proven by a nearly constant number of bad requests, whatever the weight; the weight and the
traffic decide how long these take to come.
"""

from __future__ import annotations

import math

from console.judge.keys.starts import FIRST

CONFIRMED_BLOCKS = 2.5
"""From the proof to the verdict: a block to be filled, and the one that must agree."""


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
    part = canary / (stable + canary)
    surprise = part * math.log(part / weight)
    if part < 1:
        surprise += (1 - part) * math.log((1 - part) / (1 - weight))
    needed = burst * math.log(bets / (alpha * share * FIRST))
    return needed / ((stable + canary) * surprise) + CONFIRMED_BLOCKS * block_s
