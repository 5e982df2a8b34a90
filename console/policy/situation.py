"""Situations that people outside the screen must know of; `notify` and the bell tell each new one."""

from __future__ import annotations

from msgspec import Struct

from console.plan.model import Occasion
from console.release.events import Outcome
from console.release.obstacles import Kind, obstacles
from console.release.state import Phase, Release

BLIND_TICKS = 3
"""Blindness that lasts this many ticks is news; a shorter one is a scrape that failed."""
FAILED_WRITES = 3
"""Failed writes in a row that are worth a message: fewer are retried in silence."""

_STOPS = frozenset(
    {
        Kind.WITHHELD,
        Kind.STRANGER,
        Kind.UNREAD,
        Kind.ALTERED,
        Kind.LEASE,
        Kind.UNRECORDED,
        Kind.PAUSED,
        Kind.TAKEN_UP,
        Kind.CHANGED,
        Kind.JUDGE,
        Kind.HELD_BY_GUARD,
    }
)


class Situation(Struct, frozen=True, kw_only=True):
    """Where a release is, as far as someone elsewhere must know."""

    occasion: Occasion
    what: str
    """Tells situations of one occasion apart: held by a guard is other news than changed by someone."""


def situation_of(release: Release) -> Situation | None:
    """Return the situation that a person elsewhere should know of; None while the release goes its way.

    A rollback is one from the router's first answer on: then it is confirmed or not, and no message goes out
        while the write itself is on its way.
    """
    match release.phase:
        case Phase.PREPARING:
            return None
        case Phase.RUNNING:
            return _running(release)
        case Phase.ROLLING_BACK:
            return _rolling_back(release)
        case Phase.ENDED:
            return _ended(release)


def _running(release: Release) -> Situation | None:
    first = next(iter(obstacles(release)), None)
    if first is None:
        return None
    if first.kind is Kind.APPROVAL:
        return Situation(occasion=Occasion.APPROVAL, what=f"stage {release.index}")
    return Situation(occasion=Occasion.HOLD, what=first.kind) if _stands_still(release, first.kind) else None


def _stands_still(release: Release, kind: Kind) -> bool:
    """Whether someone should look: at once, or once it has lasted."""
    if kind is Kind.BLIND:
        return _blind_for_long(release)
    # A write that is on its way is an obstacle each time a stage begins. It is worth a message once it has
    # failed several times.
    if kind is Kind.WEIGHT:
        return release.failure is not None and release.failure.times >= FAILED_WRITES
    return kind in _STOPS


def _blind_for_long(release: Release) -> bool:
    if not release.blind_because or release.tick_at is None:
        return False
    # A new stage has no evidence yet and is not blind for that: it counts from its own beginning.
    since = max(release.seen_at or 0.0, release.stage_at)
    return release.tick_at - since >= BLIND_TICKS * release.plan.interval_s


def _rolling_back(release: Release) -> Situation | None:
    rollback = release.rollback
    assert rollback is not None
    if rollback.confirmed_at is not None:
        return Situation(occasion=Occasion.ROLLBACK, what="confirmed")
    # Only once a write has failed: most are confirmed within a second, and two messages for one rollback
    # would be read as two.
    return Situation(occasion=Occasion.ROLLBACK, what="not confirmed") if release.failure else None


def _ended(release: Release) -> Situation:
    end = release.end
    assert end is not None
    if end.outcome is Outcome.PROMOTED:
        return Situation(occasion=Occasion.PROMOTED, what=end.outcome)
    # The same situation as before the end, word for word: so the end of a rollback that was told is no news.
    if end.outcome is Outcome.ROLLED_BACK or (release.rollback and release.rollback.confirmed_at):
        return Situation(occasion=Occasion.ROLLBACK, what="confirmed")
    return Situation(occasion=Occasion.FAILED, what=end.outcome)
