"""When bets begin: money is laid out block by block, so that late damage finds a bet that is still fresh.

Half of it goes on the first block, a quarter on the first blocks of the later stages, a quarter evenly on
all planned blocks. It is never more than the whole, so the sum of all bets stays one bet; what is not laid
out yet is kept in the purse.
"""

from __future__ import annotations

from msgspec import Struct

FIRST = 0.5
STAGES = 0.25
SPREAD = 0.25


class Starts(Struct, frozen=True, kw_only=True):
    """What has been laid out."""

    planned_blocks: int
    stages: int
    """How many stages the plan has."""
    blocks_begun: int = 0
    stages_begun: int = 0
    highest_weight: int = -1
    fresh: float = 0.0
    """What the latest block brought."""
    spent: float = 0.0


def next_start(starts: Starts, *, weight: int) -> Starts:
    """Lay out what the next block brings; a weight that was reached before starts nothing anew."""
    # A bet that has lost for an hour needs an hour of damage to come back: late damage would hardly be found.
    # So some money waits for each new weight, where damage of load begins, and some for every block.
    new_stage = weight > starts.highest_weight
    fresh = 0.0
    if starts.blocks_begun == 0:
        fresh += FIRST
    elif new_stage and starts.stages_begun < starts.stages:
        fresh += STAGES / (starts.stages - 1)
    # Beyond the plan there is nothing left to lay out: a release that takes longer lives on the bets that
    # run.
    if starts.blocks_begun < starts.planned_blocks:
        fresh += SPREAD / starts.planned_blocks
    return Starts(
        planned_blocks=starts.planned_blocks,
        stages=starts.stages,
        blocks_begun=starts.blocks_begun + 1,
        stages_begun=starts.stages_begun + new_stage,
        highest_weight=max(weight, starts.highest_weight),
        fresh=fresh,
        spent=starts.spent + fresh,
    )
