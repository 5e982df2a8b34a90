"""Taking back a weight that came out larger than it was asked for, where something changes our writes."""

from __future__ import annotations

from console.release import events as ev
from console.release.parts import Altered
from console.release.state import Release


def take_back(release: Release) -> tuple[ev.AnyEvent, ...]:
    """Take a weight that came out too large back to the stage before; in the first stage to 0%.

    Where that comes out too large as well, 0% is written. Only a person can mend what then still stands.
    """
    altered = release.altered
    if altered is None or not _is_too_much(release, altered) or not may_take_back(release):
        return ()
    # To the weight of the stage before first: it had been in force without harm. Only where even that comes
    # out larger is all taken away.
    if release.back_to is None:
        return (_to(release.weight_before_stage, altered),)
    # The same webhook changes the smaller weight as well: a third try would come out as the second did.
    again = altered.asked == release.back_to > 0
    return (_to(0, altered),) if again else ()


def may_take_back(release: Release) -> bool:
    """Whether less weight may be written although the release stands still for what changes its writes."""
    # What makes the release stand still for another reason than the altered write itself: then its weight is
    # not ours to move.
    elsewhere = release.drifted or release.taken_up_by or release.unrecorded or release.stable_is_gone
    return release.may_drive and not elsewhere


def _is_too_much(release: Release, altered: Altered) -> bool:
    """Whether what came out is in force still, and is more than was asked for."""
    return not release.writes and release.weight == altered.weight > altered.asked


def _to(weight: int, altered: Altered) -> ev.TakenBack:
    return ev.TakenBack(weight=weight, reason=f"{altered.asked}% came out as {altered.weight}%")
