"""Evidence that cannot be made by looking often: bets on how the bad requests fall to the two versions.

Given how many requests each version got and how many went bad in all, the bad ones of a canary that is
alike are a draw without replacement. A bet that pays `k**x2 * ((1+o)/(1+k*o))**m` per block is fair for
independent draws with odds o, and so more than fair here: its winnings are a supermartingale. Capping a
block's gain, tempering it (a power below 1), averaging bets and starting them late keep it one.
"""

from __future__ import annotations

import math
from functools import cache

from msgspec import Struct

from console.judge.keys.channels import Split
from console.judge.total import total

CEILING = 1e100
"""Winnings beyond this are as good as this, and their sums stay finite."""


class Evidence(Struct, frozen=True, kw_only=True):
    """The winnings of the bets on one channel, one for each effect size of the grid."""

    bets: tuple[float, ...]

    def against(self, *, spent: float) -> float:
        """Return the evidence so far, the unspent purse included: 100.0 is 100:1."""
        # What is not laid out yet counts for its own value. Left out, the evidence would begin below 1 and
        # no longer be one bet with one error budget.
        return total(self.bets) / len(self.bets) + 1.0 - spent


def no_evidence(grid: tuple[float, ...]) -> Evidence:
    """Begin with nothing laid out."""
    return Evidence(bets=(0.0,) * len(grid))


def log_gains(
    split: Split,
    *,
    grid: tuple[float, ...],
    tolerated: float,
    burst: float,
    cap: float,
    tempered: float = 1.0,
) -> tuple[float, ...]:
    """Return each bet's log gain in one block against "at most `tolerated` times as often bad".

    A loss is divided by `burst`, a gain by `tempered` where that is more: what a restless stretch seemed to
    prove must be lost again as fast as ever. 0 where either version had no request: then the split says
    nothing.
    """
    if split.stable <= 0 or split.canary <= 0:
        return (0.0,) * len(grid)
    # Given the totals, each bad request of an equal canary is the canary's with odds n2 : n1, and of one that
    # is worse by a factor t with odds t n2 : n1. Time, load and outages move the totals and not these odds.
    odds = tolerated * split.canary / split.stable
    bad, canary_bad = split.stable_bad + split.canary_bad, split.canary_bad
    fair = bad * math.log1p(odds)
    # No block may decide alone: one in which a weight changed, or a scrape was late, can show any split at
    # all.
    most = math.log(cap)
    damp = max(burst, tempered)
    gains = [
        canary_bad * log_k + fair - bad * math.log1p(k * odds)
        for k, log_k in zip(grid, _logs(grid), strict=True)
    ]
    # Losses are divided by less than gains: tempering protects from what a restless stretch wins, and must
    # not protect a false win from being lost again. A larger loss only lowers the mean, so the bet stays
    # fair.
    return tuple([min(most, gain / damp) if gain > 0 else gain / burst for gain in gains])


def add_block(evidence: Evidence, *, gains: tuple[float, ...], fresh: float) -> Evidence:
    """Lay out what is fresh, then let every bet win or lose."""
    # What is laid out now takes part in this very block: laid out after it, it would miss damage in the first
    # one.
    bets = [(bet + fresh) * math.exp(gain) for bet, gain in zip(evidence.bets, gains, strict=True)]
    return Evidence(bets=tuple([min(CEILING, bet) for bet in bets]))


@cache
def _logs(grid: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(map(math.log, grid))


def mirrored(split: Split) -> Split:
    """Swap the versions: for events, which must not become rarer, stable plays the canary."""
    return Split(
        stable=split.canary,
        stable_bad=split.canary_bad,
        canary=split.stable,
        canary_bad=split.stable_bad,
    )
