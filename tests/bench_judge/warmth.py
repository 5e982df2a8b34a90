"""When the canaries of many releases are cold: `console.judge.keys.course`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.settings import Settings
from tests.bench_judge.blocks import Blocks
from tests.bench_judge.releases import Flags

_FEW_PODS_BELOW = 50
"""Percent: below it the canary has one pod, then two."""


def canary_pods_at(weight: int) -> int:
    """Give how many pods the canary has."""
    return 1 if weight < _FEW_PODS_BELOW else 2


def cold_blocks(blocks: Blocks, settings: Settings) -> Flags:
    """Tell which blocks began while the canary was cold: from its first requests on, and with more pods."""
    cold = np.zeros(blocks.span_s.shape, dtype=bool)
    until_s = np.full(len(cold), -np.inf)
    known = np.zeros(len(cold), dtype=np.int64)
    for at, weight in enumerate(blocks.weights):
        began_s = (at + 1) * blocks.length_s - blocks.span_s[:, at]
        pods, served = canary_pods_at(weight), blocks.canary.requests[:, at] > 0
        until_s = np.where(served & (pods > known), began_s + settings.warmup_s, until_s)
        known = np.where(served, pods, known)
        cold[:, at] = began_s < until_s
    return cold
