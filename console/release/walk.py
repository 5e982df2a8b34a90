"""A journal with the state before and after each record: folded once, and watched by all who tell of it.

A release of a week has a state a tick, a gigabyte of them: they pass by one at a time. A reader that needs
more than one keeps what it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from console.release.events import Record
from console.release.fold import fold
from console.release.state import Release


class Step(NamedTuple):
    """One record, and the release around it."""

    record: Record
    before: Release | None
    """None before the first record."""
    release: Release
    """After the record."""


def walk(records: Iterable[Record]) -> Iterator[Step]:
    """Fold a journal and yield each step as it comes; raises `JournalError` as `fold` does."""
    # One pass for all readers: each that folded for itself would read a week's journal once more.
    before: Release | None = None
    for record in records:
        release = fold(before, record)
        yield Step(record, before, release)
        before = release
