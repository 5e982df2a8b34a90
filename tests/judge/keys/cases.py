"""Releases for the two keys: blocks with the split that matters given, and whole releases drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from console.judge.keys.blocks import Block
from console.judge.keys.channels import Channel, Channels, Kind, Limit, Share, Split
from console.judge.keys.judge import KeysState, begin, observe
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.settings import Settings

ERRORS = Channel(name="errors", kind=Kind.ERRORS, weight=0.5)
SLOW = Channel(name="slow>250ms", kind=Kind.SLOW, weight=0.5, edge_ms=250.0)
BELOW = Channel(name="slow>100ms", kind=Kind.SLOW, edge_ms=100.0)
ORDERS = Channel(name="orders", kind=Kind.EVENTS, weight=0.3)
ERRORS_LIMIT = Limit(name="errors", kind=Kind.ERRORS, ratio=0.01)
CHANNELS = Channels(judged=(ERRORS, BELOW, SLOW), limits=(ERRORS_LIMIT,))
USUAL = (0.002, 0.1, 0.02)
"""Stable's share of bad requests in `CHANNELS`."""


def profile(channels: Channels = CHANNELS, *, usual: Iterable[float] = USUAL, burst: float = 1.0) -> Profile:
    """A calm service that was watched for long."""
    noise = Noise(burst=burst)
    past = tuple(Share(total=1e6, bad=1e6 * share) for share in usual)
    return Profile(
        judged=(noise,) * len(channels.judged),
        limits=(noise,) * len(channels.limits),
        judged_past=past,
        limits_past=past[: len(channels.limits)],
    )


def started(
    *,
    settings: Settings | None = None,
    channels: Channels = CHANNELS,
    noise: Profile | None = None,
    planned_blocks: int = 100,
    stages: int = 4,
) -> KeysState:
    return begin(
        settings=settings or Settings(),
        channels=channels,
        profile=noise or profile(channels),
        planned_blocks=planned_blocks,
        stages=stages,
    )


def block(
    at: int,
    *splits: Split,
    weight: int = 50,
    limits: tuple[Split, ...] | None = None,
    span_s: float = 15.0,
    canary_pods: int = 1,
) -> Block:
    """The block number `at`, from 1; the limit sees what the first channel sees."""
    return Block(
        at_s=15.0 * at,
        span_s=span_s,
        weight=weight,
        judged=splits,
        limits=splits[:1] if limits is None else limits,
        stable_pods=4,
        canary_pods=canary_pods,
    )


def split(stable: tuple[float, float], canary: tuple[float, float]) -> Split:
    """Bad requests of all requests, stable's then the canary's: `split((2, 100), (3, 50))`."""
    return Split(stable=stable[1], stable_bad=stable[0], canary=canary[1], canary_bad=canary[0])


def drawn(
    seed: int,
    *,
    weights: tuple[int, ...] = (1, 5, 25, 50),
    blocks_each: int = 25,
    requests: int = 400,
    worse: float = 1.0,
    outage: range = range(0),
) -> Iterator[Block]:
    """A release drawn by chance: every request goes to a version by the weight, and is bad by its share.

    `worse` times as often with the canary; during the blocks of `outage` ten times as often with both.
    """
    chance = random.Random(seed)
    for at in range(len(weights) * blocks_each):
        weight = weights[at // blocks_each]
        total = chance.randint(requests // 2, requests * 3 // 2)
        canary = _hits(chance, total, weight / 100)
        factor = 10.0 if at in outage else 1.0
        splits = tuple(
            split(
                (_hits(chance, total - canary, min(1.0, share * factor)), total - canary),
                (_hits(chance, canary, min(1.0, share * factor * worse)), canary),
            )
            for share in USUAL
        )
        yield block(at + 1, *splits, weight=weight)


def judged(state: KeysState, blocks: Iterable[Block]) -> Iterator[KeysState]:
    """The state after every block."""
    for each in blocks:
        state = observe(state, each)
        yield state


def _hits(chance: random.Random, trials: int, share: float) -> int:
    """A binomial draw."""
    return sum(chance.random() < share for _ in range(trials))
