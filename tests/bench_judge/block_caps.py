"""How much each block of many releases may win: `console.judge.keys.block_cap`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.block_cap import GROWN, NOTHING
from console.judge.keys.settings import Settings
from console.judge.keys.watch import SETTLES_S
from tests.bench_judge.blocks import Blocks
from tests.bench_judge.hard_limits import LIMITS, watch
from tests.bench_judge.releases import Flags, Floats, Releases


def block_caps(releases: Releases, blocks: Blocks, settings: Settings) -> Floats:
    """Give the factors, releases x blocks."""
    weights = np.asarray(blocks.weights)
    before = np.concatenate([[0], weights[:-1]])
    grown = np.where((before > 0) & (weights > before), min(GROWN, settings.cap), settings.cap)
    caps: Floats = np.where(_tails(releases, blocks, settings), NOTHING, grown)
    return caps


def _tails(releases: Releases, blocks: Blocks, settings: Settings) -> Flags:
    shared = np.logical_or.accumulate(watch(releases, blocks, settings).shared(settings), axis=1)
    limits = np.asarray([limit.ratio for limit in LIMITS])
    beyond = np.any(blocks.stable.beyond > limits * blocks.stable.requests[..., None], axis=-1)
    ends_s = (np.arange(len(blocks.weights)) + 1.0) * blocks.length_s
    settles_at_s = np.where(shared & beyond & (blocks.span_s > 0), ends_s + SETTLES_S, -np.inf)
    known_s = np.maximum.accumulate(settles_at_s, axis=1)
    before_s = np.concatenate([np.full_like(known_s[:, :1], -np.inf), known_s[:, :-1]], axis=1)
    tails: Flags = (ends_s - blocks.span_s < before_s) & ~beyond
    return tails
