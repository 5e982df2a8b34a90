"""The reading end of a journal that may still grow.

A line counts from its newline on: a crash can tear only the last one, and a torn line is left out.
Where the file was cut, or another one is in its place, what it has of later records is read from its first
line on: the worker makes such a file anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from console.errors import JournalError
from console.journal.chain import Chain, ChainState, Head, head_of, seam_of
from console.journal.checkpoint import Place
from console.journal.decode import Later, decode
from console.journal.harm import SEAM_BYTES
from console.journal.lines import LONGEST_LINE_BYTES, JournalLine, lines_of, pieces_of
from console.plan.literal import literal
from console.private import open_file
from console.release.events import Record, ReleaseOpened, SampleTaken

AT_A_TIME = 400
"""Records that are read, folded and let go together: about a megabyte, and 50 ms of a screen's time."""
BEGINNING = Place()
_LONGEST_PATH = 400
_SAMPLE = SampleTaken.__struct_config__.tag


class Tail:
    """Reads on from where it was; what it gives is checked, in order, and each record once."""

    def __init__(self, path: Path, *, after: Place = BEGINNING, samples: bool = True) -> None:
        """Read on behind a place, for instance a checkpoint's; without `samples` ticks are passed over."""
        self._path = path
        self._samples = samples
        self._offset = after.whole_bytes
        self._line = after.chain.lines
        self._chain = Chain(after.chain, number=after.n)
        self._last = (after.n, after.at)
        self.later = 0
        """How many events were left out because only a later pithead knows them."""
        self._seam = seam_of(after.chain)
        """What stands before the place in the file that was read so far."""
        self._inode: int | None = None
        self._given = 0
        """The number of the last record that another file has given already."""

    @property
    def chain(self) -> ChainState:
        """What the hash chain says of all that was read."""
        return self._chain.state

    @property
    def place(self) -> Place:
        """Behind the last whole line that was read."""
        n, at = self._last
        return Place(n=n, at=at, whole_bytes=self._offset, chain=self._chain.state)

    def poll(self, *, most: int | None = None) -> list[Record]:
        """Give the records that were completed since the last call; none where the file is not there yet.

        `most` bounds how many come at once: a week's take a third of a gigabyte.
        """
        try:
            there = self._path.stat()
            if there.st_size == self._offset and there.st_ino == self._inode:
                return []
            with open_file(self._path) as file:
                if not self._goes_on(file) and not self._begins_again(file):
                    return []
                self._inode = there.st_ino
                file.seek(self._offset)
                return list(islice(self._records(file), most))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"the journal {_shown(self._path)} can't be read: {error.strerror}") from error

    def _goes_on(self, file: BinaryIO) -> bool:
        """Whether the file still has what was read last, where it was read."""
        file.seek(self._offset - len(self._seam))
        return file.read(len(self._seam)) == self._seam

    def _begins_again(self, file: BinaryIO) -> bool:
        """Go to the beginning of another file, if it is a journal: what is put there in between is none."""
        file.seek(0)
        first = file.readline(LONGEST_LINE_BYTES)
        try:
            decode(first.rstrip(b"\n"))
        except JournalError:
            return False
        self._given = max(self._given, self._last[0])
        self._offset, self._line, self._chain, self._last, self._seam = 0, 0, Chain(), (0, 0.0), b""
        return True

    def _records(self, file: BinaryIO) -> Iterator[Record]:
        for line in lines_of(pieces_of(file)):
            if line.too_long:
                raise self._error(f"this line is longer than {LONGEST_LINE_BYTES} bytes", at=self._line + 1)
            if not line.whole:
                return
            record = self._taken(line)
            if record is not None:
                yield record

    def _taken(self, line: JournalLine) -> Record | None:
        self._offset += len(line.data) + 1
        self._line += 1
        self._seam = line.data[1 - SEAM_BYTES :] + b"\n"
        self._chain.take(line.data)
        try:
            record = self._passed_over(line.data) or decode(line.data)
        except JournalError as error:
            raise self._error(str(error), at=self._line, hint=error.hint) from error
        self._keep_order(record)
        if isinstance(record, Head) or record.n <= self._given:
            return None
        if self._given and isinstance(record, Record) and isinstance(record.event, ReleaseOpened):
            return None  # who has read the former file knows the release
        if isinstance(record, Later):
            self.later += 1
            return None
        return record

    def _passed_over(self, line: bytes) -> Head | None:
        head = None if self._samples else head_of(line)
        return head if head is not None and head.kind == _SAMPLE else None

    def _keep_order(self, record: Record | Later | Head) -> None:
        n, at = self._last
        if record.n <= n:
            raise self._error(f"record {record.n} stands behind record {n}", at=self._line)
        if record.at < at:
            raise self._error("this record is older than the one before it", at=self._line)
        self._last = (record.n, record.at)

    def _error(self, words: str, *, at: int, hint: str = "") -> JournalError:
        return JournalError(f"{_shown(self._path)}:{at}: {words}", hint=hint)


def read_journal(path: Path) -> list[Record]:
    """Read a whole journal; raises JournalError where it is absent or empty, or a line is no record."""
    if not path.is_file():
        raise JournalError(f"there is no journal at {_shown(path)}")
    records = Tail(path).poll()
    if not records:
        raise JournalError(f"the journal {_shown(path)} is empty")
    return records


def _shown(path: Path) -> str:
    return literal(str(path), longest=_LONGEST_PATH)
