"""A recording: one release's journal, opened to be looked at, at any instant. Nothing here can write."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from console.errors import JournalError
from console.journal.chain import state_of
from console.journal.verify import Findings, number_of
from console.release import events as ev
from console.release.state import Release
from console.replay.budget import within
from console.replay.checkpoints import Checkpoints
from console.replay.event_index import IndexedEvent, StageSpan, event_index_of
from console.replay.packed import pack
from console.replay.pages import Pages
from console.replay.source import name_of, read_pages
from console.replay.steps import STEP_S, Step, neighbour

SLICE_LINES = 16
"""So many lines are folded between two looks at the clock."""


def open_recording(path: str) -> Recording:
    """Open a recording: a journal, also within gzip or zstd, or a packed one; `-` is standard input.

    Raises JournalError where it can't be read, a line is no record, or the first does not open a release.
    """
    pages, name = read_pages(path), name_of(path)
    if not _opens_a_release(pages):
        raise JournalError(
            f"the recording {name} does not begin with the opening of a release",
            hint="its first lines are lost, or this is not a journal of pithead",
        )
    return Recording(pages, path=path, name=name)


def _opens_a_release(pages: Pages) -> bool:
    first = next(iter(pages.events), None)
    return first is not None and first[0] == 1 and isinstance(first[1].event, ev.ReleaseOpened)


class Recording:
    """One release from its first record to its last.

    The state at an instant is the fold of all records up to it. Where that is far from what has been folded
    so far, it takes its time: `grow` folds ahead in slices, and `reaches` says how far it has come.
    """

    def __init__(self, pages: Pages, *, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self._pages = pages
        self._checkpoints = Checkpoints(pages)
        self._index = event_index_of(pages.events)

    def __len__(self) -> int:
        """Count the lines: one a record."""
        return len(self._pages)

    @property
    def later(self) -> int:
        """Count the records that only a later pithead can read: they are left out."""
        return self._pages.later

    @property
    def first_at(self) -> float:
        """When the first record was written, epoch seconds."""
        return self._pages.time_of(1)

    @property
    def last_at(self) -> float:
        """When the last record was written."""
        return self._pages.time_of(len(self._pages))

    @property
    def events(self) -> tuple[IndexedEvent, ...]:
        """Every event that is no sample."""
        return self._index.events

    @property
    def spans(self) -> tuple[StageSpan, ...]:
        """The stages along the track, each until the next begins."""
        return self._index.spans

    # -- states -----------------------------------------------------------------------------------------

    def at(self, at: float) -> Release | None:
        """Give the state at that time; None before the first record."""
        return self.at_line(self.line_of(at))

    def at_line(self, line: int) -> Release | None:
        """Give the state after that line, counted from 1."""
        return self._checkpoints.at(min(line, len(self)))

    def line_of(self, at: float) -> int:
        """Give the number of the last line at or before that time; 0 before the first."""
        return self._pages.last_at(at)

    def records(self, first: int, last: int) -> list[ev.Record]:
        """Give the records of the lines from `first` to `last`, both included."""
        return list(self._pages.between(first, last))

    def all_records(self) -> tuple[ev.Record, ...]:
        """Give every record at once, for what looks at the whole release; a week's take a gigabyte."""
        return tuple(self._pages.between(1, len(self)))

    def passing(self) -> Iterator[ev.Record]:
        """Give every record as it is come to, for what goes through the release once and lets go."""
        return self._pages.between(1, len(self))

    def lines(self) -> Iterator[bytes]:
        """Give the journal's lines as they were written, without their newlines."""
        return self._pages.store.sealed()

    @cached_property
    def findings(self) -> Findings:
        """What the hash chain says of all lines; a long recording takes a while to hash."""
        return Findings(
            chain=state_of(self.lines()),
            torn_bytes=self._pages.torn_bytes,
            first=number_of(next(self.lines(), b"")),
            later=self.later,
        )

    def packed(self) -> Iterator[bytes]:
        """Give the recording in its packed form, piece by piece: a file that `open_recording` opens."""
        return pack(self._pages)

    # -- folding ahead ----------------------------------------------------------------------------------

    @property
    def progress(self) -> float:
        """How much of the recording has been folded, 0..1; at 1 every state is near."""
        return self._checkpoints.folded / len(self)

    def reaches(self, at: float) -> bool:
        """Whether the state at that time is near what has been folded, and so comes at once."""
        return self.line_of(at) <= self._checkpoints.folded

    def grow(self, budget_s: float) -> bool:
        """Fold ahead for about so long; says whether all is done."""
        for _ in within(budget_s):
            if self.progress >= 1:
                break
            self._checkpoints.fold_on(SLICE_LINES)
        return self.progress >= 1

    # -- steps ------------------------------------------------------------------------------------------

    def step(self, at: float, by: Step, *, direction: int) -> float:
        """Give the time one step after `at`, or before it where `direction` is -1; never off the track."""
        if by is Step.TICK:
            return self._tick(at, direction)
        if by in STEP_S:
            return min(max(at + direction * STEP_S[by], self.first_at), self.last_at)
        target = neighbour(self._targets[by], at, direction=direction)
        return target if target is not None else at

    def _tick(self, at: float, direction: int) -> float:
        """Go to the next record that is a sample."""
        here = self.line_of(at)
        lines = range(here + 1, len(self) + 1) if direction > 0 else range(here, 0, -1)
        for line in lines:
            for record in self.records(line, line):
                if isinstance(record.event, ev.SampleTaken) and (direction > 0 or record.at < at):
                    return record.at
        return at

    @cached_property
    def _targets(self) -> dict[Step, list[float]]:
        return {
            Step.EVENT: [each.at for each in self.events],
            Step.STAGE: [span.begin_at for span in self.spans],
            Step.VERDICT: [each.at for each in self.events if isinstance(each.event, ev.GuardTurned)],
        }
