"""The lines of a recording, kept as compressed pages: a day takes a few megabytes of memory."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec
import zstandard
from msgspec import Struct

from console.errors import JournalError
from console.journal.decode import Later, decode
from console.release.events import Record

PAGE_LINES = 128
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
    """All lines of one recording, found by their number or by time."""

    def __init__(self, lines: Iterable[bytes], *, name: str) -> None:
        """Take up the lines; raises JournalError, with the place, where one is no record or out of order."""
        self._name = name
        self._pages: list[bytes] = []
        self._times = array("d")
        self._last_n = 0
        self._pack = zstandard.ZstdCompressor(level=1).compress
        self._unpack = zstandard.ZstdDecompressor().decompress
        self._records = lru_cache(OPEN_PAGES)(self._decoded)
        self.events: list[tuple[int, Record]] = []
        """Every record that is no sample, each with its line's number."""
        self._fill(lines)
        if not self._times:
            raise JournalError(f"the recording {name} is empty")

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

    def raw(self, first: int, last: int) -> Iterator[bytes]:
        """Give the lines from `first` to `last`, both included, as they stand in the journal."""
        for page in range((first - 1) // PAGE_LINES, (min(last, len(self)) - 1) // PAGE_LINES + 1):
            begin = page * PAGE_LINES + 1
            yield from self.page(page)[max(first - begin, 0) : last - begin + 1]

    def page(self, page: int) -> list[bytes]:
        """Give the lines of a page, counted from 0, as they stand in the journal."""
        return self._unpack(self._pages[page]).split(b"\n")

    def _fill(self, lines: Iterable[bytes]) -> None:
        waiting: list[bytes] = []
        for line in lines:
            self._take(line)
            waiting.append(line)
            if len(waiting) == PAGE_LINES:
                self._pages.append(self._pack(b"\n".join(waiting)))
                waiting = []
        if waiting:
            self._pages.append(self._pack(b"\n".join(waiting)))

    def _take(self, line: bytes) -> None:
        number = len(self._times) + 1
        head = self._head_of(line, number)
        if head.n <= self._last_n:
            raise self._error(f"record {head.n} stands behind record {self._last_n}", number)
        if self._times and head.at < self._times[-1]:
            raise self._error("this record is older than the one before it", number)
        self._last_n = head.n
        self._times.append(head.at)

    def _head_of(self, line: bytes, number: int) -> _Head | Record | Later:
        """Read as much of a line as is needed: a sample is read whole only when it is looked at."""
        if _SAMPLE in line[:_SAMPLE_WITHIN]:
            try:
                return _head(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # the whole reading gives the reason in words
        record = self._decode(line, number)
        if isinstance(record, Record):
            self.events.append((number, record))
        return record

    def _decoded(self, page: int) -> list[Record | None]:
        first = page * PAGE_LINES + 1
        found = (self._decode(line, number) for number, line in enumerate(self.page(page), start=first))
        return [record if isinstance(record, Record) else None for record in found]

    def _decode(self, line: bytes, number: int) -> Record | Later:
        try:
            return decode(line)
        except JournalError as error:
            raise self._error(str(error), number, hint=error.hint) from error

    def _error(self, words: str, line: int, *, hint: str = "") -> JournalError:
        return JournalError(f"{self._name}:{line}: {words}", hint=hint)
