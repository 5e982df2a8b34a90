"""How much the versions' difference jumps, in many releases: `console.judge.keys.scatter`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.scatter import CALM_PAIRS, MAX_JUMP, RESTLESS
from tests.bench_judge.releases import Flags, Floats


class Scatter:
    """Releases x channels; only blocks that are past say how the next one is tempered."""

    def __init__(self, burst: Floats) -> None:
        self.burst = burst
        self.jumps, self.pairs, self.uplift = (np.zeros_like(burst) for _ in range(3))
        self.variance = np.full_like(burst, np.inf)

    def tempering(self) -> Floats:
        """Give what the next block's evidence is divided by."""
        ratio = (CALM_PAIRS + self.jumps) / (CALM_PAIRS + self.pairs)
        return np.where(ratio > RESTLESS, np.maximum(self.burst, ratio), self.burst)

    def add(self, stable: tuple[Floats, Floats], canary: tuple[Floats, Floats], *, judged: Flags) -> None:
        """Take the next block's requests and bad ones in, where it is judged."""
        n1, n2 = (np.where(judged, requests[:, None], 1.0) for requests, _ in (stable, canary))
        x1, x2 = stable[1], canary[1]
        uplift = x2 / n2 - x1 / n1
        alike = (x1 + x2 + 0.5) / (n1 + n2 + 1) * (1 / n1 + 1 / n2)
        variance = np.maximum(x1 / n1**2 + x2 / n2**2, alike)
        jump = np.minimum((uplift - self.uplift) ** 2 / (variance + self.variance), MAX_JUMP)
        self.jumps += np.where(judged, jump, 0.0)
        self.pairs += judged & np.isfinite(self.variance)
        self.uplift = np.where(judged, uplift, self.uplift)
        self.variance = np.where(judged, variance, self.variance)
