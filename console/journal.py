"""The record on disk: JSON Lines, appended by one worker and read by anyone who may read the folder.

A line counts from its newline on: a crash can tear only the last one, and a torn line is dropped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from console.errors import JournalError
from console.release.events import FORMAT, Record, ReleaseOpened

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Record)


class Journal:
    """The writing end: created once, never rewritten."""

    def __init__(self, path: Path) -> None:
        """Create the journal; raises JournalError where there is one already, or none can be made."""
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise JournalError(f"the journal {path} can't be made: {error.strerror}") from error
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def last(self) -> int:
        """The number of the last record; 0 in an empty journal."""
        return self._last

    def append(self, record: Record) -> None:
        """Hand one record to the system: it survives this process, and after `sync` the machine."""
        try:
            os.write(self._fd, _encode(record) + b"\n")
        except OSError as error:
            raise JournalError(f"the journal can't be written: {error.strerror}") from error
        self._last = record.n

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise JournalError(f"the journal can't be written: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


class Tail:
    """The reading end of a journal that may still grow."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._line = 0

    def poll(self) -> list[Record]:
        """Give the records that were completed since the last call; none where the file is not there yet."""
        try:
            if self._path.stat().st_size == self._offset:
                return []
            with self._path.open("rb") as file:
                file.seek(self._offset)
                fresh = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"the journal {self._path} can't be read: {error.strerror}") from error
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(whole)
        return list(self._records(whole))

    def _records(self, lines: bytes) -> Iterator[Record]:
        for line in lines.splitlines():
            self._line += 1
            yield _record(line, path=self._path, number=self._line)


def read_journal(path: Path) -> list[Record]:
    """Read a whole journal; raises JournalError where it is absent or empty, or a line is no record."""
    if not path.is_file():
        raise JournalError(f"there is no journal at {path}")
    records = Tail(path).poll()
    if not records:
        raise JournalError(f"the journal {path} is empty")
    return records


def _record(line: bytes, *, path: Path, number: int) -> Record:
    try:
        record = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JournalError(f"{path}:{number}: this line is no record of a release: {error}") from error
    event = record.event
    if isinstance(event, ReleaseOpened) and event.format > FORMAT:
        raise JournalError(
            f"{path}:{number}: the journal has format {event.format}, this pithead reads up to {FORMAT}",
            hint=f"read it with pithead {event.pithead} or later",
        )
    return record
