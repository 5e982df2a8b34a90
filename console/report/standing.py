"""How long a release stood still on its way, and for what: a chart shows it, and a sentence says it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.plan.plan_words import bound_in_words
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Phase, Release
from console.release.walk import Step
from console.report.dates import lasted

LEAST_S, LEAST_RATIO = 10.0, 0.05
"""Told is what took so long, and such a part of the release: every stage waits for its first requests."""

_BECAUSE = {
    Kind.WITHHELD: "a rollback was due, and stable had no ready pods",
    Kind.ALTERED: "something in the cluster changed the weights that were written",
    Kind.STRANGER: "somebody else had been at the router, and a person was waited for",
    Kind.UNREAD: "the router could not be read",
    Kind.LEASE: "it was not certain that no other worker drives",
    Kind.UNRECORDED: "its journal could not be written",
    Kind.PAUSED: "a person had paused it",
    Kind.TAKEN_UP: "its worker had died and a person was waited for",
    Kind.CHANGED: "someone else had changed the weight",
    Kind.BLIND: "there was no evidence",
    Kind.JUDGE: "the two keys held it",
    Kind.HELD_BY_GUARD: "a guard held it",
    Kind.PODLESS: "the canary had no ready pod",
    Kind.STOPPED: "all traffic had stopped",
    Kind.UNANSWERED: "the canary had answered too few of the requests that its weight asks for",
    Kind.INSUFFICIENT: "too few requests had come",
    Kind.REQUESTS: "too few requests had come",
    Kind.HIDDEN: "too few requests had come to be sure",
    Kind.UNEVEN: "it had been well only part of the time",
    Kind.APPROVAL: "a person's approval was wanted",
}


class Standing(Struct, frozen=True, kw_only=True):
    """What a release stood still for, all its times together."""

    because: str
    lasted_s: float


class StandingWatch:
    """Watches a release step by step for what it stands still for."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._because = ""
        self._first_at: float | None = None
        self._last_at = 0.0

    def take(self, step: Step) -> None:
        """Look at the next step: what stood in the way until then had the time between."""
        record, _, release = step
        if self._because:
            self._sums[self._because] = self._sums.get(self._because, 0.0) + record.at - self._last_at
        found = obstacles(release) if release.phase is Phase.RUNNING else ()
        self._because = _because(found[0], release) if found else ""
        self._first_at = record.at if self._first_at is None else self._first_at
        self._last_at = record.at

    def seen(self) -> tuple[Standing, ...]:
        """Give the time behind each obstacle that is worth telling, the longest first."""
        least_s = max(LEAST_S, LEAST_RATIO * (self._last_at - (self._first_at or 0.0)))
        told = [Standing(because=because, lasted_s=s) for because, s in self._sums.items() if s >= least_s]
        return tuple(sorted(told, key=lambda one: -one.lasted_s))


def _because(obstacle: Obstacle, release: Release) -> str:
    because = _BECAUSE.get(obstacle.kind, "")
    if obstacle.guard is None or obstacle.kind is not Kind.HELD_BY_GUARD:
        return because
    bound, _, _ = bound_in_words(obstacle.guard, stable=release.plan.stable.name).rpartition(",")
    return f"{because} ({bound})"


def standings_in_words(standings: Sequence[Standing]) -> list[str]:
    """Say it in a sentence; nothing where it never stood still for long."""
    if not standings:
        return []
    parts = " and ".join(f"{lasted(one.lasted_s)} because {one.because}" for one in standings)
    return [f"On the way it stood still for {parts}."]
