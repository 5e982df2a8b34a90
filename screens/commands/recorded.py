"""A recording that a person names, read whole: a file, compressed or not, a release, or standard input."""

from __future__ import annotations

from msgspec import Struct

from console.journal.verify import Findings
from console.release.events import Record
from console.replay.recording import open_recording
from console.replay.source import STANDARD_INPUT
from screens.commands.found import journal_path


class Recorded(Struct, frozen=True, kw_only=True):
    """All records, and what the hash chain says of them."""

    records: tuple[Record, ...]
    findings: Findings


def read(recording: str | None) -> Recorded:
    """Read what was named, or the newest release; raises JournalError where it is no recording."""
    path = STANDARD_INPUT if recording == STANDARD_INPUT else str(journal_path(recording))
    opened = open_recording(path)
    return Recorded(records=tuple(opened.records(1, len(opened))), findings=Findings(chain=opened.chain))
