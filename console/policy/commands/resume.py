"""Let the clock run again, whatever stopped it."""

from __future__ import annotations

from console.policy.spec import Spec
from console.release.events import Resumed
from console.release.state import Release


def _refused(release: Release, _now: float) -> str:
    # All that can stop a release until a person says so: one key for all of them.
    stands = release.paused_by or release.taken_up_by or release.drifted or release.judge_holds
    in_the_cluster = release.altered or release.withheld or release.stranger
    by_the_lease = release.held_meanwhile or release.end_lost
    return "" if stands or in_the_cluster or by_the_lease else "it is not paused; space pauses it"


SPEC = Spec(
    event=Resumed,
    refused=_refused,
    key="space",
    hint="resume",
    about="let the clock run; after a change from outside: write our weight again",
    rank=8,
)
