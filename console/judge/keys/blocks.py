"""Ticks become blocks: counts of both versions over the same stretch, none shorter than a scrape.

A version whose scrape has not come yet has no counts: its tick waits, and the other version's counts wait
with it, so that nothing is lost and a gap is judged as one long block. A block goes on over a change of the
weight: splitting it there would make it shorter than a scrape. What little a block of two weights can
deceive is bounded by the cap, and by the second block that must agree.
"""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import Counts, Stretch
from console.judge.keys.channels import Channel, Channels, Limit, Share, Split, count
from console.judge.keys.usage import Use

MOST = 1e15
"""No counter counts more between two looks."""
FEWEST = 1e-6
"""Interpolated counts are fractions, but not of a millionth of a request."""

Shares = tuple[Share, ...]


class Tick(Struct, frozen=True, kw_only=True):
    """What one tick saw."""

    at_s: float
    """When it ended."""
    span_s: float
    """Seconds since the tick before; 0 where nothing new was scraped, and the next fresh tick covers it."""
    weight: int
    """Percent of requests that the canary is given."""
    bounds_ms: tuple[float, ...] = ()
    stable: Counts | None = None
    """None: no fresh sample. Zero requests are `Counts()`."""
    canary: Counts | None = None
    stable_events: dict[str, float] = {}
    """Business events counted, by name; what is absent was not seen."""
    canary_events: dict[str, float] = {}
    stable_pods: int = 1
    canary_pods: int = 1
    """Ready ones."""
    stable_use: Use = Use()
    canary_use: Use = Use()
    stretches: tuple[Stretch, ...] = ()
    """The last minutes from sample to sample, where something looked like gross damage."""


class Block(Struct, frozen=True, kw_only=True):
    """Both versions' counts over the same stretch: the unit of evidence."""

    at_s: float
    """When it ended."""
    span_s: float
    weight: int
    """Percent of requests that the canary was given; the last one where it changed."""
    judged: tuple[Split, ...]
    """One a channel of `Channels.judged`."""
    limits: tuple[Split, ...] = ()
    """One a limit of `Channels.limits`."""
    stable_pods: int = 1
    canary_pods: int = 1


class Pending(Struct, frozen=True, kw_only=True):
    """What has been counted since the last block; None of a version that was not seen since."""

    at_s: float = -math.inf
    """When the latest tick ended."""
    span_s: float = 0.0
    stable: Shares | None = None
    canary: Shares | None = None


def add_tick(
    pending: Pending, tick: Tick, *, channels: Channels, block_s: float
) -> tuple[Pending, Block | None]:
    """Take a tick in; gives a block as soon as one is long enough and both versions were seen at its end.

    A tick that does not end after the one before it is its copy, and counts nothing.
    """
    # A worker that resumes may be given the last tick again; counted twice it would be evidence twice.
    if tick.at_s <= pending.at_s:
        return pending, None
    grown = Pending(
        at_s=tick.at_s,
        span_s=pending.span_s + tick.span_s,
        stable=_plus(pending.stable, _counted(tick.stable, tick, tick.stable_events, channels)),
        canary=_plus(pending.canary, _counted(tick.canary, tick, tick.canary_events, channels)),
    )
    # A block must end where both were seen: ended at a tick of one version alone, an outage of both would be
    # in the block of one and missing in the other's, and look like a difference.
    fresh = tick.stable is not None and tick.canary is not None
    if not fresh or grown.stable is None or grown.canary is None or grown.span_s < block_s:
        return grown, None
    splits = tuple(_split(stable, canary) for stable, canary in zip(grown.stable, grown.canary, strict=True))
    judged = len(channels.judged)
    return Pending(at_s=tick.at_s), Block(
        at_s=tick.at_s,
        span_s=grown.span_s,
        weight=tick.weight,
        judged=splits[:judged],
        limits=splits[judged:],
        stable_pods=tick.stable_pods,
        canary_pods=tick.canary_pods,
    )


def sound(block: Block) -> Block:
    """Empty every split that holds something else than counts: NaN, negative numbers, absurd ones."""
    return replace(block, judged=tuple(map(_sound, block.judged)), limits=tuple(map(_sound, block.limits)))


def merge(first: Block, second: Block) -> Block:
    """Make one block of two consecutive ones."""
    return replace(
        second,
        span_s=first.span_s + second.span_s,
        judged=tuple(map(_sum, first.judged, second.judged)),
        limits=tuple(map(_sum, first.limits, second.limits)),
    )


def _counted(
    counts: Counts | None, tick: Tick, events: dict[str, float], channels: Channels
) -> Shares | None:
    if counts is None:
        return None
    what: tuple[Channel | Limit, ...] = (*channels.judged, *channels.limits)
    return count(what, counts, bounds_ms=tick.bounds_ms, events=events)


def _plus(pending: Shares | None, fresh: Shares | None) -> Shares | None:
    if pending is None or fresh is None:
        return fresh if pending is None else pending
    return tuple(
        Share(total=a.total + b.total, bad=a.bad + b.bad) for a, b in zip(pending, fresh, strict=True)
    )


def _split(stable: Share, canary: Share) -> Split:
    return Split(stable=stable.total, stable_bad=stable.bad, canary=canary.total, canary_bad=canary.bad)


def _sound(split: Split) -> Split:
    counts = (split.stable, split.stable_bad, split.canary, split.canary_bad)
    some = all(requests == 0 or requests >= FEWEST for requests in (split.stable, split.canary))
    return split if some and all(0 <= each <= MOST for each in counts) else Split()


def _sum(first: Split, second: Split) -> Split:
    return Split(
        stable=first.stable + second.stable,
        stable_bad=first.stable_bad + second.stable_bad,
        canary=first.canary + second.canary,
        canary_bad=first.canary_bad + second.canary_bad,
    )
