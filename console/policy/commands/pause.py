"""Stop the clock."""

from __future__ import annotations

from console.policy.spec import Spec
from console.release.events import Paused
from console.release.state import Release


def _refused(release: Release, _now: float) -> str:
    return "it is paused already; space lets it go on" if release.paused_by else ""


SPEC = Spec(
    event=Paused,
    refused=_refused,
    key="space",
    hint="pause",
    about="stop the clock at once; guards still watch",
    rank=8,
)
