"""Let the clock run again, whatever stopped it."""

from __future__ import annotations

from console.policy.spec import Spec
from console.release.events import Resumed
from console.release.state import Release


def _refused(release: Release, _now: float) -> str:
    stands = release.paused_by or release.taken_up_by or release.drifted or release.judge_holds
    in_the_cluster = release.altered or release.withheld or release.stranger or release.held_meanwhile
    return "" if stands or in_the_cluster else "it is not paused; space pauses it"


SPEC = Spec(
    event=Resumed,
    refused=_refused,
    key="space",
    hint="resume",
    about="let the clock run; after a change from outside: write our weight again",
    rank=8,
)
