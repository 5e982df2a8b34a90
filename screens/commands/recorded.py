"""A recording that a person names, read whole: a file, compressed or not, a release, or standard input."""

from __future__ import annotations

from msgspec import Struct

from console.journal.verify import Findings
from console.release.events import Record
from screens.replay.opening import recording_of


class Recorded(Struct, frozen=True, kw_only=True):
    """All records, and what the hash chain says of them."""

    records: tuple[Record, ...]
    findings: Findings


def read(recording: str | None) -> Recorded:
    """Read what was named; raises JournalError where it can't be read."""
    opened = recording_of(recording)
    return Recorded(records=tuple(opened.records(1, len(opened))), findings=opened.findings)
