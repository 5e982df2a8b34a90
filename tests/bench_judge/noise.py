"""The noise profile of many releases at once: `console.judge.keys.noise`, in arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.judge.keys.noise import LONG_MINUTES, MAX_SPREAD_SQ, UNKNOWN_BURST
from console.judge.keys.nonstationary import PRIOR_EVENTS
from console.judge.keys.odd_pod import COMPARED_PODS, LEVEL_MINUTES, STANDS_ALONE
from tests.bench_judge.releases import Flags, Floats
from tests.bench_judge.restless import Restless
from tests.bench_judge.worlds import HISTORY_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Noises:
    """Releases x channels."""

    burst: Floats
    spread_sq: Floats
    restless: Floats
    worst: Floats
    """The worst pod's rate by all of stable's, a log ratio; infinite where there is but one."""
    alone: Flags
    """Whether that one is far from all others."""


def noise_of(requests: Floats, bad: Floats) -> Noises:
    """Measure how stable's pods share the bad requests: releases x minutes x pods (x channels)."""
    pods = requests.shape[2]
    moved = Restless(bad.shape[::3])
    for minute in range(HISTORY_MINUTES):
        moved.add(requests[:, minute].sum(axis=1), bad[:, minute].sum(axis=1))
    if pods < 2:
        burst = _burst_over_time(moved)
        return Noises(
            burst=burst,
            spread_sq=np.zeros_like(burst),
            restless=moved.ratio(),
            worst=np.full_like(burst, np.inf),
            alone=np.zeros(burst.shape, dtype=bool),
        )
    levels = _levels(requests, bad)
    short, long = (_dispersion(*minutes) for minutes in ((requests, bad), (_longer(requests), _longer(bad))))
    spread_sq = _spread_sq(short, long, pods=pods)
    short, long = (
        _dispersion(*minutes, levels) for minutes in ((requests, bad), (_longer(requests), _longer(bad)))
    )
    burst = np.maximum(1.0, short[0] - _spread_sq(short, long, pods=pods) * short[1])
    alone = _is_alone(levels)
    worst = np.where(alone, _worst(requests, bad, HISTORY_MINUTES), _worst(requests, bad, LEVEL_MINUTES))
    return Noises(burst=burst, spread_sq=spread_sq, restless=moved.ratio(), worst=worst, alone=alone)


def _levels(requests: Floats, bad: Floats) -> Floats:
    """Give each pod's rate: releases x pods x channels."""
    level: Floats = (bad.sum(axis=1) + 0.5) / (requests.sum(axis=1)[..., None] + 1)
    return level


def _worst(requests: Floats, bad: Floats, minutes: int) -> Floats:
    """Give the worst pod's rate by all pods', in parts of the hour of so many minutes."""
    asked, went_bad = _longer(requests, minutes), _longer(bad, minutes)
    pods = (went_bad + 0.5) / (asked[..., None] + 1)
    whole = (went_bad.sum(axis=2) + 0.5) / (asked.sum(axis=2)[..., None] + 1)
    worst: Floats = np.log(pods / whole[:, :, None]).max(axis=(1, 2))
    return worst


def _is_alone(levels: Floats) -> Flags:
    logs = np.sort(np.log(levels), axis=1)
    others, worst = logs[:, :-1], logs[:, -1]
    if others.shape[1] < COMPARED_PODS:
        return np.zeros(worst.shape, dtype=bool)
    alone: Flags = worst - others.mean(axis=1) > STANDS_ALONE * others.std(axis=1, ddof=1)
    return alone


def _spread_sq(short: tuple[Floats, Floats], long: tuple[Floats, Floats], *, pods: int) -> Floats:
    chance = long[0] * np.sqrt(2 / (HISTORY_MINUTES // LONG_MINUTES * (pods - 1)))
    grown = long[1] - short[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        added = (long[0] - short[0] - chance) / grown
    spread_sq: Floats = np.where(grown > 0, np.clip(np.nan_to_num(added), 0, MAX_SPREAD_SQ), 0.0)
    return spread_sq


def _burst_over_time(moved: Restless) -> Floats:
    """With one pod there is no split, but neighbouring minutes should be alike."""
    some = np.where(moved.expected > 0, moved.expected, 1.0)
    burst: Floats = np.where(moved.expected > 0, np.maximum(1.0, moved.squares / some), UNKNOWN_BURST)
    return burst


def _longer(minutes: Floats, length: int = LONG_MINUTES) -> Floats:
    split = minutes.reshape(len(minutes), -1, length, *minutes.shape[2:])
    total: Floats = split.sum(axis=2)
    return total


def _dispersion(requests: Floats, bad: Floats, levels: Floats | None = None) -> tuple[Floats, Floats]:
    """Give the variance by what independent requests would have, and the weight of a lasting spread.

    With `levels` each pod is held to its own.
    """
    due = requests[..., None] * (1.0 if levels is None else levels[:, None])
    total = due.sum(axis=2, keepdims=True)
    part = due / np.where(total > 0, total, 1.0)
    split = (part > 0) & (part < 1)
    mean = np.where(split, bad.sum(axis=2, keepdims=True) * part, 0.0)
    squares = np.where(split, (bad - mean) ** 2 / np.where(split, 1 - part, 1.0), 0.0).sum(axis=(1, 2))
    expected = PRIOR_EVENTS + mean.sum(axis=(1, 2))
    return (PRIOR_EVENTS + squares) / expected, (mean**2).sum(axis=(1, 2)) / expected


def faded(minutes: Floats, *, half_life_s: float) -> Floats:
    """Add up minutes along the second axis, the last one whole and each before it a little less."""
    kept = np.exp2(-60.0 / half_life_s)
    total = np.zeros_like(minutes[:, 0])
    for minute in range(minutes.shape[1]):
        total = total * kept + minutes[:, minute]
    return total
