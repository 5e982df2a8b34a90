"""How much the versions' difference jumps from block to block in this very release, beyond chance.

The hour before tells how stable's pods share what goes wrong. It does not tell what happens between the
versions: two scrapes that are seconds apart while the latency is restless make the canary look better in
one block and worse in the next. A canary that is worse is worse by much the same in neighbouring blocks, so
only what jumps counts, and steady damage is none of it.

Such jumps are a share of the rate itself: the more bad requests a block compares, the more they stand out
against chance, just as a lasting difference between pods does. So what a small weight showed is scaled to
the next one.
"""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.channels import Split
from console.judge.keys.nonstationary import MAX_JUMP

CALM_PAIRS = 5.0
"""Imagined pairs of blocks without a jump, added to the real ones: a few of these prove no habit."""


class Scatter(Struct, frozen=True, kw_only=True):
    """One channel's: sums over pairs of neighbouring blocks."""

    jumps: float = 0.0
    """Of squared jumps, each by the variance that independent requests would give it."""
    pairs: int = 0
    mass: float = 0.0
    """Of how much a relative variance of 1 would have added to a pair's jump."""
    uplift: float = 0.0
    """The canary's share of bad requests less stable's, in the latest block."""
    variance: float = math.inf
    """Of that, were the requests independent; infinite before the first block."""
    share: float = 0.0
    """Of bad requests in both versions together, in the latest block."""


def add_to_scatter(scatter: Scatter, split: Split) -> Scatter:
    """Take the next block in; one that compares nothing is passed over."""
    n1, n2, x1, x2 = split.stable, split.canary, split.stable_bad, split.canary_bad
    if n1 <= 0 or n2 <= 0:
        return scatter
    uplift, share = x2 / n2 - x1 / n1, _share(split)
    # A version without a bad request seems to have no variance: then both are taken to be alike.
    # With few bad requests one version often has none. Its own variance would then be 0, and any jump
    # infinite.
    variance = max(x1 / n1**2 + x2 / n2**2, share * (1 / n1 + 1 / n2))
    together = variance + scatter.variance
    jump = (uplift - scatter.uplift) ** 2 / together
    # A jump that is cut to the most counts with its mass cut alike: its size by the rate stays what it was.
    part = MAX_JUMP / jump if jump > MAX_JUMP else 1.0
    return Scatter(
        jumps=scatter.jumps + jump * part,
        pairs=scatter.pairs + (together < math.inf),
        mass=scatter.mass + part * (share**2 + scatter.share**2) / together,
        uplift=uplift,
        variance=variance,
        share=share,
    )


def excess(scatter: Scatter, split: Split, *, burst: float) -> float:
    """Return what jumps like those so far add to a block's variance, by what chance gives it.

    Of the block itself only the sizes are used, and how many went bad in all: never whose they were.
    """
    if scatter.mass <= 0 or split.stable <= 0 or split.canary <= 0:
        return 0.0
    # What is taken for chance is 0.8 standard errors of the jumps, for neighbouring ones share a block.
    # What the burst factor explains already is taken off first: it is tempered once, not twice.
    beyond = scatter.jumps - burst * (scatter.pairs + math.sqrt(2 * scatter.pairs))
    relative = max(0.0, beyond) / scatter.mass * scatter.pairs / (scatter.pairs + CALM_PAIRS)
    return relative * _share(split) / (1 / split.stable + 1 / split.canary)


def _share(split: Split) -> float:
    return (split.stable_bad + split.canary_bad + 0.5) / (split.stable + split.canary + 1)
