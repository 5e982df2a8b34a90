"""The writing end of a journal: one worker appends to it, and nothing in it is ever rewritten."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from console.errors import JournalError
from console.journal.chain import seal
from console.release.events import Record

_encode = msgspec.json.Encoder().encode


class Journal:
    """Created once, and appended to."""

    def __init__(self, path: Path) -> None:
        """Create the journal; raises JournalError where there is one already, or none can be made."""
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise JournalError(f"the journal {path} can't be made: {error.strerror}") from error
        self._last = 0
        self._end = ""

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
        line, end = seal(_encode(record), self._end)
        try:
            os.write(self._fd, line + b"\n")
        except OSError as error:
            raise JournalError(f"the journal can't be written: {error.strerror}") from error
        self._last = record.n
        self._end = end

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise JournalError(f"the journal can't be written: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)
