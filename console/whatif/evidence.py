"""Evidence that was recorded at one weight, for a release that stands at another.

Traffic that was never sent has no evidence. Where the recorded canary got some requests, its ratios are
the best that can be had, and are marked as borrowed; where it got none, there is nothing to borrow.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from console.evidence import Counts, Look, Sample

NEVER_SENT = "traffic that was never sent has no evidence"


class Basis(StrEnum):
    """What a simulated tick stands on."""

    RECORDED = "recorded"
    """Both releases stood at the same weight."""
    BORROWED = "borrowed"
    """Recorded at another weight than the simulated release has."""
    SUPPOSED = "supposed"
    """The simulated release is back at 0% and the canary is taken to serve nobody."""
    MISSING = "missing"
    """The recorded canary got no requests where the simulated one would have."""


def basis_of(*, recorded: int | None, simulated: int | None) -> Basis:
    """Tell what evidence of the recorded weight is worth at the simulated one."""
    if recorded == simulated:
        return Basis.RECORDED
    if simulated == 0:
        return Basis.SUPPOSED
    return Basis.BORROWED if recorded else Basis.MISSING


def evidence_on(sample: Sample, stands_on: Basis, *, recorded: int | None) -> Sample:
    """Give the sample as the simulated release may see it; `recorded` is the weight at which it was counted.

    Counts are never scaled: that would invent some.
    """
    match stands_on:
        case Basis.RECORDED:
            return sample
        case Basis.BORROWED:
            return replace(sample, split=recorded)
        case Basis.SUPPOSED:
            return sample if sample.blind else replace(sample, canary=_idle(sample.canary))
        case Basis.MISSING:
            unseen = replace(sample.canary, counts=None, events={})
            return replace(sample, canary=unseen, trouble=NEVER_SENT)


def _idle(canary: Look) -> Look:
    return replace(canary, counts=Counts(), events={})
