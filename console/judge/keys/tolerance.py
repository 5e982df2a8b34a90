"""How much worse a canary may be: the ratio that key 2 is turned against, from stable's past alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from console.judge.keys.channels import Channel, Kind, Share
from console.judge.keys.noise import Noise
from console.judge.keys.settings import Settings

MAX_LOG_RATIO = 50.0
"""Beyond this no canary can be."""


def fade(past: Share, *, fresh: Share, span_s: float, half_life_s: float) -> Share:
    """Let the past fade for `span_s`, and add what is fresh."""
    kept = math.exp2(-span_s / half_life_s)
    return Share(total=past.total * kept + fresh.total, bad=past.bad * kept + fresh.bad)


def usual_share(past: Share) -> float:
    """Estimate stable's share of bad requests; never 0, and 1/2 where nothing is known."""
    return (past.bad + 0.5) / (past.total + 1)


def tolerated_ratios(
    settings: Settings,
    *,
    channels: Sequence[Channel],
    past: Sequence[Share],
    noise: Sequence[Noise],
    stable_pods: int,
    canary_pods: int,
) -> tuple[float, ...]:
    """Give the tolerated ratio of the canary's share of bad requests to stable's, one a channel.

    For events it is the ratio of stable's share to the canary's.
    """
    pods = 1 / max(1, stable_pods) + 1 / max(1, canary_pods)
    ratios = []
    for at in range(len(channels)):
        spread = settings.pods_z * math.sqrt(noise[at].spread_sq * pods)
        growth = _log_growth(settings, channels, past, at)
        increase = math.log1p(settings.delta / usual_share(past[at]))
        ratios.append(math.exp(min(max(growth, increase, spread), MAX_LOG_RATIO)))
    return tuple(ratios)


def _log_growth(settings: Settings, channels: Sequence[Channel], past: Sequence[Share], at: int) -> float:
    match channels[at].kind:
        case Kind.ERRORS:
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
    low = at - 1 if at > 0 and channels[at - 1].kind is Kind.SLOW else at
    high = low + 1
    if high >= len(channels) or channels[high].kind is not Kind.SLOW:
        return 1.0
    fewer = math.log(usual_share(past[low]) / usual_share(past[high]))
    return max(0.0, fewer / math.log(channels[high].edge_ms / channels[low].edge_ms))
