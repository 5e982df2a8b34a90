"""How much a version's share moves in many releases at once: `judge.keys.nonstationary`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.nonstationary import MAX_JUMP, PRIOR_EVENTS
from tests.bench_judge.releases import Floats


class Restless:
    """Releases x channels."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.squares, self.expected, self.bad = (np.zeros(shape) for _ in range(3))
        self.total, self.pairs = np.zeros((shape[0], 1)), np.zeros((shape[0], 1))

    def ratio(self) -> Floats:
        """Give the movement by what chance makes of it."""
        ratio: Floats = (PRIOR_EVENTS + self.squares) / (PRIOR_EVENTS + self.expected)
        return ratio

    def low(self) -> Floats:
        """Give what it is at least, two standard errors down."""
        errors = np.sqrt(8 / np.maximum(self.pairs, 1.0))
        low: Floats = np.where(self.pairs > 0, self.ratio() / (1 + errors), 0.0)
        return low

    def add(self, total: Floats, bad: Floats) -> None:
        """Take the next stretch in."""
        n, before = total[:, None], self.total
        pair, some = (n > 0) & (before > 0), n > 0
        weight = np.where(pair, n * before / np.maximum(n + before, 1.0), 0.0)
        expected = weight * (bad + self.bad) / np.maximum(n + before, 1.0)
        moved = weight * (bad / np.maximum(n, 1.0) - self.bad / np.maximum(before, 1.0))
        self.squares += np.minimum(moved**2, MAX_JUMP * expected)
        self.expected += expected
        self.pairs += pair
        self.total, self.bad = np.where(some, n, before), np.where(some, bad, self.bad)
