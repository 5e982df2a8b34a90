"""How much one version's share of bad requests moves from one stretch of time to the next, beyond chance.

Two things move it: bursts of requests with a common fate, and what the whole service goes through. Over a
shorter stretch the service goes through less, while bursts are as large as ever; so what the hour before
showed from minute to minute tells how much of the movement between blocks is not bursts.
"""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.channels import Share

PRIOR_EVENTS = 20.0
"""Imagined bad requests without any noise, added to the real ones: a handful of these proves no noise."""
MAX_JUMP = 100.0
"""One jump counts for no more, by the variance that chance would give it: an outage is one, not a habit."""


class Restless(Struct, frozen=True, kw_only=True):
    """Sums over neighbouring stretches, each pair weighted by how many bad requests it holds."""

    squares: float = 0.0
    expected: float = 0.0
    """What the squares would be by chance."""
    pairs: int = 0
    latest: Share = Share()

    @property
    def ratio(self) -> float:
        """Return the movement by what chance makes of it: von Neumann's ratio."""
        return (PRIOR_EVENTS + self.squares) / (PRIOR_EVENTS + self.expected)

    @property
    def low(self) -> float:
        """Return what it is at least, two standard errors down: a few pairs can move much by chance."""
        return self.ratio / (1 + math.sqrt(8 / self.pairs)) if self.pairs else 0.0


def add_stretch(restless: Restless, share: Share) -> Restless:
    """Take the next stretch in; one without requests is passed over."""
    n, before = share.total, restless.latest.total
    if n <= 0:
        return restless
    # The first stretch, or one behind a pause: there is no neighbour to compare with.
    if before <= 0:
        return Restless(latest=share)
    # Neighbours are compared, not each with the mean: a slow drift (the time of day) moves neighbours hardly
    # at all and would look like noise against a mean.
    weight = n * before / (n + before)
    expected = weight * (share.bad + restless.latest.bad) / (n + before)
    moved = weight * (share.bad / n - restless.latest.bad / before)
    return Restless(
        squares=restless.squares + min(moved * moved, MAX_JUMP * expected),
        expected=restless.expected + expected,
        pairs=restless.pairs + 1,
        latest=share,
    )
