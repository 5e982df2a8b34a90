"""The records of a recording, found by the number of their line or by time."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec
from msgspec import Struct

from console.errors import JournalError
from console.journal.decode import Later, decode
from console.journal.lines import LONGEST_LINE_BYTES, JournalLine
from console.judge.window import Seen
from console.release.events import Record, SampleTaken
from console.replay.line_store import PAGE_LINES, LineStore, TextLineStore

OPEN_PAGES = 8
"""This many pages are kept as records: those around the playhead."""
_SAMPLE = b'"kind":"sample"'
_SAMPLE_WITHIN = 100
"""A record's number, time and kind stand first in its line."""


class _Head(Struct, frozen=True):
    """What must be known of a sample to find it."""

    n: int
    at: float


_head = msgspec.json.Decoder(_Head).decode


class Pages:
    """All lines of one recording: a day of ticks takes a few megabytes of memory."""

    def __init__(
        self,
        store: LineStore,
        times: Sequence[float],
        events: Sequence[tuple[int, Record]],
        *,
        name: str,
        torn_bytes: int = 0,
        later: int = 0,
    ) -> None:
        """Take a store's lines; raises JournalError where there are none.

        `times` has the time of each line, `events` every record that is no sample with its line's number;
        `torn_bytes` stood behind the last whole line, and `later` lines only a later pithead can read.
        """
        if not times:
            why = f"has no whole line: {torn_bytes:,} bytes without an end" if torn_bytes else "is empty"
            raise JournalError(f"the recording {name} {why}")
        self.store = store
        self.events = events
        self.torn_bytes = torn_bytes
        self.later = later
        self._times = times
        self._name = name
        self._records = lru_cache(OPEN_PAGES)(self._read)

    def __len__(self) -> int:
        return len(self._times)

    def time_of(self, line: int) -> float:
        """Give the time of a line, counted from 1."""
        return self._times[line - 1]

    def last_at(self, at: float) -> int:
        """Give the number of the last line at or before `at`; 0 where there is none."""
        return bisect_right(self._times, at)

    def between(self, first: int, last: int) -> Iterator[Record]:
        """Give the records of the lines from `first` to `last`, both included.

        What only a later pithead knows is left out.
        """
        for line in range(max(first, 1), min(last, len(self)) + 1):
            page, place = divmod(line - 1, PAGE_LINES)
            record = self._records(page)[place]
            if record is not None:
                yield record

    def seen(self, line: int, count: int) -> list[Seen]:
        """Give the last so many samples of the lines up to this one."""
        found: list[Seen] = []
        while len(found) < count and line > 0:
            page = (line - 1) // PAGE_LINES
            records = self._records(page)[: line - page * PAGE_LINES]
            found = [*_samples(records), *found]
            line = page * PAGE_LINES
        return found[len(found) - count :]

    def _read(self, page: int) -> list[Record | None]:
        lines = enumerate(self.store.page(page), start=page * PAGE_LINES + 1)
        return [self._record(line, number) for number, line in lines]

    def _record(self, line: bytes, number: int) -> Record | None:
        record = decode_at(line, number, name=self._name)
        if record.at != self._times[number - 1]:
            raise JournalError(
                f"{self._name}:{number}: this record has another time than the recording's directory says"
            )
        return record if isinstance(record, Record) else None


def _samples(records: Iterable[Record | None]) -> Iterator[Seen]:
    for record in records:
        if record is not None and isinstance(record.event, SampleTaken):
            yield Seen(at=record.at, sample=record.event.sample)


def pages_of(lines: Iterable[JournalLine], *, name: str) -> Pages:
    """Put the whole lines of a journal into a store.

    Raises JournalError where one is too long or no record, or out of order.
    """
    store, times = TextLineStore(), array("d")
    events: list[tuple[int, Record]] = []
    last_n = 0
    torn_bytes = later = 0
    for number, line in enumerate(lines, start=1):
        if line.too_long:
            raise JournalError(f"{name}:{number}: this line is longer than {LONGEST_LINE_BYTES} bytes")
        if not line.whole:
            torn_bytes = len(line.data)
            break
        head = _head_of(line.data, number, name=name)
        if isinstance(head, Record):
            events.append((number, head))
        later += isinstance(head, Later)
        if head.n <= last_n:
            raise JournalError(f"{name}:{number}: record {head.n} stands behind record {last_n}")
        if times and head.at < times[-1]:
            raise JournalError(f"{name}:{number}: this record is older than the one before it")
        last_n = head.n
        times.append(head.at)
        store.put(line.data)
    return Pages(store, times, events, name=name, torn_bytes=torn_bytes, later=later)


def decode_at(line: bytes, number: int, *, name: str) -> Record | Later:
    """Read a line; raises JournalError with its place."""
    try:
        return decode(line)
    except JournalError as error:
        raise JournalError(f"{name}:{number}: {error}", hint=error.hint) from error


def _head_of(line: bytes, number: int, *, name: str) -> _Head | Record | Later:
    """Read as much of a line as is needed: a sample is read whole only when it is looked at."""
    if _SAMPLE in line[:_SAMPLE_WITHIN]:
        try:
            return _head(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # reading it whole gives the reason in words
    return decode_at(line, number, name=name)
