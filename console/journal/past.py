"""How a release stands by its journal, read in bounded memory from its last checkpoint on."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from console.errors import JournalError
from console.journal.checkpoint import Place, checkpoint_of
from console.journal.tail import AT_A_TIME, BEGINNING, Tail
from console.release.fold import fold
from console.release.parts import End
from console.release.state import Release


class Past(Struct, frozen=True, kw_only=True):
    """The release so far, and where the next line goes."""

    release: Release | None
    """None where no record has been written yet."""
    place: Place
    torn_bytes: int
    """What a crash left of a line behind the last whole one."""
    later: int = 0
    """Records that only a later pithead knows, since the checkpoint."""
    folded: bool = True
    """Whether the release is the fold of all records: of it alone a checkpoint is made."""

    @property
    def ended(self) -> End | None:
        """How the release ended; None where it goes on."""
        return self.release.end if self.release is not None else None


def past_of(path: Path) -> Past:
    """Fold the journal at `path` up to now; raises JournalError where that is none."""
    found = checkpoint_of(path)
    tail = Tail(path, after=found.place if found is not None else BEGINNING)
    release = found.release if found is not None else None
    while records := tail.poll(most=AT_A_TIME):
        for record in records:
            release = fold(release, record)
    return Past(
        release=release,
        place=tail.place,
        torn_bytes=_size(path) - tail.place.whole_bytes,
        later=tail.later,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise JournalError(f"the journal {path} can't be read: {error.strerror}") from error


def read_past(path: Path) -> Past:
    """Read the journal at `path` to go on with it; raises JournalError where nobody can."""
    past = past_of(path)
    if past.later:
        raise JournalError("a later pithead wrote to this journal", hint="go on with that version")
    if past.place.chain.breaks:
        raise JournalError("the journal is not as it was written", hint=f"pithead verify {path}")
    return past
