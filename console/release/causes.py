"""Why a release goes back, how it ends, and why its router can't be read."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why a release goes back to stable."""

    GUARD = "guard"
    SILENCE = "silence"
    """The canary has no ready pod, or none of the requests to it was answered."""
    PERSON = "person"
    PATIENCE = "patience"


class Outcome(StrEnum):
    """How a release ends."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    NOT_CONFIRMED = "not_confirmed"
    """Rolled back, but the router never said so."""
    HELD = "held"
    """Its patience ended and its weight was left; in older journals also where it went back."""
    REFUSED = "refused"
    """The preflight failed; nothing was written."""
    TAKEN_OVER = "taken_over"
    """Another driver has the release's router now; the weight stays as it is."""
    CLOSED = "laboratory_closed"
    """The demo's laboratory has ended, and its release with it."""


class Unread(StrEnum):
    """Why the router's object can't be read."""

    GONE = "gone"
    """It was deleted or renamed, or its kind is not served any more."""
    CHANGED = "changed"
    """It is there, and the plan's route or destinations are not to be found in it."""
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    ELSEWHERE = "elsewhere"
    """The way in leads to another cluster than that in which the release began."""
    UNUSABLE = "unusable"
    """There was an answer, and it says nothing of the router."""
