"""Tolerance: how much worse a canary may be, which key 2 is turned against; from stable's past alone.

It is a ratio of shares. Where next to nothing of stable's is bad, an increase that is tolerated is a ratio
of thousands, and "thousands of times as often" is no question that counting could answer: all that is bad
would be the canary's either way. So from some ratio on stable is taken to have a few bad requests more, and
the ratio is left where it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import UNSET, Struct
from msgspec.structs import replace

from console.judge.keys.channels import Channel, Kind, Share, Split, usual_share
from console.judge.keys.noise import Noise
from console.judge.keys.odd_pod import OddPod
from console.judge.keys.settings import Settings

MAX_LOG_RATIO = 50.0
"""Log ratio that a tolerance is cut to: no canary is that much worse."""
FAILS_MORE = 2.5
"""However far stable's pods differ: no more than so many times as often bad as the worst of them..."""
SLOWER = 1.25
"""...or than if it were so many times slower; of events, so many times as rare."""
FINE_RATIO = 4.0
"""Up to here an increase is asked for as a ratio of what stable has."""


class Tolerated(Struct, frozen=True, kw_only=True):
    """What one channel tolerates."""

    ratio: float = 1.0
    """The canary's share of bad requests may be this many times stable's."""
    lent: float = 0.0
    """Ratio that is added to stable's share of bad requests..."""
    asked: float = 1.0
    """...and the canary's share may be this many times the sum."""
    pod: str = ""
    """Which of stable's pods it is as wide for; empty where it would be as wide without the pods."""


def fade(past: Share, *, fresh: Share, span_s: float, half_life_s: float) -> Share:
    """Let the past fade for `span_s`, and add what is fresh."""
    kept = math.exp2(-span_s / half_life_s)
    return Share(total=past.total * kept + fresh.total, bad=past.bad * kept + fresh.bad)


def tolerances(
    settings: Settings,
    *,
    channels: Sequence[Channel],
    past: Sequence[Share],
    noise: Sequence[Noise],
    stable_pods: int,
    canary_pods: int,
) -> tuple[Tolerated, ...]:
    """Return how much more often than stable's the canary's requests may be bad, one a channel.

    For events it is how much more often stable's may have one.
    """
    # Pods that differ for good make two versions differ by the pods that each happens to have: the fewer of
    # them, the more. A canary of one pod is one draw of what stable's pods are.
    pods = 1 / max(1, stable_pods) + 1 / max(1, canary_pods)
    found = []
    for at in range(len(channels)):
        # A relative variance of log-normal levels, as the logarithm's own.
        spread = settings.pods_z * math.sqrt(math.log1p(noise[at].spread_sq) * pods)
        growth, worst = _log_growth(settings, channels, past, at), noise[at].worst
        if worst is not UNSET:
            spread = min(spread, math.log(worst.times) + _log_beyond(growth, channels, past, at, worst))
        usual = usual_share(past[at])
        tolerated = _tolerated(min(max(growth, spread), MAX_LOG_RATIO), usual=usual, delta=settings.delta)
        widened = worst is not UNSET and spread > max(growth, math.log1p(settings.delta / usual))
        found.append(replace(tolerated, pod=worst.pod) if worst is not UNSET and widened else tolerated)
    return tuple(found)


def _log_beyond(
    growth: float, channels: Sequence[Channel], past: Sequence[Share], at: int, worst: OddPod
) -> float:
    """Return the log ratio that is tolerated beyond the worst pod."""
    # Beside pods that are all alike but one, the canary is like these or like that one; where all differ, it
    # may be a draw beyond the worst of a few.
    if worst.alone:
        return growth
    match channels[at].kind:
        case Kind.ERRORS | Kind.REFUSED:
            return math.log(FAILS_MORE)
        case Kind.EVENTS:
            return math.log(SLOWER)
        case Kind.SLOW:
            return math.log(SLOWER) * _slope(channels, past, at)


def lent_to(split: Split, tolerated: Tolerated) -> Split:
    """Add the tolerated excess to stable's bad requests, so that a fair bet is "worse by that at most"."""
    if not tolerated.lent:
        return split
    return replace(split, stable_bad=split.stable_bad + tolerated.lent * split.stable)


def tolerated_errors(settings: Settings, *, usual: float) -> Tolerated:
    """Return what is tolerated of errors where stable's pods are alike."""
    return _tolerated(math.log(settings.errors_factor), usual=usual, delta=settings.delta)


def _tolerated(least: float, *, usual: float, delta: float) -> Tolerated:
    """Tolerate a log ratio, or an increase by `delta` where that is more.

    Lent as much as makes it so, stable's share times the ratio is `usual + delta` all the same.
    """
    # Both ways of telling the limit agree where it lies; they differ in how bets can use it. At a ratio of
    # thousands nearly every bad request is expected to be the canary's, so that not even all of them would
    # prove anything.
    most = max(least, math.log(FINE_RATIO))
    increase = math.log1p(delta / usual)
    ratio = math.exp(min(max(least, increase), MAX_LOG_RATIO))
    if increase <= most:
        return Tolerated(ratio=ratio, asked=ratio)
    asked = math.exp(most)
    return Tolerated(ratio=ratio, asked=asked, lent=(usual + delta) / asked - usual)


def _log_growth(settings: Settings, channels: Sequence[Channel], past: Sequence[Share], at: int) -> float:
    match channels[at].kind:
        case Kind.ERRORS | Kind.REFUSED:
            return math.log(settings.errors_factor)
        case Kind.EVENTS:
            return math.log(settings.events_factor)
        case Kind.SLOW:
            return math.log(settings.latency_factor) * _slope(channels, past, at)


def _slope(channels: Sequence[Channel], past: Sequence[Share], at: int) -> float:
    """Estimate by what power fewer requests are slower than a higher edge.

    A latency that grew by a factor exceeds an edge as often as the old one exceeded the edge divided by
    that factor, so the share grows by the factor to the power of the slope. The lowest bound of all has no
    edge below: there the slope to the next one stands in, which is at least as steep for the
    distributions that latencies have.
    """
    # Where there is one, the slope below the edge is the right one: a latency that grew pushes requests over
    # it from there.
    low = at - 1 if at > 0 and channels[at - 1].kind is Kind.SLOW else at
    high = low + 1
    if high >= len(channels) or channels[high].kind is not Kind.SLOW:
        return 1.0
    fewer = math.log(usual_share(past[low]) / usual_share(past[high]))
    return max(0.0, fewer / math.log(channels[high].edge_ms / channels[low].edge_ms))
