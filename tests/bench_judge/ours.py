"""The two-keys judge on many releases at once: `console.judge.keys`, in arrays.

The tests drive both with the same counts. The settings are the judge's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from console.judge.keys.channels import Budget
from console.judge.keys.evidence import CEILING
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import FAILS_MORE, FINE_RATIO, MAX_LOG_RATIO, SLOWER
from tests.bench_judge.block_caps import block_caps
from tests.bench_judge.blocks import Blocks, Layout, channels_of, layout_of
from tests.bench_judge.noise import Noises, faded, noise_of
from tests.bench_judge.purse import Purse
from tests.bench_judge.releases import Counted, Flags, Floats, Releases
from tests.bench_judge.tempering import Tempering
from tests.bench_judge.thresholds import NEVER
from tests.bench_judge.warmth import cold_blocks
from tests.bench_judge.worlds import TICK_S

_SLOW = slice(1, -1)
"""The channels of latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """How far both keys were turned after each block, releases x blocks."""

    worse: Floats
    beyond_tolerance: Floats
    block_s: int
    compared: Flags
    """Whether the block held requests of both versions."""

    def decide(self, settings: Settings) -> Counted:
        """Give the tick of the first block that confirms both keys."""
        turned = (self.worse >= 1 / settings.alpha) & (self.beyond_tolerance >= 1 / settings.beta)
        agreeing = np.zeros(len(turned), dtype=np.int64)
        stop = np.full(len(turned), NEVER)
        for block in range(turned.shape[1]):
            agreeing = np.where(turned[:, block], agreeing + self.compared[:, block], 0)
            now = (agreeing >= settings.confirm_blocks) & (stop == NEVER)
            stop[now] = (block + 1) * self.block_s // TICK_S - 1
        return stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of stable when the release begins."""

    layout: Layout
    noise: Noises
    requests: Floats
    bad: Floats


def past_of(releases: Releases, settings: Settings, budget: Budget | None = None) -> Past:
    """Learn from the hour before; `budget` is another than the judge's own."""
    layout = layout_of(releases, budget)
    bad = channels_of(releases.history, layout)
    requests = releases.history.requests.astype(float)
    return Past(
        layout=layout,
        noise=noise_of(requests, bad),
        requests=faded(requests.sum(axis=2), half_life_s=settings.half_life_s),
        bad=faded(bad.sum(axis=2), half_life_s=settings.half_life_s),
    )


def judge(releases: Releases, blocks: Blocks, past: Past, settings: Settings) -> Keys:
    """Bet against every release, block by block."""
    stages = sum(weight < 1 for weight in releases.case.stages.weights)
    most = block_caps(releases, blocks, settings)
    pods = releases.case.world.stable_pods
    return turn_keys(blocks, past, settings, stages=stages, stable_pods=pods, most=most)


def turn_keys(
    blocks: Blocks, past: Past, settings: Settings, *, stages: int, stable_pods: int, most: Floats
) -> Keys:
    """Lay out both bets in every channel, and let every block decide; `most` is what it may win."""
    count, number = blocks.span_s.shape
    strict, tolerant = (_Bets(past, settings, count) for _ in range(2))
    purse = Purse(count=count, planned_blocks=number, stages=stages)
    tempering, cold = Tempering(past.noise), cold_blocks(blocks, settings)
    requests, bad = past.requests, past.bad
    keys: list[tuple[Floats, ...]] = []
    for at in range(number):
        weight, span_s, split = blocks.weights[at], blocks.span_s[:, at], _Split.at(blocks, at)
        asked, lent = tolerated(
            past, requests, bad, settings, pods=1 / stable_pods + 1 / blocks.canary_pods[at]
        )
        fresh = purse.lay_out(weight=weight, block=span_s > 0)
        split, burst = split.without_latency(cold[:, at]), tempering.by(*blocks.at(at), span_s=span_s)
        keys.append(
            tuple(
                bets.add(each, held, burst, (fresh, purse.spent), most[:, at])
                for bets, each, held in ((strict, split, 1.0), (tolerant, split.lent(lent), asked))
            )
        )
        judged = _judged(split, cold[:, at], past.layout.weights)
        tempering.add(*blocks.at(at), judged=judged, span_s=span_s)
        kept = np.exp2(-span_s / settings.half_life_s)
        requests = requests * kept + blocks.stable.requests[:, at]
        bad = bad * kept[:, None] + blocks.stable.bad[:, at]
    worse, beyond = (np.stack(key, axis=1) for key in zip(*keys, strict=True))
    compared = (blocks.stable.requests > 0) & (blocks.canary.requests > 0)
    return Keys(worse=worse, beyond_tolerance=beyond, block_s=blocks.length_s, compared=compared)


def _judged(split: _Split, cold: Flags, weights: Floats) -> Flags:
    """Tell which channels the block is judged by, releases x channels."""
    judged = (split.odds > 0)[:, None] & (weights > 0)
    judged[cold, _SLOW] = False
    return judged


def tolerated(
    past: Past, requests: Floats, bad: Floats, settings: Settings, *, pods: float
) -> tuple[Floats, Floats]:
    """Give the ratio that key 2 is turned against, and what stable is lent for it, releases x channels."""
    share = (bad + 0.5) / (requests[:, None] + 1)
    edges = past.layout.edges_ms
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.log(share[:, 1:-2] / share[:, 2:-1]) / np.log(edges[:, 1:] / edges[:, :-1])
    growth = np.full_like(share, math.log(settings.errors_factor))
    growth[:, 2:-1] = math.log(settings.latency_factor) * np.maximum(np.nan_to_num(slope), 0.0)
    increase = np.log1p(settings.delta / share)
    beyond = np.full_like(share, math.log(FAILS_MORE))
    beyond[:, 2:-1] = math.log(SLOWER) * np.maximum(np.nan_to_num(slope), 0.0)
    most = past.noise.worst + np.where(past.noise.alone, growth, beyond)
    spread = np.minimum(settings.pods_z * np.sqrt(np.log1p(past.noise.spread_sq) * pods), most)
    least = np.minimum(np.maximum(growth, spread), MAX_LOG_RATIO)
    most = np.maximum(least, math.log(FINE_RATIO))
    asked: Floats = np.exp(np.maximum(least, np.minimum(increase, most)))
    lent: Floats = np.where(increase > most, (share + settings.delta) / asked - share, 0.0)
    return asked, lent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """One block of all releases."""

    odds: Floats
    """The canary's requests by stable's; 0 where the split says nothing."""
    bad: Floats
    canary_bad: Floats
    judged: Floats
    """Stable's requests, releases x channels; 0 where the channel is not judged."""

    @classmethod
    def at(cls, blocks: Blocks, at: int) -> _Split:
        stable, canary = blocks.stable, blocks.canary
        n1, n2 = stable.requests[:, at], canary.requests[:, at]
        both = ((n1 > 0) & (n2 > 0))[:, None]
        return cls(
            odds=np.where(both[:, 0], n2 / np.maximum(n1, 1.0), 0.0),
            bad=np.where(both, stable.bad[:, at] + canary.bad[:, at], 0.0),
            canary_bad=np.where(both, canary.bad[:, at], 0.0),
            judged=np.where(both, n1[:, None], 0.0) * np.ones(stable.bad.shape[-1]),
        )

    def without_latency(self, cold: Flags) -> _Split:
        """Leave out what new pods are not held to."""
        bad, canary_bad, judged = self.bad.copy(), self.canary_bad.copy(), self.judged.copy()
        bad[cold, _SLOW] = canary_bad[cold, _SLOW] = judged[cold, _SLOW] = 0.0
        return replace(self, bad=bad, canary_bad=canary_bad, judged=judged)

    def lent(self, share: Floats) -> _Split:
        """Take stable's share of bad requests to be so much higher."""
        return replace(self, bad=self.bad + share * self.judged)


class _Bets:
    """One key's bets: releases x channels x effect sizes."""

    def __init__(self, past: Past, settings: Settings, count: int) -> None:
        self.grid = np.asarray(settings.grid)
        self.weights = past.layout.weights
        self.usual = past.noise.burst
        self.bets = np.zeros((count, self.weights.shape[1], self.grid.size))

    def add(
        self, split: _Split, ratio: Floats | float, burst: Floats, purse: tuple[Floats, Floats], most: Floats
    ) -> Floats:
        """Lay out what is fresh, let the block decide, and give the key's evidence."""
        odds = np.broadcast_to((split.odds[:, None] * ratio)[..., None], (*split.bad.shape, 1))
        fair = np.log1p(odds) - np.log1p(self.grid * odds)
        gains = split.canary_bad[..., None] * np.log(self.grid) + split.bad[..., None] * fair
        tempered = np.where(gains > 0, gains / burst[..., None], gains / self.usual[..., None])
        fresh, spent = purse
        gains = np.minimum(tempered, np.log(most)[:, None, None])
        self.bets = np.minimum((self.bets + fresh[:, None, None]) * np.exp(gains), CEILING)
        evidence = self.bets.mean(axis=-1) + 1.0 - spent[:, None]
        key: Floats = (evidence * self.weights).sum(axis=1)
        return key
