"""Where a rollback stands: what a worker answers to whoever waits for it, and the shell says."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from console.policy.explain import explain
from console.release.events import Outcome
from console.release.state import Release


class Step(StrEnum):
    """How far a rollback has come."""

    NONE = "none"
    """Nobody has asked for one."""
    ASKED = "asked"
    """It is under way, and the router has not confirmed it."""
    WRITTEN = "written"
    """The router has confirmed it."""
    ROLLED_BACK = "rolled_back"
    """It has stayed for several reads."""
    RECOVERED = "recovered"
    """The canary serves nobody any more, or the watch for that has ended."""


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rollback at one instant."""

    step: Step
    words: str
    """How the release stands, in one line."""
    failures: int = 0
    """Writes that failed in a row, up to now."""
    exit_code: int | None = None
    """What the release has ended with; None while something may still come of it."""

    to_nothing: bool = False
    """Whether stable is known to have no ready pods, so that all requests would go to nothing."""

    @property
    def is_under_way(self) -> bool:
        """Whether it has begun, or is over."""
        return self.step is not Step.NONE

    @property
    def is_back(self) -> bool:
        """Whether stable has all traffic."""
        return self.step in (Step.ROLLED_BACK, Step.RECOVERED)


def progress(release: Release, *, now: float) -> Progress:
    """Say how far the release's rollback has come."""
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
    if rollback.confirmed_at is None or release.weight:
        return Step.ASKED
    if release.watches_back and rollback.stayed_at is None and end is None:
        return Step.WRITTEN
    over = rollback.recovered_at if release.watches_back else rollback.gone_at
    return Step.ROLLED_BACK if over is None else Step.RECOVERED
