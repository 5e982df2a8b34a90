"""Opens what a person wants to see again: a file, a release of this host, or standard input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from console.claims.moments import Course
from console.journal import read_journal
from console.places import journal_of
from console.release.events import Record, StageEntered
from screens.commands.found import folder_of


def records_of(name: str | None) -> Sequence[Record]:
    """Give all records of a FILE or a RELEASE; without a name those of the newest release."""
    if name is not None and Path(name).is_file():
        return read_journal(Path(name))
    return read_journal(journal_of(folder_of(name)))


def course_of(records: Sequence[Record]) -> Course:
    """Give when the recording begins, ends, and enters its stages."""
    starts = tuple(record.at for record in records if isinstance(record.event, StageEntered))
    return Course(begins_at=records[0].at, ends_at=records[-1].at, stage_starts=starts)
