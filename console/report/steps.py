"""A journal with the state after each record: folded once, and read by all who tell of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from console.release.events import Record
from console.release.fold import fold
from console.release.state import Release


class Step(NamedTuple):
    """One record, and the release after it."""

    record: Record
    release: Release


def steps_of(records: Iterable[Record]) -> list[Step]:
    """Fold a journal and keep every state: they share what does not change."""
    steps = []
    release: Release | None = None
    for record in records:
        release = fold(release, record)
        steps.append(Step(record, release))
    return steps
