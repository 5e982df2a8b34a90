"""Which stage a release was in that someone else drove: read off the split of the requests; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from console.plan.model import Plan, Stage

if TYPE_CHECKING:
    from console.evidence import Sample

WINDOW_TICKS = 3
"""So many ticks together say where the split is."""
GONE = 0.25
"""Below this part of the lowest weight the canary has no traffic: probes and stragglers."""
ENOUGH = 100.0
"""With fewer requests of both the split says nothing."""

Pair = tuple[float, float]


class SplitWatch(Struct, frozen=True):
    """What the split has shown so far."""

    plan: Plan
    stage: int | None = None
    """The stage that the traffic is in; None before the canary's first traffic and after its last."""
    seen: tuple[Pair, ...] = ()
    """Requests of stable and canary in the last ticks that counted."""

    def saw(self, sample: Sample) -> SplitWatch:
        """Take one tick in; one that is blind or counted nothing new changes nothing."""
        stable, canary = sample.stable.counts, sample.canary.counts
        if stable is None or canary is None or sample.span_s <= 0:
            return self
        seen = (*self.seen, (stable.requests, canary.requests))[-WINDOW_TICKS:]
        total = sum(a + b for a, b in seen)
        if len(seen) < WINDOW_TICKS or total < ENOUGH:
            return replace(self, seen=seen)
        stages = self.plan.stages
        lasting = _nearest(stages, sum(b for _, b in seen) / total)
        now = _nearest(stages, canary.requests / max(1.0, stable.requests + canary.requests))
        # On the way from one weight to another the two differ.
        return replace(self, seen=seen, stage=lasting if lasting == now else self.stage)


def percent_of(sample: Sample) -> int | None:
    """Give the canary's share of a sample's requests; None without any."""
    stable, canary = (look.counts.requests if look.counts else 0.0 for look in (sample.stable, sample.canary))
    return round(100 * canary / (stable + canary)) if stable + canary > 0 else None


def _nearest(stages: tuple[Stage, ...], share: float) -> int | None:
    """Find the stage whose weight is nearest to the share; None where the canary serves next to nobody."""
    lowest = min((stage.weight for stage in stages if stage.weight > 0), default=100)
    if share < GONE * lowest / 100:
        return None
    return min(range(len(stages)), key=lambda at: abs(stages[at].weight / 100 - share))
