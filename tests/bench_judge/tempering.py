"""By how much evidence is tempered in many releases at once: `console.judge.keys.tempering`, in arrays."""

from __future__ import annotations

import numpy as np

from console.evidence import MINUTE_S
from console.judge.keys.nonstationary import MAX_JUMP
from console.judge.keys.overdispersion import CALM_PAIRS
from console.judge.keys.tempering import GROWN
from tests.bench_judge.noise import Noises
from tests.bench_judge.releases import Flags, Floats
from tests.bench_judge.restless import Restless

Counts = tuple[Floats, Floats]
"""One version's requests, and its bad ones by channel."""


class Tempering:
    """What the blocks so far say of the next one, releases x channels."""

    def __init__(self, noise: Noises) -> None:
        self.noise = noise
        self.scatter = _Scatter(noise.burst)
        self.restless = Restless(noise.burst.shape)

    def by(self, stable: Counts, canary: Counts, *, span_s: Floats) -> Floats:
        """Give what a block's log gains are divided by."""
        noise = self.noise
        moved = np.maximum(0.0, noise.restless - noise.burst) * np.minimum(1.0, span_s / MINUTE_S)[:, None]
        seen = self.restless.low() - moved
        burst = np.where(seen > GROWN * noise.burst, seen, noise.burst)
        tempered: Floats = burst + self.scatter.excess(stable, canary, burst=burst)
        return tempered

    def add(self, stable: Counts, canary: Counts, *, judged: Flags, span_s: Floats) -> None:
        """Take a block in; `judged` tells by which channels it was."""
        self.scatter.add(stable, canary, judged=judged)
        self.restless.add_recent(*stable, span_s=span_s)


class _Scatter:
    """How the versions' difference jumps: `console.judge.keys.overdispersion`, in arrays."""

    def __init__(self, burst: Floats) -> None:
        self.jumps, self.pairs, self.mass, self.uplift, self.share = (np.zeros_like(burst) for _ in range(5))
        self.variance = np.full_like(burst, np.inf)

    def excess(self, stable: Counts, canary: Counts, *, burst: Floats) -> Floats:
        """Give what such jumps add to a block's variance."""
        n1, n2 = (np.maximum(requests, 1e-9)[:, None] for requests, _ in (stable, canary))
        beyond = np.maximum(0.0, self.jumps - burst * (self.pairs + np.sqrt(2 * self.pairs)))
        some = np.where(self.mass > 0, self.mass, 1.0)
        relative = np.where(self.mass > 0, beyond / some, 0.0) * self.pairs / (self.pairs + CALM_PAIRS)
        excess: Floats = relative * _share(stable, canary) / (1 / n1 + 1 / n2)
        return excess

    def add(self, stable: Counts, canary: Counts, *, judged: Flags) -> None:
        """Take the next block in, where it is judged."""
        n1, n2 = (np.where(judged, requests[:, None], 1.0) for requests, _ in (stable, canary))
        uplift, share = canary[1] / n2 - stable[1] / n1, _share(stable, canary)
        variance = np.maximum(stable[1] / n1**2 + canary[1] / n2**2, share * (1 / n1 + 1 / n2))
        together = variance + self.variance
        jump = (uplift - self.uplift) ** 2 / together
        part = MAX_JUMP / np.maximum(jump, MAX_JUMP)
        self.jumps += np.where(judged, jump * part, 0.0)
        self.pairs += judged & np.isfinite(together)
        self.mass += np.where(judged, part * (share**2 + self.share**2) / together, 0.0)
        self.uplift = np.where(judged, uplift, self.uplift)
        self.variance = np.where(judged, variance, self.variance)
        self.share = np.where(judged, share, self.share)


def _share(stable: Counts, canary: Counts) -> Floats:
    share: Floats = (stable[1] + canary[1] + 0.5) / (stable[0] + canary[0] + 1)[:, None]
    return share
