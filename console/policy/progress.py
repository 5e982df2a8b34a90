"""Where a rollback stands: what a worker answers to a viewer who waits, and what the shell says."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


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
