"""How much a block may win: less where it is known beforehand that it can show any split at all.

Lowering a gain keeps a fair bet fair, so nothing of this needs a proof.
"""

from __future__ import annotations

from console.judge.keys.blocks import Block
from console.judge.keys.channels import Limit
from console.judge.keys.course import Course
from console.judge.keys.settings import Settings
from console.judge.keys.watch import LimitWatch, stable_is_beyond

NOTHING = 1.0
"""Factor of a block that wins nothing."""
GROWN = 3.0
"""Factor that a block wins at most in which the canary was given more: new connections fail for a second."""


def block_cap(
    block: Block, *, settings: Settings, course: Course, watch: LimitWatch, limits: tuple[Limit, ...]
) -> float:
    """Return the factor that a block may win at most; `course` and `watch` are of before it."""
    # Connections come back one by one, and those of one version may take longer: what is seen in the minute
    # behind an outage that both had is the outage's. It may still be lost there.
    if _is_tail(block, watch=watch, limits=limits):
        return NOTHING
    # The first weight is left out: a canary that is broken from the start is to be found at once, and the
    # users who meet it are few.
    grown = 0 < course.weight < block.weight
    return min(GROWN, settings.cap) if grown else settings.cap


def _is_tail(block: Block, *, watch: LimitWatch, limits: tuple[Limit, ...]) -> bool:
    """Tell whether a shared outage has just ended; while it lasts a canary may still be worse than stable."""
    settles_at_s = watch.settles_at_s
    settling = settles_at_s is not None and block.at_s - block.span_s < settles_at_s
    return settling and not stable_is_beyond(limits, block)
