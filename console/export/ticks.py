"""Each look of a recording with the stage and the weight at which it was taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from console.evidence import Sample
from console.judge.reading import Reading
from console.release import events as ev
from console.release.walk import walk


class Tick(Struct, frozen=True, kw_only=True):
    """One look."""

    record: int
    at: float
    stage: int
    """Counted from 1; 0 before the first."""
    weight: int | None
    sample: Sample
    readings: tuple[Reading, ...]
    """What the guards said upon it."""


def ticks_of(records: Iterable[ev.Record]) -> Iterator[Tick]:
    """Give the looks in their order."""
    for record, _, release in walk(records):
        if isinstance(record.event, ev.SampleTaken):
            yield Tick(
                record=record.n,
                at=record.at,
                stage=release.index + 1,
                weight=release.weight,
                sample=record.event.sample,
                readings=release.memory.readings,
            )
