"""How noisy stable is by itself: bursts of requests with a common fate, and pods that differ for good.

Only the split of the bad requests among stable's own pods is looked at, so that whatever they go through
together (load, outages, the time of day) is no noise. Two lengths of block tell the two kinds apart: bursts
spread the pods alike in short blocks and long ones, a lasting difference grows with the block.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce

from msgspec import Struct

from console.evidence import MINUTE_S, History
from console.judge.keys.channels import Channels, Share
from console.judge.keys.history import Minutes, minutes_of
from console.judge.keys.nonstationary import PRIOR_EVENTS, Restless, add_stretch
from console.judge.total import total

LONG_MINUTES = 5
MAX_SPREAD_SQ = 4.0
UNKNOWN_BURST = 2.0
"""Without a history: bad requests are taken to come in pairs."""


class Noise(Struct, frozen=True, kw_only=True):
    """One channel's."""

    burst: float = UNKNOWN_BURST
    """phi: how many bad requests share one fate, at least 1. Evidence is tempered by it."""
    spread_sq: float = 0.0
    """tau squared: the variance of the pods' lasting log rates. The tolerance is widened by it."""
    restless: float = 1.0
    """How much stable's share moves from minute to minute, by what chance makes of it."""


class Profile(Struct, frozen=True, kw_only=True):
    """Everything known of stable before the release, one entry a channel and one a limit."""

    judged: tuple[Noise, ...]
    limits: tuple[Noise, ...] = ()
    judged_past: tuple[Share, ...] = ()
    """What the tolerances start from: stable's shares, recent minutes counting more. Empty: not known."""
    limits_past: tuple[Share, ...] = ()


def profile_of(history: History, *, channels: Channels, half_life_s: float) -> Profile:
    """Measure every channel in stable's history."""
    judged = [minutes_of(history, channel) for channel in channels.judged]
    limits = [minutes_of(history, limit) for limit in channels.limits]
    return Profile(
        judged=tuple(map(noise_of, judged)),
        limits=tuple(map(noise_of, limits)),
        judged_past=tuple(_faded(each, half_life_s) for each in judged),
        limits_past=tuple(_faded(each, half_life_s) for each in limits),
    )


def noise_of(minutes: Minutes) -> Noise:
    """Measure one channel's noise; with fewer than two pods, or nothing to see, its fallbacks."""
    pods = {pod for minute in minutes for pod, share in minute.items() if share.total > 0}
    # Measured of all pods together, for the release itself: what the whole service goes through moves both
    # versions, and must not be taken for a burst there (`tempering`).
    moved = reduce(add_stretch, map(_whole, minutes), Restless())
    if len(pods) < 2:  # noqa: PLR2004 - a split needs two
        return Noise(burst=_burst_over_time(moved), restless=moved.ratio)
    # Bursts spread the pods by the same factor in a minute and in five; a lasting difference adds in
    # proportion to the counts. Two lengths are two equations for the two.
    short = _dispersion(minutes)
    long_minutes = [_merged(minutes[i : i + LONG_MINUTES]) for i in range(0, len(minutes), LONG_MINUTES)]
    long = _dispersion(long_minutes)
    spread_sq = _spread_sq(short, long, freedom=len(long_minutes) * (len(pods) - 1))
    burst = max(1.0, short.ratio - spread_sq * short.weight)
    return Noise(burst=burst, spread_sq=spread_sq, restless=moved.ratio)


class _Dispersion(Struct, frozen=True):
    ratio: float
    """D: the variance of the pods' counts by what independent requests would give."""
    weight: float
    """M: how much a lasting spread of the pods would add to it."""


def _dispersion(blocks: Iterable[dict[str, Share]]) -> _Dispersion:
    squares = expected = expected_sq = 0.0
    for block in blocks:
        whole = _whole(block)
        for share in block.values():
            if 0 < share.total < whole.total:
                part = share.total / whole.total
                mean = whole.bad * part
                # The pod is part of the whole that it is compared with: `1 - part` takes that out.
                squares += (share.bad - mean) ** 2 / (1 - part)
                expected += mean
                expected_sq += mean**2
    return _Dispersion(
        (PRIOR_EVENTS + squares) / (PRIOR_EVENTS + expected), expected_sq / (PRIOR_EVENTS + expected)
    )


def _spread_sq(short: _Dispersion, long: _Dispersion, *, freedom: int) -> float:
    """Take the lower end of what the longer blocks add, one standard error down: chance adds some too."""
    grown = long.weight - short.weight
    if grown <= 0 or freedom <= 0:
        return 0.0
    # The lower end, because this widens what is tolerated: a lasting spread that chance only suggests would
    # excuse a bad canary.
    chance = long.ratio * math.sqrt(2 / freedom)
    return min(max((long.ratio - short.ratio - chance) / grown, 0.0), MAX_SPREAD_SQ)


def _burst_over_time(moved: Restless) -> float:
    """With one pod there is no split, but neighbouring minutes should be alike."""
    # All of the movement is taken for bursts, the service's own too. One pod can't tell them apart, and too
    # much tempering costs time only.
    return max(1.0, moved.squares / moved.expected) if moved.expected > 0 else UNKNOWN_BURST


def _whole(minute: dict[str, Share]) -> Share:
    shares = minute.values()
    return Share(total=total(share.total for share in shares), bad=total(share.bad for share in shares))


def _merged(minutes: Sequence[dict[str, Share]]) -> dict[str, Share]:
    merged: dict[str, Share] = {}
    for minute in minutes:
        for pod, share in minute.items():
            before = merged.get(pod, Share())
            merged[pod] = Share(total=before.total + share.total, bad=before.bad + share.bad)
    return merged


def _faded(minutes: Minutes, half_life_s: float) -> Share:
    """Add up, the last minute whole and each before it a little less."""
    kept = math.exp2(-MINUTE_S / half_life_s)
    total = bad = 0.0
    for whole in map(_whole, minutes):
        total = total * kept + whole.total
        bad = bad * kept + whole.bad
    return Share(total=total, bad=bad)
