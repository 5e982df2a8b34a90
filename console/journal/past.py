"""What stands in a journal that a worker left behind, so that another one can go on with it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from console.errors import JournalError
from console.journal.tail import Tail
from console.release.events import Record, ReleaseEnded


class Past(Struct, frozen=True, kw_only=True):
    """The records so far, and where the next line goes."""

    records: tuple[Record, ...]
    end: str
    """The chain's end."""
    whole_bytes: int
    torn_bytes: int
    """What a crash left of a line behind the last whole one."""

    @property
    def last(self) -> int:
        """The number of the last record; 0 where there is none."""
        return self.records[-1].n if self.records else 0

    @property
    def last_at(self) -> float:
        """When the last record was written; 0 where there is none."""
        return self.records[-1].at if self.records else 0.0

    @property
    def ended(self) -> ReleaseEnded | None:
        """How the release ended; None where it goes on."""
        ends = (record.event for record in self.records if isinstance(record.event, ReleaseEnded))
        return next(ends, None)


def read_past(path: Path) -> Past:
    """Read the journal at `path`; raises JournalError where nobody can go on with it."""
    tail = Tail(path)
    records = tuple(tail.poll())
    if tail.later:
        raise JournalError("a later pithead wrote to this journal", hint="go on with that version")
    if tail.chain.breaks:
        raise JournalError("the journal is not as it was written", hint=f"pithead verify {path}")
    return Past(
        records=records,
        end=tail.chain.end,
        whole_bytes=tail.whole_bytes,
        torn_bytes=path.stat().st_size - tail.whole_bytes,
    )
