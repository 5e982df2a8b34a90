"""A release as the stages that it passed through, each with all its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from console.evidence import Sample
from console.judge.reading import Verdict
from console.judge.tally import Tally, tally_of
from console.release import events as ev
from console.release.state import Release
from console.release.walk import walk


class Leaving(StrEnum):
    """How a release left a stage."""

    FORWARD = "went on"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"
    ENDED = "ended"
    STILL_THERE = "still there"


class Passage(Struct, frozen=True, kw_only=True):
    """One stage of one release."""

    stage: int
    """Counted from 0."""
    weight: int
    begin_at: float
    end_at: float
    tally: Tally
    breached: tuple[str, ...]
    """The guards that were beyond their limits in it, in the order of the plan."""
    leaving: Leaving

    @property
    def lasted_s(self) -> float:
        """How long the release was in this stage."""
        return self.end_at - self.begin_at


def passages_of(records: Sequence[ev.Record]) -> tuple[Passage, ...]:
    """Give the stages that the release was in."""
    open_passage: _Open | None = None
    passages: list[Passage] = []
    for record, before, release in walk(records):
        leaving = _leaving(before, release)
        if open_passage is not None and leaving is not None:
            passages.append(open_passage.closed(record.at, leaving))
            open_passage = None
        if isinstance(record.event, ev.StageEntered):
            open_passage = _Open(release, record.at)
        elif isinstance(record.event, ev.SampleTaken) and open_passage is not None:
            open_passage.look(release, record.event.sample)
    if open_passage is not None:
        passages.append(open_passage.closed(records[-1].at, Leaving.STILL_THERE))
    return tuple(passages)


def _leaving(before: Release | None, after: Release) -> Leaving | None:
    """Say how a stage was left: for another one, for the way back, or for the end; None where it was not."""
    if before is None or (before.phase, before.index) == (after.phase, after.index):
        return None
    if after.end is not None:
        return Leaving.PROMOTED if after.end.outcome is ev.Outcome.PROMOTED else Leaving.ENDED
    return Leaving.FORWARD if after.rollback is None else Leaving.ROLLED_BACK


class _Open:
    """A stage while its samples are gathered."""

    def __init__(self, release: Release, at: float) -> None:
        self._stage = release.index
        self._weight = release.plan.stages[release.index].weight
        self._begin_at = at
        self._samples: list[Sample] = []
        self._breached: dict[str, None] = {}

    def look(self, release: Release, sample: Sample) -> None:
        if release.at_weight:
            self._samples.append(sample)
        for reading in release.memory.readings:
            if reading.verdict is Verdict.BREACH:
                self._breached[reading.guard] = None

    def closed(self, at: float, leaving: Leaving) -> Passage:
        return Passage(
            stage=self._stage,
            weight=self._weight,
            begin_at=self._begin_at,
            end_at=at,
            tally=tally_of(self._samples),
            breached=tuple(self._breached),
            leaving=leaving,
        )
