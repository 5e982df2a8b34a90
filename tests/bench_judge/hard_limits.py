"""The two-keys judge's hard limits on many releases at once: when they pause, which is all that they do."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from console.judge.keys.channels import Kind, Limit
from console.judge.keys.evidence import CEILING
from console.judge.keys.limits import MAX_SHARE
from console.judge.keys.settings import Settings
from tests.bench_judge.blocks import LIMIT_MS, Blocks, limits_of
from tests.bench_judge.noise import faded, noise_of
from tests.bench_judge.purse import Purse
from tests.bench_judge.releases import Counted, Flags, Floats, Releases
from tests.bench_judge.thresholds import NEVER, first
from tests.bench_judge.warmth import cold_blocks
from tests.bench_judge.worlds import TICK_S

LIMITS = (
    Limit(name="errors", kind=Kind.ERRORS, ratio=0.01),
    Limit(name=f"slow>{LIMIT_MS:g}ms", kind=Kind.SLOW, ratio=0.01, edge_ms=LIMIT_MS),
)
_LATENCY = np.asarray([limit.kind is Kind.SLOW for limit in LIMITS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaches:
    """The evidence after each block that a limit is exceeded, releases x blocks x limits."""

    canary: Floats
    both: Floats
    stable: Floats

    block_s: int

    def shared(self, settings: Settings) -> Flags:
        """Tell after each block whether both versions are proven to exceed a limit, releases x blocks."""
        shared = (self.both >= 2 / settings.alpha) & (self.stable >= 1 / settings.beta)
        proven: Flags = np.any(shared, axis=-1)
        return proven

    def pauses(self, settings: Settings) -> Counted:
        """Give the tick at whose end a release is paused first."""
        canary = np.any(self.canary >= 2 / settings.alpha, axis=-1)
        fired: Flags = canary | self.shared(settings)
        block = first(fired)
        tick = (np.minimum(block, fired.shape[1]) + 1) * self.block_s // TICK_S - 1
        return np.where(block < NEVER, tick, NEVER)


def watch(releases: Releases, blocks: Blocks, settings: Settings) -> Breaches:
    """Hold every block of both versions against the limits."""
    past = limits_of(releases.history, releases.case.world.bounds_ms)
    requests = releases.history.requests.astype(float)
    burst = noise_of(requests, past).burst
    usual = faded(requests.sum(axis=2), half_life_s=settings.half_life_s)
    bad = faded(past.sum(axis=2), half_life_s=settings.half_life_s)
    bets = [_Bets(settings, burst) for _ in range(3)]
    stages = sum(weight < 1 for weight in releases.case.stages.weights)
    count, number = blocks.span_s.shape
    purse = Purse(count=count, planned_blocks=number, stages=stages)
    seen: list[list[Floats]] = []
    one, other, cold = blocks.canary, blocks.stable, cold_blocks(blocks, settings)
    for at, weight in enumerate(blocks.weights):
        fresh = purse.lay_out(weight=weight, block=blocks.span_s[:, at] > 0)
        limit = _limit(usual, bad)
        n1, x1, x2 = other.requests[:, at, None], other.beyond[:, at], one.beyond[:, at]
        n2, x2 = (
            np.where(cold[:, at, None] & _LATENCY, 0.0, each) for each in (one.requests[:, at, None], x2)
        )
        for each, requests_bad in zip(bets, ((n2, x2), (n1 + n2, x1 + x2), (n1, x1)), strict=True):
            each.add(*requests_bad, limit, fresh)
        seen.append([each.evidence(purse.spent) for each in bets])
        kept = np.exp2(-blocks.span_s[:, at] / settings.half_life_s)
        usual, bad = usual * kept + n1[:, 0], bad * kept[:, None] + x1
    canary, both, stable = (np.stack(each, axis=1) for each in zip(*seen, strict=True))
    return Breaches(canary=canary, both=both, stable=stable, block_s=blocks.length_s)


def _limit(usual: Floats, bad: Floats) -> Floats:
    """Give the limits that hold: what is configured, or twice what stable is used to."""
    doubled = 2 * (bad + 0.5) / (usual[:, None] + 1)
    configured = np.asarray([limit.ratio for limit in LIMITS])
    known = np.where(usual[:, None] > 0, doubled, 0.0)
    limit: Floats = np.minimum(np.maximum(configured, known), 0.5)
    return limit


class _Bets:
    """Bets on one version, or on both: releases x limits x effect sizes."""

    def __init__(self, settings: Settings, burst: Floats) -> None:
        self.grid = np.asarray(settings.grid)
        self.most = math.log(settings.cap)
        self.burst = burst[..., None]
        self.bets = np.zeros((*burst.shape, self.grid.size))

    def add(self, requests: Floats, bad: Floats, limit: Floats, fresh: Floats) -> None:
        """Lay out what is fresh, and let the block decide."""
        good = np.maximum(0.0, requests - bad)[..., None]
        limit = limit[..., None]
        bet = np.maximum(np.minimum(self.grid * limit, MAX_SHARE), limit)
        gains = bad[..., None] * np.log(bet / limit) + good * (np.log1p(-bet) - np.log1p(-limit))
        gains = np.minimum(gains / self.burst, self.most)
        self.bets = np.minimum((self.bets + fresh[:, None, None]) * np.exp(gains), CEILING)

    def evidence(self, spent: Floats) -> Floats:
        """Give the evidence so far, the unspent purse included."""
        evidence: Floats = self.bets.mean(axis=-1) + 1.0 - spent[:, None]
        return evidence
