"""Evidence that was recorded at one weight, for a release that stands at another.

Traffic that was never sent has no evidence. Where the recorded canary got some requests, its ratios are
the best that can be had, and are marked as borrowed; where it got none, there is nothing to borrow.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from console.evidence import Counts, Look, Sample

NEVER_SENT = "traffic that was never sent has no evidence"


class Footing(StrEnum):
    """What a retold tick stands on."""

    RECORDED = "recorded"
    """Both releases stood at the same weight."""
    BORROWED = "borrowed"
    """Recorded at another weight than the retold release has."""
    SUPPOSED = "supposed"
    """The retold release is back at 0% and the canary is taken to serve nobody."""
    MISSING = "missing"
    """The recorded canary got no requests where the retold one would have."""


def footing(*, recorded: int | None, retold: int | None) -> Footing:
    """Tell what evidence of the recorded weight is worth at the retold one."""
    if recorded == retold:
        return Footing.RECORDED
    if retold == 0:
        return Footing.SUPPOSED
    return Footing.BORROWED if recorded else Footing.MISSING


def evidence_on(sample: Sample, stands_on: Footing, *, recorded: int | None) -> Sample:
    """Give the sample as the retold release may see it; `recorded` is the weight at which it was counted.

    Counts are never scaled: that would invent some.
    """
    match stands_on:
        case Footing.RECORDED:
            return sample
        case Footing.BORROWED:
            return replace(sample, split=recorded)
        case Footing.SUPPOSED:
            return sample if sample.blind else replace(sample, canary=_idle(sample.canary))
        case Footing.MISSING:
            unseen = replace(sample.canary, counts=None, events={})
            return replace(sample, canary=unseen, trouble=NEVER_SENT)


def _idle(canary: Look) -> Look:
    return replace(canary, counts=Counts(), events={})
