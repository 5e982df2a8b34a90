"""A recording that a person names, read whole: a file, compressed or not, a release, or standard input."""

from __future__ import annotations

from msgspec import Struct

from console.journal.chain import state_of
from console.journal.verify import Findings
from console.release.events import Record
from console.replay.pages import Pages
from console.replay.source import STANDARD_INPUT, name_of, read_lines
from screens.commands.found import journal_path


class Recorded(Struct, frozen=True, kw_only=True):
    """All records, and what the hash chain says of them."""

    records: tuple[Record, ...]
    findings: Findings


def read(recording: str | None) -> Recorded:
    """Read what was named, or the newest release; raises JournalError where it is no recording."""
    path = STANDARD_INPUT if recording == STANDARD_INPUT else str(journal_path(recording))
    lines = list(read_lines(path))
    pages = Pages(lines, name=name_of(path))
    return Recorded(records=tuple(pages.between(1, len(pages))), findings=Findings(chain=state_of(lines)))
