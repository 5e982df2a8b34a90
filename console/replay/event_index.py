"""What stands along a recording's track: every event, and the stages. Pure; samples are not needed for it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.fold import fold
from console.release.state import Release


class IndexedEvent(Struct, frozen=True, kw_only=True):
    """One event that is no sample."""

    line: int
    """The number of its line in the journal, counted from 1."""
    at: float
    event: ev.AnyEvent
    words: str

    @property
    def kind(self) -> str:
        """The event's kind, as the journal names it."""
        return str(type(self.event).__struct_config__.tag)


class StageSpan(Struct, frozen=True, kw_only=True):
    """One stage of the release, or what came before the first and after the decision to roll back."""

    index: int
    """The stage, counted from 0; -1 before the first."""
    rolling_back: bool = False
    begin_at: float


class EventIndex(Struct, frozen=True, kw_only=True):
    """What stands along a recording's track."""

    events: tuple[IndexedEvent, ...]
    spans: tuple[StageSpan, ...]
    """In order of time; each lasts until the next one begins."""


def event_index_of(records: Iterable[tuple[int, ev.Record]]) -> EventIndex:
    """Index all records that are no samples, each with its line.

    They are folded without the samples between them: what their words say never comes from evidence.
    """
    release: Release | None = None
    events: list[IndexedEvent] = []
    spans: list[StageSpan] = []
    for line, record in records:
        release = fold(release, record)
        words = event_in_words(record.event, release)
        events.append(IndexedEvent(line=line, at=record.at, event=record.event, words=words))
        spans += _new_span(spans, record, release)
    return EventIndex(events=tuple(events), spans=tuple(spans))


def _new_span(spans: list[StageSpan], record: ev.Record, release: Release) -> list[StageSpan]:
    span = StageSpan(index=release.index, rolling_back=release.rollback is not None, begin_at=record.at)
    known = spans[-1] if spans else None
    if known is not None and (known.index, known.rolling_back) == (span.index, span.rolling_back):
        return []
    return [span]
