"""The recording of a backtest: a journal like any other, in a file of its own."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path

from console.errors import JournalError, UsageError
from console.journal import Journal
from console.private import private_folder
from console.release.events import Record


def keep(records: Iterable[Record], path: Path) -> Path:
    """Write a recording beside those that are there already, and give its path."""
    try:
        private_folder(path.parent)
    except OSError as error:
        raise UsageError(f"{path.parent} can't be made: {error.strerror}") from error
    free = next(each for each in _names(path) if not each.exists())
    with Journal(free) as journal:
        for record in records:
            journal.append(record)
        if journal.trouble:
            raise JournalError(f"the recording {free} can't be written: {journal.trouble}")
    return free


def _names(path: Path) -> Iterable[Path]:
    yield path
    yield from (path.with_stem(f"{path.stem}-{number}") for number in count(2))
