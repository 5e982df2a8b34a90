"""A journal's two ends, read without what lies between them: as fast at the age of a week as at once.

What lies between may be damaged without this showing here.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from console.errors import JournalError
from console.journal.chain import ChainState, unseal
from console.journal.checkpoint import Place
from console.journal.decode import decode
from console.journal.lines import LONGEST_LINE_BYTES
from console.private import open_file
from console.release.events import Record, ReleaseEnded, ReleaseOpened

END_BYTES = 256 * 2**10
"""So much of the end is read. Behind a release's end stand a few records of messages, 1 KB each at most."""


class Ends(Struct, frozen=True, kw_only=True):
    """How a journal begins and ends."""

    opened_at: float
    begun_by: str
    """The version of pithead that began the release."""
    place: Place
    """Behind its last whole line. Its lines are not counted."""
    torn_bytes: int
    ended: ReleaseEnded | None = None
    """How the release ended; None where it goes on."""


def ends_of(path: Path) -> Ends:
    """Read both ends; raises JournalError where one of them is not as a worker leaves it."""
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            first = file.readline(LONGEST_LINE_BYTES)
            file.seek(max(0, size - END_BYTES))
            end = file.read()
    except OSError as error:
        raise JournalError(f"the journal {path} can't be read: {error.strerror}") from error
    whole, newline, torn = end.rpartition(b"\n")
    lines = whole.split(b"\n")
    if not newline or not lines[-1]:
        raise JournalError("the journal's last line is no record of a release")
    opened_at, opened = _opened(first)
    return Ends(
        opened_at=opened_at,
        begun_by=opened.pithead,
        place=_place(lines[-1], whole_bytes=size - len(torn)),
        torn_bytes=len(torn),
        ended=_ended(lines),
    )


def _opened(line: bytes) -> tuple[float, ReleaseOpened]:
    record = decode(line[:-1]) if line.endswith(b"\n") else None
    if not isinstance(record, Record) or not isinstance(record.event, ReleaseOpened):
        raise JournalError("the journal does not begin with the opening of a release")
    return record.at, record.event


def _place(last: bytes, *, whole_bytes: int) -> Place:
    _, link = unseal(last)
    if link is None:
        raise JournalError("the journal's last line carries no hash")
    record = decode(last)
    return Place(n=record.n, at=record.at, whole_bytes=whole_bytes, chain=ChainState(sealed=1, end=link))


def _ended(lines: list[bytes]) -> ReleaseEnded | None:
    # A quotation mark within a text is escaped: no reason that a person gives can look like this.
    found = [line for line in lines if b'"event":{"kind":"release_ended"' in line]
    record = decode(found[0]) if found else None
    event = record.event if isinstance(record, Record) else None
    return event if isinstance(event, ReleaseEnded) else None
