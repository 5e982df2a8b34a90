"""How noisy stable is by itself: bursts of requests with a common fate, and pods that differ for good.

Only the split of the bad requests among stable's own pods is looked at, so that whatever they go through
together (load, outages, the time of day) is no noise. Two lengths of block tell the two kinds apart: bursts
spread the pods alike in short blocks and long ones, a lasting difference grows with the block. A lasting
difference is no burst: for the bursts each pod is held to its own level of the hour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import reduce

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from console.evidence import MINUTE_S, History
from console.judge.keys.channels import Channel, Channels, Share, usual_share
from console.judge.keys.history import Minutes, merged, minutes_of, whole
from console.judge.keys.nonstationary import PRIOR_EVENTS, Restless, add_stretch
from console.judge.keys.odd_pod import OddPod, worst_pod
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
    """tau squared: the relative variance of the pods' lasting rates. The tolerance is widened by it."""
    restless: float = 1.0
    """How much stable's share moves from minute to minute, by what chance makes of it."""
    worst: OddPod | UnsetType = UNSET
    """Where what the pods excuse ends; unset where it was not looked for, or there are not two."""


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
        judged=tuple(map(_judged_noise, channels.judged, judged)),
        limits=tuple(map(noise_of, limits)),
        judged_past=tuple(_faded(each, half_life_s) for each in judged),
        limits_past=tuple(_faded(each, half_life_s) for each in limits),
    )


def _judged_noise(channel: Channel, minutes: Minutes) -> Noise:
    return replace(noise_of(minutes), worst=worst_pod(minutes, kind=channel.kind))


def noise_of(minutes: Minutes) -> Noise:
    """Measure one channel's noise; with fewer than two pods, or nothing to see, its fallbacks."""
    pods = {pod for minute in minutes for pod, share in minute.items() if share.total > 0}
    # Measured of all pods together, for the release itself: what the whole service goes through moves both
    # versions, and must not be taken for a burst there (`tempering`).
    moved = reduce(add_stretch, map(_all_pods, minutes), Restless())
    if len(pods) < 2:  # noqa: PLR2004 - a split needs two
        return Noise(burst=_burst_over_time(moved), restless=moved.ratio)
    # Bursts spread the pods by the same factor in a minute and in five; a lasting difference adds in
    # proportion to the counts. Two lengths are two equations for the two.
    long_minutes = [merged(minutes[i : i + LONG_MINUTES]) for i in range(0, len(minutes), LONG_MINUTES)]
    freedom = len(long_minutes) * (len(pods) - 1)
    spread_sq = _spread_sq(_dispersion(minutes), _dispersion(long_minutes), freedom=freedom)
    # Each pod's own level is taken out before the bursts are measured: what is left of a lasting difference
    # grows with the traffic, and one odd pod would pass for bursts of hundreds.
    levels = {pod: usual_share(share) for pod, share in merged(minutes).items()}
    short = _dispersion(minutes, levels)
    left_sq = _spread_sq(short, _dispersion(long_minutes, levels), freedom=freedom)
    burst = max(1.0, short.ratio - left_sq * short.weight)
    return Noise(burst=burst, spread_sq=spread_sq, restless=moved.ratio)


class _Dispersion(Struct, frozen=True):
    ratio: float
    """D: the variance of the pods' counts by what independent requests would give."""
    weight: float
    """M: how much a lasting spread of the pods would add to it."""


def _dispersion(blocks: Iterable[dict[str, Share]], levels: Mapping[str, float] | None = None) -> _Dispersion:
    """Measure how the pods share what is bad; with `levels`, by what each of them usually has of it."""
    squares = expected = expected_sq = 0.0
    for block in blocks:
        bad = whole(block.values()).bad
        due = {pod: share.total * (levels[pod] if levels else 1.0) for pod, share in block.items()}
        of = total(due.values())
        for pod, share in block.items():
            if 0 < due[pod] < of:
                part = due[pod] / of
                mean = bad * part
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


def _faded(minutes: Minutes, half_life_s: float) -> Share:
    """Add up, the last minute whole and each before it a little less."""
    kept = math.exp2(-MINUTE_S / half_life_s)
    requests = bad = 0.0
    for pods in map(_all_pods, minutes):
        requests = requests * kept + pods.total
        bad = bad * kept + pods.bad
    return Share(total=requests, bad=bad)


def _all_pods(minute: Mapping[str, Share]) -> Share:
    return whole(minute.values())
