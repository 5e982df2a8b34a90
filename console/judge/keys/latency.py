"""How much slower the canary is, said as people say it: by how much its P99 grew.

Only the shares slower than each edge are known, of both versions, standardised alike. Between two edges a
share is taken to fall by a power of the latency, as the tolerance takes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from console.judge.keys.channels import Channel, Kind
from console.judge.keys.estimate import Estimate, rates_of

SLOWEST = 0.01
"""The share of requests that is slower than the P99, ratio."""


def p99_times(channels: Sequence[Channel], estimates: Sequence[Estimate]) -> float | None:
    """Return the canary's P99 by stable's; None where one lies outside the edges that are counted."""
    stable: list[tuple[float, float]] = []
    canary: list[tuple[float, float]] = []
    for channel, estimate in zip(channels, estimates, strict=True):
        if channel.kind is Kind.SLOW and estimate.weights > 0:
            # Half a request stands in for none: where nothing is slower the logarithm would know no end.
            least = 0.5 / estimate.canary
            usual, now = rates_of(estimate)
            stable.append((channel.edge_ms, max(usual, least)))
            canary.append((channel.edge_ms, max(now, least)))
    before, after = _p99_ms(stable), _p99_ms(canary)
    return after / before if before and after else None


def _p99_ms(slower: Sequence[tuple[float, float]]) -> float | None:
    """Find where the share that is slower falls to a hundredth."""
    for (low_ms, more), (high_ms, fewer) in pairwise(slower):
        # No guess beyond the outermost edges: there nothing bounds the tail, and a figure would be made up.
        if more >= SLOWEST > fewer:
            part = math.log(more / SLOWEST) / math.log(more / fewer)
            return low_ms * math.pow(high_ms / low_ms, part)
    return None
