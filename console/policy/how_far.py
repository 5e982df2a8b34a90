"""How far a release's rollback has come."""

from __future__ import annotations

from console.policy.explain import explain
from console.policy.progress import Progress, Step
from console.release.events import Outcome
from console.release.state import Release


def how_far(release: Release, *, now: float) -> Progress:
    """Return how far the release's rollback has come; `now` is epoch seconds."""
    line = explain(release, now=now)
    return Progress(
        step=_step(release),
        words=f"{line.sentence}",
        failures=release.failure.times if release.failure else 0,
        exit_code=release.end.exit_code if release.end else None,
        to_nothing=release.stable_is_gone,
    )


def _step(release: Release) -> Step:
    rollback, end = release.rollback, release.end
    if rollback is None:
        called_off = end is not None and end.outcome is Outcome.ROLLED_BACK
        asked = Step.ASKED if release.rollback_asked is not None and end is None else Step.NONE
        return Step.ROLLED_BACK if called_off else asked
    # A weight behind the confirmation is somebody else's write: to whoever waits at the shell it is not
    # back.
    if rollback.confirmed_at is None or release.weight:
        return Step.ASKED
    if release.watches_back and rollback.stayed_at is None and end is None:
        return Step.WRITTEN
    # Journals from before recovery was watched have only the time at which the metrics showed it.
    over = rollback.recovered_at if release.watches_back else rollback.gone_at
    return Step.ROLLED_BACK if over is None else Step.RECOVERED
