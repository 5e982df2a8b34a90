"""Whether terms can be judged by at all: they stand in a journal, and a stranger may have sent it."""

from __future__ import annotations

from itertools import pairwise

from msgspec import UNSET

from console.judge.keys.channels import Channels, Kind, Share
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.settings import Settings

MOST_CHANNELS = 200
_MOST = 1e15


def why_unsound(settings: Settings, channels: Channels, profile: Profile) -> str:
    """Say what is wrong; empty where nothing is."""
    if not _settings_fit(settings):
        return "these settings are out of all bounds"
    if not _channels_fit(channels):
        return "these channels can't be judged"
    return "" if fits(profile, channels) else "the profile is not of these channels"


def fits(profile: Profile, channels: Channels) -> bool:
    """Whether a profile is one of these channels, and possible."""
    pairs = (
        (profile.judged, profile.judged_past, channels.judged),
        (profile.limits, profile.limits_past, channels.limits),
    )
    # Lengths first: `zip(strict=True)` deep in a fold would else raise at the first block, and name no
    # reason.
    return all(
        len(noise) == len(of)
        and len(past) in (0, len(of))
        and all(map(_noise_fits, noise))
        and all(map(_share_fits, past))
        for noise, past, of in pairs
    )


def _settings_fit(settings: Settings) -> bool:
    budgets = (settings.alpha, settings.beta)
    factors = (settings.errors_factor, settings.latency_factor, settings.events_factor)
    times_s = (settings.half_life_s, settings.block_s)
    return (
        # Wide on purpose: what is out of all reason is refused, and what is merely unwise is another plan's
        # right.
        all(1e-9 <= budget <= 0.5 for budget in budgets)
        and 1 <= settings.confirm_blocks <= 1000
        and 1 < settings.cap <= 1e9
        and 1 <= len(settings.grid) <= 50
        and all(1 < k <= 1e6 for k in settings.grid)
        and 0 < settings.delta <= 1
        and all(1 <= factor <= 1e3 for factor in factors)
        and 0 <= settings.pods_z <= 1e3
        and all(0.001 <= time_s <= 1e7 for time_s in times_s)
        and 0 <= settings.warmup_s <= 1e7
        and 0 <= settings.retreat_within_s <= 1e7
    )


def _channels_fit(channels: Channels) -> bool:
    judged = channels.judged
    edges_ms = [each.edge_ms for each in judged if each.kind is Kind.SLOW]
    return (
        1 <= len(judged) <= MOST_CHANNELS
        and len(channels.limits) <= MOST_CHANNELS
        and any(each.kind is Kind.ERRORS and each.weight > 0 for each in judged)
        and all(0 <= each.weight <= 1 for each in judged)
        and all(0 < edge_ms <= _MOST for edge_ms in edges_ms)
        and all(low < high for low, high in pairwise(edges_ms))
        and all(0 < limit.ratio <= 0.5 and 0 <= limit.edge_ms <= _MOST for limit in channels.limits)
    )


def _noise_fits(noise: Noise) -> bool:
    worst = noise.worst
    return (
        1 <= noise.burst <= 1e9
        and 0 <= noise.spread_sq <= 100
        and 0 <= noise.restless <= 1e9
        and (worst is UNSET or all(0 < times <= _MOST for times in (worst.times, worst.times_others)))
    )


def _share_fits(share: Share) -> bool:
    return 0 <= share.bad <= _MOST and 0 <= share.total <= _MOST
