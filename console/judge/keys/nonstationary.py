"""How much one version's share of bad requests moves from one stretch of time to the next, beyond chance.

Two things move it: bursts of requests with a common fate, and what the whole service goes through. Over a
shorter stretch the service goes through less, while bursts are as large as ever; so what the hour before
showed from minute to minute tells how much of the movement between blocks is not bursts.

What a release showed counts for good, for bursts may come one in many minutes. Only an outage is forgotten
when it is over: taken for a habit it would temper evidence so much that nothing is found any more.
"""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from console.judge.keys.channels import Share

PRIOR_EVENTS = 20.0
"""Imagined bad requests without any noise, added to the real ones: a handful of these proves no noise."""
MAX_JUMP = 100.0
"""One jump counts for no more, by the variance that chance would give it: an outage is one, not a habit."""
RECENT_S = 600.0
"""Seconds, at most, for which all movement counts, an outage's too."""
OUTAGE = 8.0
"""An outage has this many times as many bad requests as other times; bursts come to less by chance."""


class Movement(Struct, frozen=True, kw_only=True):
    """Sums over neighbouring stretches, each pair weighted by how many bad requests it holds."""

    squares: float = 0.0
    expected: float = 0.0
    """What the squares would be by chance."""
    pairs: int = 0


class Restless(Struct, frozen=True, kw_only=True):
    """A version's movement: what is kept for good, and beside it what is recent."""

    squares: float = 0.0
    expected: float = 0.0
    """What the squares would be by chance."""
    pairs: int = 0
    latest: Share = Share()
    recent: Movement = Movement()
    before: Movement = Movement()
    """The movement before the recent one, no longer than it."""
    span_s: float = 0.0
    """Seconds that the recent movement covers."""

    @property
    def ratio(self) -> float:
        """Return the movement by what chance makes of it: von Neumann's ratio."""
        squares = self.squares + self.before.squares + self.recent.squares
        expected = self.expected + self.before.expected + self.recent.expected
        return (PRIOR_EVENTS + squares) / (PRIOR_EVENTS + expected)

    @property
    def low(self) -> float:
        """Return its lower end: a few pairs can move much by chance.

        Neighbouring pairs share a stretch, so a standard error is about `sqrt(3 / pairs)` of it; this is 1.6
        of them.
        """
        pairs = self.pairs + self.before.pairs + self.recent.pairs
        return self.ratio / (1 + math.sqrt(8 / pairs)) if pairs else 0.0


def add_recent(restless: Restless, share: Share, *, span_s: float) -> Restless:
    """Take the next stretch of `span_s` in, and drop an outage that is no longer recent."""
    grown_s = restless.span_s + span_s
    # In two halves: what falls out is then no older than `RECENT_S`, and no sum is kept for each block.
    if grown_s > RECENT_S / 2:
        restless = replace(_kept(restless), before=restless.recent, recent=Movement())
        grown_s = span_s
    moved, recent = _moved(restless.latest, share), restless.recent
    return replace(
        restless,
        recent=Movement(
            squares=recent.squares + moved.squares,
            expected=recent.expected + moved.expected,
            pairs=recent.pairs + moved.pairs,
        ),
        latest=share if share.total > 0 else restless.latest,
        span_s=grown_s,
    )


def _kept(restless: Restless) -> Restless:
    """Keep what is recent no longer for good, but for an outage."""
    old = restless.before
    # Told by how much went bad, not by how it jumped: a burst that one client meets jumps as far. And dropped
    # whole, not faded: it holds a thousand times the bad requests of the calm behind it, and would outweigh
    # that for ten half-lives.
    usual, pairs = (
        (restless.expected, restless.pairs)
        if restless.pairs
        else (restless.recent.expected, restless.recent.pairs)
    )
    if old.expected * pairs > OUTAGE * (PRIOR_EVENTS + usual) * old.pairs:
        return restless
    return replace(
        restless,
        squares=restless.squares + old.squares,
        expected=restless.expected + old.expected,
        pairs=restless.pairs + old.pairs,
    )


def add_stretch(restless: Restless, share: Share) -> Restless:
    """Take the next stretch in for good; one without requests is passed over."""
    moved = _moved(restless.latest, share)
    return replace(
        restless,
        squares=restless.squares + moved.squares,
        expected=restless.expected + moved.expected,
        pairs=restless.pairs + moved.pairs,
        latest=share if share.total > 0 else restless.latest,
    )


def _moved(latest: Share, share: Share) -> Movement:
    """Compare a stretch with the one before it; without requests in both there is nothing to compare."""
    n, before = share.total, latest.total
    if n <= 0 or before <= 0:
        return Movement()
    # Neighbours are compared, not each with the mean: a slow drift (the time of day) moves neighbours hardly
    # at all and would look like noise against a mean.
    weight = n * before / (n + before)
    expected = weight * (share.bad + latest.bad) / (n + before)
    moved = weight * (share.bad / n - latest.bad / before)
    return Movement(squares=min(moved * moved, MAX_JUMP * expected), expected=expected, pairs=1)
