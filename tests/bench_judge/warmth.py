"""When the canaries of many releases are cold: `console.judge.keys.course`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.settings import Settings
from tests.bench_judge.blocks import Blocks
from tests.bench_judge.releases import Flags


def cold_blocks(blocks: Blocks, settings: Settings) -> Flags:
    """Tell which blocks began while the canary was cold: from its first requests on, and with more pods."""
    cold = np.zeros(blocks.span_s.shape, dtype=bool)
    until_s = np.full(len(cold), -np.inf)
    known = np.zeros(len(cold), dtype=np.int64)
    for at, pods in enumerate(blocks.canary_pods):
        began_s = (at + 1) * blocks.length_s - blocks.span_s[:, at]
        served = blocks.canary.requests[:, at] > 0
        until_s = np.where(served & (pods > known), began_s + settings.warmup_s, until_s)
        known = np.where(served, pods, known)
        cold[:, at] = began_s < until_s
    return cold
