"""Whether the canary gets the share of the requests that was asked for.

The requests themselves are what is counted here, with the weights as exposure: too few for the canary, or
too many, by more than a quarter. Blocks right after a change of the weight still hold requests of the old
one and are left out.
"""

from __future__ import annotations

from msgspec import Struct

from console.judge.keys.blocks import Block
from console.judge.keys.channels import Split
from console.judge.keys.evidence import Evidence, add_block, log_gains, mirrored, no_evidence
from console.judge.keys.noise import UNKNOWN_BURST
from console.judge.keys.settings import Settings

TOLERATED = 1.25
SETTLED_S = 30.0
"""From a new weight to a block that holds none but its own requests."""
EXPECTED = 10.0
"""Requests that were due: where none came of these, chance would have it in one case of 20,000."""


class SplitCheck(Struct, frozen=True, kw_only=True):
    """What the requests say about the weights."""

    starved: Evidence
    """Evidence that the canary gets too few."""
    flooded: Evidence
    """Evidence that it gets too many."""
    missed: float = 0.0
    """Requests that the canary should have had since its last one."""
    weight: int = 0
    stable: float = 0.0
    """Requests since this weight is settled; so the canary's."""
    canary: float = 0.0


def unchecked(settings: Settings) -> SplitCheck:
    """Begin with nothing laid out."""
    nothing = no_evidence(settings.grid)
    return SplitCheck(starved=nothing, flooded=nothing)


def check_split(
    check: SplitCheck, block: Block, *, settings: Settings, settled: bool, fresh: float
) -> SplitCheck:
    """Hold one block's requests against its weight."""
    # Connections that are kept alive go on with the old weight for a while: such a block proves nothing of
    # the new.
    asked = _asked(block) if settled else Split()
    stays = block.weight == check.weight
    missed = 0.0 if block.judged[0].canary > 0 else check.missed + asked.stable_bad * block.weight / 100
    return SplitCheck(
        starved=_bet(check.starved, mirrored(asked), settings=settings, fresh=fresh),
        flooded=_bet(check.flooded, asked, settings=settings, fresh=fresh),
        missed=missed,
        weight=block.weight,
        stable=(check.stable if stays else 0.0) + asked.stable_bad,
        canary=(check.canary if stays else 0.0) + asked.canary_bad,
    )


def is_off(check: SplitCheck, *, alpha: float, spent: float) -> bool:
    """Whether the traffic split is not what was asked: the two ways to be wrong share the alarm."""
    starved, flooded = check.starved.against(spent=spent), check.flooded.against(spent=spent)
    # A canary that gets nothing at all never has a block with both versions in it, and so no bet: it is
    # counted.
    return check.missed >= EXPECTED or (starved + flooded) / 2 >= 2 / alpha


def _asked(block: Block) -> Split:
    """Take the weights as exposure and the requests as what is counted."""
    return Split(
        stable=100.0 - block.weight,
        stable_bad=block.judged[0].stable,
        canary=float(block.weight),
        canary_bad=block.judged[0].canary,
    )


def _bet(evidence: Evidence, split: Split, *, settings: Settings, fresh: float) -> Evidence:
    gains = log_gains(split, grid=settings.grid, tolerated=TOLERATED, burst=UNKNOWN_BURST, cap=settings.cap)
    # The burst factor is the one for what nobody has measured: the noise of errors says nothing of how
    # evenly requests are spread.
    return add_block(evidence, gains=gains, fresh=fresh)
