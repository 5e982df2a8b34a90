"""How much a version's share moves in many releases at once: `judge.keys.nonstationary`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.nonstationary import MAX_JUMP, OUTAGE, PRIOR_EVENTS, RECENT_S
from tests.bench_judge.releases import Flags, Floats

Sums = tuple[Floats, ...]
"""Squares, what they would be by chance, and pairs."""


class Restless:
    """Releases x channels."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.squares, self.expected, self.bad = (np.zeros(shape) for _ in range(3))
        self.total, self.pairs, self.span_s = (np.zeros((shape[0], 1)) for _ in range(3))
        self.recent: Sums = (np.zeros(shape), np.zeros(shape), np.zeros(shape))
        self.before: Sums = self.recent

    def ratio(self) -> Floats:
        """Give the movement by what chance makes of it."""
        return _ratio((self.squares, self.expected, self.pairs))

    def low(self) -> Floats:
        """Give its lower end."""
        squares, expected, pairs = _sum(_sum(self._kept, self.before), self.recent)
        errors = np.sqrt(8 / np.maximum(pairs, 1.0))
        low: Floats = np.where(pairs > 0, _ratio((squares, expected, pairs)) / (1 + errors), 0.0)
        return low

    @property
    def _kept(self) -> Sums:
        return self.squares, self.expected, self.pairs

    def add_recent(self, total: Floats, bad: Floats, *, span_s: Floats) -> None:
        """Take the next stretch in, and drop an outage that is no longer recent."""
        grown_s = self.span_s + span_s[:, None]
        full = grown_s > RECENT_S / 2
        usual = _where(self.pairs > 0, self._kept, self.recent)
        limit = OUTAGE * (PRIOR_EVENTS + usual[1]) * self.before[2]
        kept = _where(self.before[1] * usual[2] > limit, self._kept, _sum(self._kept, self.before))
        self.squares, self.expected, self.pairs = _where(full, kept, self._kept)
        self.before = _where(full, self.recent, self.before)
        self.recent = tuple(np.where(full, 0.0, now) for now in self.recent)
        self.span_s = np.where(full, span_s[:, None], grown_s)
        was = self._kept
        self.add(total, bad)
        self.recent = tuple(
            each + new - old for each, new, old in zip(self.recent, self._kept, was, strict=True)
        )
        self.squares, self.expected, self.pairs = was

    def add(self, total: Floats, bad: Floats) -> None:
        """Take the next stretch in."""
        n, before = total[:, None], self.total
        pair, some = (n > 0) & (before > 0), n > 0
        weight = np.where(pair, n * before / np.maximum(n + before, 1.0), 0.0)
        expected = weight * (bad + self.bad) / np.maximum(n + before, 1.0)
        moved = weight * (bad / np.maximum(n, 1.0) - self.bad / np.maximum(before, 1.0))
        self.squares = self.squares + np.minimum(moved**2, MAX_JUMP * expected)
        self.expected = self.expected + expected
        self.pairs = self.pairs + pair
        self.total, self.bad = np.where(some, n, before), np.where(some, bad, self.bad)


def _ratio(sums: Sums) -> Floats:
    ratio: Floats = (PRIOR_EVENTS + sums[0]) / (PRIOR_EVENTS + sums[1])
    return ratio


def _sum(first: Sums, second: Sums) -> Sums:
    return tuple(one + other for one, other in zip(first, second, strict=True))


def _where(flags: Flags, first: Sums, second: Sums) -> Sums:
    return tuple(np.where(flags, one, other) for one, other in zip(first, second, strict=True))
