"""How much the versions' difference jumps from block to block in this very release, beyond chance.

The hour before tells how stable's pods share what goes wrong. It does not tell what happens between the
versions: two scrapes that are seconds apart while the latency is restless make the canary look better in
one block and worse in the next. A canary that is worse is worse by much the same in neighbouring blocks, so
their difference leaves it out, and only what jumps is left.

Only blocks that are past say how the next one is tempered. So the power is fixed before a bet is decided,
and tempering by it keeps the evidence a supermartingale.
"""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.channels import Split

CALM_PAIRS = 10.0
"""So many imagined pairs of blocks without a jump: a few real ones prove none."""
MAX_JUMP = 100.0
"""One jump counts for no more: damage that begins is one, and it must not hide itself."""
RESTLESS = 2.0
"""Up to this ratio it is taken for chance."""


class Scatter(Struct, frozen=True, kw_only=True):
    """One channel's: sums over pairs of neighbouring blocks."""

    jumps: float = 0.0
    """Of squared jumps, each by the variance that independent requests would give it."""
    pairs: int = 0
    uplift: float = 0.0
    """The canary's share of bad requests less stable's, in the latest block."""
    variance: float = math.inf
    """Of that, were the requests independent; infinite before the first block."""

    @property
    def ratio(self) -> float:
        """Give the mean jump: 1 is what chance makes."""
        return (CALM_PAIRS + self.jumps) / (CALM_PAIRS + self.pairs)


def add_to_scatter(scatter: Scatter, split: Split) -> Scatter:
    """Take the next block in; one that compares nothing is passed over."""
    n1, n2 = split.stable, split.canary
    if n1 <= 0 or n2 <= 0:
        return scatter
    x1, x2 = split.stable_bad, split.canary_bad
    uplift = x2 / n2 - x1 / n1
    # Where one version has no bad request its own variance would be none: both are taken to be alike then.
    alike = (x1 + x2 + 0.5) / (n1 + n2 + 1) * (1 / n1 + 1 / n2)
    variance = max(x1 / n1**2 + x2 / n2**2, alike)
    jump = (uplift - scatter.uplift) ** 2 / (variance + scatter.variance)
    return Scatter(
        jumps=scatter.jumps + min(jump, MAX_JUMP),
        pairs=scatter.pairs + (scatter.variance < math.inf),
        uplift=uplift,
        variance=variance,
    )


def tempering(scatter: Scatter, *, burst: float) -> float:
    """Give what the next block's evidence is divided by: stable's burst factor, or the scatter beyond it."""
    return max(burst, scatter.ratio) if scatter.ratio > RESTLESS else burst
