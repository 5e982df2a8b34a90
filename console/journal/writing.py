"""The writing end of a journal: one worker appends to it, and no whole line in it is ever rewritten.

A disk that takes nothing is no error here: the lines are kept in memory, `trouble` says why, and each try
begins where the last whole line ends, so that no half line is ever followed by another.

Before each try the file is compared with what was written. Where its content is whole and the file is not in
its place, it is made anew from what is open; where the content was cut, `lost` says so, and whoever knows the
release's state begins the journal anew.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from console.errors import JournalError
from console.journal.aside import set_aside
from console.journal.chain import ChainState, seal, seam_of
from console.journal.checkpoint import Place, keep_checkpoint
from console.journal.harm import SEAM_BYTES, harm_to
from console.journal.past import Past
from console.private import open_private, private_folder
from console.release.events import JournalRestored, Record, ReleaseEnded

_encode = msgspec.json.Encoder().encode

MOST_KEPT = 20_000
"""With so many lines in memory, about 20 MB, `overfull` asks to write only what must be."""
_PIECE_BYTES = 2**20
NO_FILE = -1
"""In the place of a descriptor."""


class Journal:
    """Appends one line a record; those that are not known to be on the disk are kept until they are."""

    def __init__(self, path: Path, *, past: Past | None = None, can_wait: bool = False) -> None:
        """Create the journal, or go on behind its past; raises JournalError where that can't be done.

        One that `can_wait` raises nothing: its lines wait in memory until its file can be had.
        """
        self._path = path
        self._past = past
        place = past.place if past else Place()
        self.last, self._last_at = place.n, place.at
        """The number of the last record, 0 in an empty journal, and its time."""
        self._chain = place.chain
        self._end = place.chain.end
        self._safe_bytes = place.whole_bytes
        self._size = self._safe_bytes
        self.safe = 0
        """How many lines are known to be on the disk."""
        self._ended = False
        self._kept: list[bytes] = []
        self._handed = 0
        self._torn = False
        self._trouble = ""
        self.lost = ""
        """What was done to the file such that its lines are lost; empty while they are there."""
        self._restored: JournalRestored | None = None
        self._safe_seam = seam_of(place.chain)
        self._first = 0
        """How many lines were appended before the first one of this file."""
        self._carried = 0
        """Up to this line all is known once this one is safe: it carries the state behind them."""
        self._fd = NO_FILE
        try:
            self._open()
        except OSError as error:
            if not can_wait:
                done = "written" if past else "made"
                raise JournalError(f"the journal {path} can't be {done}: {error.strerror}") from error
            self._trouble = _in_words(error)

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
    def trouble(self) -> str:
        """Why records are only in memory; empty while the disk takes them."""
        return self._trouble or self.lost

    @property
    def overfull(self) -> bool:
        """Whether so much waits for the disk that only what must be should be added."""
        return len(self._kept) > MOST_KEPT

    @property
    def appended(self) -> int:
        """How many lines were appended by this journal, on the disk or not."""
        return self.safe + len(self._kept)

    @property
    def handed(self) -> int:
        """How many of them the system has taken: they survive this process, and after `flush` the machine."""
        return self.safe + self._handed

    @property
    def place(self) -> Place | None:
        """Behind the last record; None while records wait in memory, where no reader finds them."""
        if self.trouble or self._handed < len(self._kept):
            return None
        lines = self._chain.lines + self.appended - self._first
        ended = self._chain.ended or self._ended
        sealed = self._chain.sealed + self.appended - self._first
        chain = ChainState(lines=lines, sealed=sealed, end=self._end, ended=ended)
        return Place(n=self.last, at=self._last_at, whole_bytes=self._size, chain=chain)

    def append(self, record: Record) -> None:
        """Hand one record to the system, behind all that waits."""
        line, self._end = seal(_encode(record), self._end)
        self._kept.append(line + b"\n")
        self.last, self._last_at = record.n, record.at
        self._ended |= isinstance(record.event, ReleaseEnded)
        if not self._trouble:
            self.hand_over()

    def hand_over(self) -> None:
        """Hand all that waits to the system, as far as it takes it; never waits for the disk."""
        try:
            if self._fd == NO_FILE:
                self._open()
            self._mend()
            self._cut()
            while self._handed < len(self._kept) and not self.lost:
                self._write(self._kept[self._handed])
        except OSError as error:
            self._trouble = _in_words(error)

    def flush(self) -> None:
        """Wait until all that was handed over is on the disk; raises OSError. To be called off the loop.

        Nothing but the disk is touched: `is_safe` or `is_not_safe` takes up what came of it. A file that is
        not in its place any more is found by the next `hand_over`.
        """
        if self._fd == NO_FILE:
            raise FileNotFoundError(errno.ENOENT, "it has no file yet")
        os.fsync(self._fd)
        if not os.path.samestat(os.fstat(self._fd), self._path.lstat()):
            raise FileNotFoundError(errno.ENOENT, "another file has taken its place")

    def keep(self, checkpoint: bytes) -> None:
        """Keep a checkpoint beside the journal. To be called off the loop.

        One that can't be kept is no trouble: without it reading takes longer.
        """
        with suppress(OSError):
            keep_checkpoint(self._path, checkpoint)

    def is_safe(self, handed: int) -> None:
        """Take note that the lines up to the `handed`th are on the disk."""
        fresh = handed - self.safe
        if handed < self._carried or fresh <= 0:
            return  # it was a flush of the file before this one
        self._safe_bytes += sum(map(len, self._kept[:fresh]))
        self._safe_seam = self._kept[fresh - 1][-SEAM_BYTES:]
        del self._kept[:fresh]
        self._handed -= fresh
        self.safe = handed
        if not self._kept:
            self._trouble = ""

    def is_not_safe(self, error: OSError) -> None:
        """Take note that a flush failed: nobody knows what of it is on the disk, so all is written again."""
        if isinstance(error, FileNotFoundError) and self._fd != NO_FILE:
            return  # the file that is open is whole, and is put back
        self._trouble = _in_words(error)
        self._handed, self._size, self._torn = 0, self._safe_bytes, True

    def restored(self) -> JournalRestored | None:
        """Give once what was mended of the file; None where nothing had to be."""
        restored, self._restored = self._restored, None
        return restored

    def begin_anew(self, first: Record) -> JournalRestored:
        """Begin another file in the place of one whose lines are lost, with `first`, which opens it.

        Gives the record that is to be appended next, without the state that it is to carry. Raises OSError.
        """
        kept = set_aside(self._path)
        private_folder(self._path.parent)
        fd = open_private(self._path, _CREATE)
        self.close()
        self._fd = fd
        # Their content is carried over: what waits to be safe is the line that carries it.
        self._kept = [b""] * len(self._kept)
        self._handed = len(self._kept)
        self._size, self._safe_bytes, self._torn = 0, 0, False
        self._end, self._safe_seam, self._chain = "", b"", ChainState()
        self._first = self.appended
        self._carried = self.appended + 2
        restored = JournalRestored(trouble=self.lost, kept=kept, lost=self.last)
        self.lost = self._trouble = ""
        self.append(first)
        return restored

    def close(self) -> None:
        """Let go of the file."""
        if self._fd != NO_FILE:
            os.close(self._fd)

    def _open(self) -> None:
        fd = open_private(self._path, _GO_ON if self._past else _CREATE)
        try:
            os.ftruncate(fd, self._size)
        except OSError:
            os.close(fd)
            raise
        self._fd = fd

    def _write(self, line: bytes) -> None:
        """Write one line, or leave a mark that a part of it has to be cut away."""
        self._torn = True
        left = line
        while left:
            left = left[os.write(self._fd, left) :]
        self._torn = False
        self._handed += 1
        self._size += len(line)

    def _cut(self) -> None:
        if self._torn:
            # Only ever shorter: a file that somebody cut would be stretched with zeros.
            os.ftruncate(self._fd, min(self._size, os.fstat(self._fd).st_size))
            self._torn = False

    @property
    def _seam(self) -> bytes:
        """The end of the last line that the system has taken."""
        return self._kept[self._handed - 1][-SEAM_BYTES:] if self._handed else self._safe_seam

    def _mend(self) -> None:
        """Put the file back where it is not as it was left, or take note that its lines are lost."""
        harm = harm_to(self._fd, self._path, size=self._size, seam=self._seam, torn=self._torn)
        if harm is None:
            return
        if not harm.whole:
            self.lost = harm.words
            return
        kept = set_aside(self._path)
        self._bring_back()
        self._restored = JournalRestored(trouble=harm.words, kept=kept)

    def _bring_back(self) -> None:
        """Make the file anew: the system keeps its content for as long as it is open."""
        private_folder(self._path.parent)
        copy = open_private(self._path, _CREATE)
        try:
            for at in range(0, self._size, _PIECE_BYTES):
                _write_all(copy, os.pread(self._fd, min(_PIECE_BYTES, self._size - at), at))
            os.dup2(copy, self._fd, inheritable=False)
        except OSError:
            self._path.unlink(missing_ok=True)
            raise
        finally:
            os.close(copy)
        self._torn = False


_GO_ON = os.O_RDWR | os.O_APPEND
_CREATE = _GO_ON | os.O_CREAT | os.O_EXCL


def _write_all(to: int, data: bytes) -> None:
    while data:
        data = data[os.write(to, data) :]


def _in_words(error: OSError) -> str:
    return error.strerror or type(error).__name__
