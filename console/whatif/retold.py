"""A release as another plan would have driven it, as far as the recording knows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.release import events as ev
from console.release.state import Release
from console.whatif.evidence import Footing


class Tick(Struct, frozen=True, kw_only=True):
    """One look of the recording, and the weights that both releases had then."""

    at: float
    recorded: int | None
    retold: int | None
    footing: Footing


class Dropped(Struct, frozen=True, kw_only=True):
    """A person's command that has no place in the retold release."""

    record: ev.Record
    why: str


class Retold(Struct, frozen=True, kw_only=True):
    """A whole journal of a release that never was."""

    records: tuple[ev.Record, ...]
    """As a worker would have written them: they fold, replay and report like any others."""
    release: Release
    """The state after the last of `records`."""
    ticks: tuple[Tick, ...]
    dropped: tuple[Dropped, ...]
    evidence_ends_at: float | None
    """When the recording had nothing more to tell and the release had not ended; None where it had."""


DECISIONS = (
    ev.StageEntered,
    ev.WeightRequested,
    ev.RollbackDecided,
    ev.RollbackWithheld,
    ev.TakenBack,
    ev.Recovered,
    ev.JudgeResumed,
    ev.Retreated,
    ev.ReleaseEnded,
)
"""The decisions that change a release; a guard that turns is only told."""


def decisions(records: Sequence[ev.Record]) -> list[tuple[float, object]]:
    """Give what was decided and when."""
    return [(record.at, gist(record.event)) for record in records if isinstance(record.event, DECISIONS)]


def gist(event: ev.AnyEvent) -> object:
    """Give what an event decides, without its words: another plan, or another pithead, has others."""
    match event:
        case ev.StageEntered(stage=stage):
            return ev.StageEntered, stage
        case ev.RollbackDecided(cause=cause):
            return cause
        case ev.ReleaseEnded(outcome=outcome):
            return outcome
        case ev.Retreated(weight=weight):
            return ev.Retreated, weight
        case ev.TakenBack(weight=weight):
            return ev.TakenBack, weight
        case ev.RollbackWithheld(cause=cause):
            return ev.RollbackWithheld, cause
        case ev.JudgeResumed():
            return ev.JudgeResumed
        case ev.Recovered():
            return ev.Recovered
        case _:
            return event
