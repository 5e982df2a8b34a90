"""How fast a rollback was: from the first look beyond the limit to the last request at the canary."""

from __future__ import annotations

from msgspec import Struct

from console.judge.reading import Verdict
from console.release import events as ev
from console.release.parts import Rollback
from console.release.state import Release
from console.release.walk import Step
from console.report.plainly import proof_of

JUDGE = ""
"""The judge's place among the guards' names, none of which is empty."""


class Reaction(Struct, frozen=True, kw_only=True):
    """The steps of a rollback; None where there was no such step, or it can't be known."""

    detection_s: float | None
    """From the first look of the breach to the decision: what the guard's `for` and the policy took. Where
    the two keys decided, from when their evidence last began to grow."""
    by_keys: bool
    confirmation_s: float | None
    """From the decision until the router confirmed that stable has all traffic."""
    gone_s: float | None
    """From the decision until the metrics showed no traffic at the canary."""
    attempts: int


class ReactionWatch:
    """Watches a release step by step for how fast its rollback was."""

    def __init__(self) -> None:
        self._beyond: dict[str, float] = {}
        self._began_at: float | None = None
        self._by_keys = False
        self._rollback: Rollback | None = None

    def take(self, step: Step) -> None:
        """Look at the next step."""
        record, _, release = step
        if isinstance(record.event, ev.RollbackDecided) and record.event.cause is ev.Cause.GUARD:
            self._by_keys = bool(proof_of(release, record.event))
            keys_at = self._beyond.get(JUDGE)
            self._began_at = keys_at if self._by_keys else _first_beyond(release, self._beyond)
        if isinstance(record.event, ev.SampleTaken):
            _follow(self._beyond, release, record.at)
        self._rollback = release.rollback

    def seen(self) -> Reaction | None:
        """Time the rollback; None where there was none."""
        if self._rollback is None:
            return None
        return _timed(self._rollback, self._began_at, by_keys=self._by_keys)


def _follow(beyond: dict[str, float], release: Release, at: float) -> None:
    """Note since when each guard is beyond its limit; too little or no evidence changes nothing.

    The keys are beyond as long as there is more evidence for worse than against it.
    """
    for reading in release.memory.readings:
        if reading.verdict is Verdict.BREACH:
            beyond.setdefault(reading.guard, at)
        elif reading.verdict is Verdict.HEALTHY:
            beyond.pop(reading.guard, None)
    said = release.judge_says
    if said is None or not any(said.turned[:1]):
        beyond.pop(JUDGE, None)
    else:
        beyond.setdefault(JUDGE, at)


def _first_beyond(release: Release, beyond: dict[str, float]) -> float | None:
    ripe = (reading.guard for reading in release.memory.readings if reading.ripe)
    return min((beyond[guard] for guard in ripe if guard in beyond), default=None)


def _timed(rollback: Rollback, began_at: float | None, *, by_keys: bool) -> Reaction:
    def since_decision(at: float | None) -> float | None:
        return None if at is None else at - rollback.decided_at

    return Reaction(
        by_keys=by_keys,
        detection_s=None if began_at is None else rollback.decided_at - began_at,
        confirmation_s=since_decision(rollback.confirmed_at),
        gone_s=since_decision(rollback.gone_at),
        attempts=rollback.attempts,
    )
