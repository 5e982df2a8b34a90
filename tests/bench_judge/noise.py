"""The noise profile of many releases at once: `console.judge.keys.noise`, in arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.judge.keys.noise import LONG_MINUTES, MAX_SPREAD_SQ, UNKNOWN_BURST
from console.judge.keys.nonstationary import PRIOR_EVENTS
from tests.bench_judge.releases import Floats
from tests.bench_judge.restless import Restless
from tests.bench_judge.worlds import HISTORY_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Noises:
    """Releases x channels."""

    burst: Floats
    spread_sq: Floats
    restless: Floats


def noise_of(requests: Floats, bad: Floats) -> Noises:
    """Measure how stable's pods share the bad requests: releases x minutes x pods (x channels)."""
    pods = requests.shape[2]
    moved = Restless(bad.shape[::3])
    for minute in range(HISTORY_MINUTES):
        moved.add(requests[:, minute].sum(axis=1), bad[:, minute].sum(axis=1))
    if pods < 2:
        burst = _burst_over_time(moved)
        return Noises(burst=burst, spread_sq=np.zeros_like(burst), restless=moved.ratio())
    short_ratio, short_weight = _dispersion(requests, bad)
    long_ratio, long_weight = _dispersion(_longer(requests), _longer(bad))
    chance = long_ratio * np.sqrt(2 / (HISTORY_MINUTES // LONG_MINUTES * (pods - 1)))
    grown = long_weight - short_weight
    with np.errstate(invalid="ignore", divide="ignore"):
        added = (long_ratio - short_ratio - chance) / grown
    spread_sq = np.where(grown > 0, np.clip(np.nan_to_num(added), 0, MAX_SPREAD_SQ), 0.0)
    burst = np.maximum(1.0, short_ratio - spread_sq * short_weight)
    return Noises(burst=burst, spread_sq=spread_sq, restless=moved.ratio())


def _burst_over_time(moved: Restless) -> Floats:
    """With one pod there is no split, but neighbouring minutes should be alike."""
    some = np.where(moved.expected > 0, moved.expected, 1.0)
    burst: Floats = np.where(moved.expected > 0, np.maximum(1.0, moved.squares / some), UNKNOWN_BURST)
    return burst


def _longer(minutes: Floats) -> Floats:
    split = minutes.reshape(len(minutes), -1, LONG_MINUTES, *minutes.shape[2:])
    total: Floats = split.sum(axis=2)
    return total


def _dispersion(requests: Floats, bad: Floats) -> tuple[Floats, Floats]:
    """Give the variance by what independent requests would have, and the weight of a lasting spread."""
    total = requests.sum(axis=2, keepdims=True)
    part = (requests / np.maximum(total, 1.0))[..., None]
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
