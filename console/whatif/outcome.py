"""How a release came out, live or simulated, and when that was settled."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from console.plan.units import clock, words_duration
from console.policy.explain import explain
from console.release.events import Outcome
from console.release.state import Phase, Release


class Ending(StrEnum):
    """The ways in which a release can come out, as a sentence says them of a plan."""

    ROLLED_BACK = "rolls back"
    PROMOTED = "promotes"
    HELD = "ends holding"
    REFUSED = "does not begin"
    OPEN = "is still running"


class Fate(Struct, frozen=True, kw_only=True):
    """What became of a release."""

    way: Ending
    at: float
    """When it was decided; for one that still runs, when its records end."""
    words: str
    """A clause: `rolls back at 14:03:20Z`."""


def fate_of(release: Release, *, last_at: float) -> Fate:
    """Tell what became of a release whose records end at `last_at`."""
    way, at = _way(release, last_at)
    if way is Ending.OPEN:
        line = explain(release, now=at)
        words = f"{way} at {release.weight or 0}% at {clock(at)} ({line.word.lower()}: {line.text})"
    else:
        words = f"{way} at {clock(at)}"
    return Fate(way=way, at=at, words=words)


def _way(release: Release, last_at: float) -> tuple[Ending, float]:
    if release.rollback is not None:
        return Ending.ROLLED_BACK, release.rollback.decided_at
    if release.phase is not Phase.ENDED:
        return Ending.OPEN, last_at
    assert release.end is not None
    return _WAYS.get(release.end.outcome, Ending.REFUSED), release.end.at


_WAYS = {
    Outcome.PROMOTED: Ending.PROMOTED,
    Outcome.HELD: Ending.HELD,
    Outcome.REFUSED: Ending.REFUSED,
    Outcome.ROLLED_BACK: Ending.ROLLED_BACK,
    Outcome.CLOSED: Ending.OPEN,
}


def earlier_in_words(first: Fate, second: Fate) -> str:
    """Say how much earlier `second` is; empty where they came out in different ways."""
    if first.way is not second.way:
        return ""
    seconds = first.at - second.at
    if abs(seconds) < 0.5:  # noqa: PLR2004 - half a second is the same instant to a reader
        return "at the same time"
    return f"{words_duration(round(abs(seconds)))} {'earlier' if seconds > 0 else 'later'}"
