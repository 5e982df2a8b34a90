"""What the two-keys judge sees of many releases: blocks of both versions' counts, channel by channel.

The channels are laid out as `console.judge.keys.channels` lays them out: errors, the bound below the lowest
judged edge (for the slope, with weight 0), then the judged edges, which each release's own history chooses,
and last what is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.judge.keys.channels import EDGES, USUAL_SHARE, Budget, budget_of
from tests.bench_judge.releases import WARM_UP_TICKS, Counted, Flags, Floats, Releases, Seen
from tests.bench_judge.worlds import TICK_S, canary_pods_at

LIMIT_MS = 500.0
"""The hard limit of latency."""
BY_ERRORS_AND_LATENCY = Budget(errors=0.5, refused=0.0, slow=0.5)
"""The budget of a judge that knows no 4xx: what ours is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which channels each release is judged by."""

    edges: Counted
    """Releases x edges: indices into the world's bounds, the one below the judged ones first."""
    weights: Floats
    """Releases x channels: errors, the bound below, the judged edges, the refused; 0 is not judged."""
    edges_ms: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version's counts, releases x blocks."""

    requests: Floats
    bad: Floats
    """One axis more: the layout's channels."""
    beyond: Floats
    """One axis more: beyond the hard limits, errors and latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Both versions over the same stretches."""

    stable: Side
    canary: Side
    span_s: Floats
    """0 where no block ends: Prometheus was away, and the next block holds its counts."""
    weights: tuple[int, ...]
    """Percent of requests that the canary was given, block by block."""
    canary_pods: tuple[int, ...]
    length_s: int

    def at(self, block: int) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Give one block's requests and bad ones, stable's then the canary's."""
        stable, canary = (
            (side.requests[:, block], side.bad[:, block]) for side in (self.stable, self.canary)
        )
        return stable, canary


def layout_of(releases: Releases, budget: Budget | None = None) -> Layout:
    """Choose the edges by the history: the lowest four that at most a quarter of the requests exceed.

    `budget` is another than the judge's own.
    """
    bounds = np.asarray(releases.case.world.bounds_ms)
    past = releases.history
    slower = past.slower.sum(axis=(1, 2))
    usual = slower <= USUAL_SHARE * past.requests.sum(axis=(1, 2))[:, None]
    lowest = np.where(usual.any(axis=1), usual.argmax(axis=1), bounds.size)
    if not lowest.all():
        raise ValueError(f"{releases.case.name}: a world needs a bound that over a quarter exceeds")
    edges = lowest[:, None] + np.arange(-1, EDGES)
    there = edges[:, 1:] < bounds.size
    number = there.sum(axis=1, keepdims=True)
    parts = [
        budget.without(latency=latency, events=False) if budget else budget_of(latency=latency, events=False)
        for latency in (True, False)
    ]
    errors, refused = (
        np.where(number > 0, *(getattr(part, name) for part in parts)) for name in ("errors", "refused")
    )
    slow = np.where(there, parts[0].slow / np.maximum(number, 1), 0.0)
    edges = np.minimum(edges, bounds.size - 1)
    return Layout(
        edges=edges,
        weights=np.concatenate([errors, np.zeros_like(errors), slow, refused], axis=1),
        edges_ms=bounds[edges],
    )


def blocks_of(releases: Releases, layout: Layout, *, length_s: int = 15) -> Blocks:
    """Add ticks up to blocks; what a gap kept back goes to the first block after it."""
    ticks = length_s // TICK_S
    fresh = releases.reachable[:, WARM_UP_TICKS:][:, ticks - 1 :: ticks]
    held = np.arange(1, fresh.shape[1] + 1) * float(length_s)
    stages = releases.case.stages
    shares = [float(share) for share in np.repeat(stages.weights, stages.stage_s // length_s)][
        : fresh.shape[1]
    ]
    world = releases.case.world
    bounds = world.bounds_ms
    return Blocks(
        stable=_side(releases.stable, layout, bounds, ticks, fresh),
        canary=_side(releases.canary, layout, bounds, ticks, fresh),
        span_s=_increments(np.broadcast_to(held, fresh.shape), fresh),
        weights=tuple(round(100 * share) for share in shares),
        canary_pods=tuple(
            canary_pods_at(world, weight=share, at_s=at * length_s) for at, share in enumerate(shares)
        ),
        length_s=length_s,
    )


def channels_of(seen: Seen, layout: Layout) -> Floats:
    """Pick each release's channels out of a version's counts, on a last axis."""
    shape = (len(layout.edges), *(1,) * (seen.requests.ndim - 1), layout.edges.shape[1])
    slower = np.take_along_axis(seen.slower, layout.edges.reshape(shape), axis=-1)
    return np.concatenate([seen.errors[..., None], slower, seen.refused[..., None]], axis=-1).astype(float)


def limits_of(seen: Seen, bounds_ms: tuple[float, ...]) -> Floats:
    """Count what is beyond the hard limits; between two bounds, linear."""
    high = next(i for i, bound in enumerate(bounds_ms) if bound >= LIMIT_MS)
    above, below = bounds_ms[high], bounds_ms[high - 1]
    part = (above - LIMIT_MS) / (above - below)
    slow = seen.slower[..., high] + part * (seen.slower[..., high - 1] - seen.slower[..., high])
    return np.stack([seen.errors.astype(float), slow], axis=-1)


def _side(seen: Seen, layout: Layout, bounds_ms: tuple[float, ...], ticks: int, fresh: Flags) -> Side:
    return Side(
        requests=_increments(_until(seen.requests, ticks), fresh),
        bad=_increments(_until(channels_of(seen, layout), ticks), fresh),
        beyond=_increments(_until(limits_of(seen, bounds_ms), ticks), fresh),
    )


def _until(counts: Counted | Floats, ticks: int) -> Floats:
    """Count from the release's start to the end of each block."""
    total = np.cumsum(counts[:, WARM_UP_TICKS:], axis=1, dtype=float)
    ends: Floats = total[:, ticks - 1 :: ticks]
    return ends


def _increments(total: Floats, fresh: Flags) -> Floats:
    """Give what each fresh block adds to the one before it."""
    seen = fresh.reshape(*fresh.shape, *(1,) * (total.ndim - 2))
    known = np.maximum.accumulate(np.where(seen, total, 0.0), axis=1)
    before = np.concatenate([np.zeros_like(known[:, :1]), known[:, :-1]], axis=1)
    return np.where(seen, total - before, 0.0)
