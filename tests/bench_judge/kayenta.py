"""Kayenta's judge on windows of one-minute samples, vectorised: NetflixACAJudge with its fixed settings.

`MannWhitneyClassifier` (tolerance 0.25, confidence 0.98): the interval of the shift between the versions is
the one that its normal approximation gives, read off the sorted pairwise differences; ties inside a version
narrow it as they do there. Any metric classified High ends the release.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.bench_judge.releases import MINUTE_TICKS, Counted, Flags, Floats
from tests.bench_judge.thresholds import NEVER
from tests.bench_judge.windows import Windows

_TOLERANCE = 0.25
_Z = 2.3263478740408408


@dataclass(frozen=True, slots=True, kw_only=True)
class Kayenta:
    """One judgement at the end of each window."""

    name: str
    window_minutes: int

    def decide(self, seen: Windows) -> Counted:
        """Fail at the first window in which errors or P99 are High."""
        errors = self._high(seen.canary_errors, seen.stable_errors)
        slower = self._high(seen.canary_p99_ms, seen.stable_p99_ms)
        high = errors | slower
        window = high.argmax(axis=1)
        ticks = (window + 1) * self.window_minutes * MINUTE_TICKS - 1
        return np.where(high.any(axis=1), ticks, NEVER)

    def _high(self, canary: Floats, stable: Floats) -> Flags:
        """Classify each window, releases x windows."""
        canary, stable = self._split(canary), self._split(stable)
        verdicts = [classify_high(canary[:, i], stable[:, i]) for i in range(canary.shape[1])]
        return np.stack(verdicts, axis=1)

    def _split(self, course: Floats) -> Floats:
        minutes = course[:, MINUTE_TICKS - 1 :: MINUTE_TICKS]
        windows = minutes.shape[1] // self.window_minutes
        return minutes[:, : windows * self.window_minutes].reshape(len(course), windows, self.window_minutes)


def classify_high(canary: Floats, stable: Floats) -> Flags:
    """Tell for each row of samples whether the canary is High; NaN samples are left out."""
    lower, estimate = shift(canary, stable)
    with np.errstate(invalid="ignore"):
        high: Flags = (lower > _TOLERANCE * np.abs(estimate)) & (_mean(canary) >= _mean(stable))
    return high & ~_all_equal(canary, stable)


def shift(canary: Floats, stable: Floats) -> tuple[Floats, Floats]:
    """Give the lower end of the 98 % interval of the shift canary - stable, and its estimate."""
    differences = np.sort((canary[:, :, None] - stable[:, None, :]).reshape(len(canary), -1), axis=1)
    m, n = _count(canary), _count(stable)
    pairs, total = m * n, m + n
    ties = _ties(canary) + _ties(stable)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.sqrt(pairs / 12 * (total + 1 - ties / (total * (total - 1))))
        above = pairs / 2 + 0.5 + _Z * sigma
    index = np.clip(np.nan_to_num(pairs - above), -1, pairs).astype(np.int64)
    lower = np.where(pairs - above >= 0, _pick(differences, index), -np.inf)
    middle = (_pick(differences, (pairs - 1) // 2) + _pick(differences, pairs // 2)) / 2
    return lower, middle


def _pick(ordered: Floats, index: Counted) -> Floats:
    picked: Floats = np.take_along_axis(ordered, np.maximum(index, 0)[:, None], axis=1)[:, 0]
    return picked


def _count(samples: Floats) -> Counted:
    count: Counted = (~np.isnan(samples)).sum(axis=1)
    return count


def _ties(samples: Floats) -> Floats:
    """Sum t^3 - t over groups of equal samples: each member of a group of t adds t^2 - 1."""
    group = (samples[:, :, None] == samples[:, None, :]).sum(axis=2)
    ties: Floats = np.where(group > 0, group * group - 1.0, 0.0).sum(axis=1)
    return ties


def _mean(samples: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        mean: Floats = np.nansum(samples, axis=1) / _count(samples)
    return mean


def _all_equal(canary: Floats, stable: Floats) -> Flags:
    """Tell where both versions gave the same samples, which is a Pass."""
    same: Flags = (np.sort(canary, axis=1) == np.sort(stable, axis=1)).all(axis=1)
    return same
