"""How fast a rollback was: from the first look beyond the limit to the last request at the canary."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.judge.reading import Verdict
from console.release import events as ev
from console.release.state import Release, Rollback
from console.report.steps import Step


class Reaction(Struct, frozen=True, kw_only=True):
    """The steps of a rollback; None where there was no such step, or it can't be known."""

    detection_s: float | None
    """From the first look of the breach to the decision: what the guard's `for` and the policy took."""
    confirmation_s: float | None
    """From the decision until the router confirmed that stable has all traffic."""
    gone_s: float | None
    """From the decision until the metrics showed no traffic at the canary."""
    attempts: int


def reaction_of(steps: Sequence[Step]) -> Reaction | None:
    """Time the rollback; None where there was none."""
    beyond: dict[str, float] = {}
    began_at: float | None = None
    for record, release in steps:
        if isinstance(record.event, ev.RollbackDecided) and record.event.cause is ev.Cause.GUARD:
            began_at = _first_beyond(release, beyond)
        if isinstance(record.event, ev.SampleTaken):
            _follow(beyond, release, record.at)
    rollback = steps[-1].release.rollback
    return None if rollback is None else _timed(rollback, began_at)


def _follow(beyond: dict[str, float], release: Release, at: float) -> None:
    """Note since when each guard is beyond its limit; too little or no evidence changes nothing."""
    for reading in release.memory.readings:
        if reading.verdict is Verdict.BREACH:
            beyond.setdefault(reading.guard, at)
        elif reading.verdict is Verdict.HEALTHY:
            beyond.pop(reading.guard, None)


def _first_beyond(release: Release, beyond: dict[str, float]) -> float | None:
    ripe = (reading.guard for reading in release.memory.readings if reading.ripe)
    return min((beyond[guard] for guard in ripe if guard in beyond), default=None)


def _timed(rollback: Rollback, began_at: float | None) -> Reaction:
    def since_decision(at: float | None) -> float | None:
        return None if at is None else at - rollback.decided_at

    return Reaction(
        detection_s=None if began_at is None else rollback.decided_at - began_at,
        confirmation_s=since_decision(rollback.confirmed_at),
        gone_s=since_decision(rollback.gone_at),
        attempts=rollback.attempts,
    )
