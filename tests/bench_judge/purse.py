"""When bets on many releases are laid out: `console.judge.keys.alpha_spending`, in arrays."""

from __future__ import annotations

import numpy as np

from console.judge.keys.alpha_spending import FIRST, SPREAD, STAGES
from tests.bench_judge.releases import Flags, Floats


class Purse:
    """What each release's bettor has laid out; a release without a block at this time lays out nothing."""

    def __init__(self, *, count: int, planned_blocks: int, stages: int) -> None:
        self.planned_blocks, self.stages = planned_blocks, stages
        self.begun = np.zeros(count, dtype=np.int64)
        self.stages_begun = np.zeros(count, dtype=np.int64)
        self.highest = np.full(count, -1)
        self.spent: Floats = np.zeros(count)

    def lay_out(self, *, weight: int, block: Flags) -> Floats:
        """Give what the next block brings to each release that has one."""
        higher = block & (weight > self.highest)
        later = higher & (self.begun > 0) & (self.stages_begun < self.stages)
        fresh = np.where(self.begun == 0, FIRST, 0.0) + np.where(later, STAGES / max(1, self.stages - 1), 0.0)
        fresh += np.where(self.begun < self.planned_blocks, SPREAD / self.planned_blocks, 0.0)
        fresh *= block
        self.begun += block
        self.stages_begun += higher
        self.highest = np.where(higher, weight, self.highest)
        self.spent = self.spent + fresh
        return fresh
