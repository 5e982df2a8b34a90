"""What the screen paints from at one instant, and the story that gives it: records folded, nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from console.policy.explain import explain
from console.policy.headline import Line, Word, headline
from console.release import events as ev
from console.release.felt import longest_window_s
from console.release.fold import fold
from console.release.state import Phase, Release
from screens.event_log import Entry, EventLog, Mark
from screens.glyphs import Glyphs
from screens.sample_columns import SampleColumns
from screens.silence import STALE_TICKS, death_in_words, is_silent, silence_in_words

FIRST_RECORD = "the worker's first record"
"""What a screen waits for unless it is told otherwise."""


class ViewState(Struct, frozen=True, kw_only=True):
    """One instant of one release, as a person may see it."""

    release: Release | None
    """None before the first record has come."""
    line: Line
    now: float
    """Epoch seconds; once the release has ended, the time of its end."""
    samples: SampleColumns
    entries: Sequence[Entry]
    marks: Sequence[Mark]
    glyphs: Glyphs
    read_only: bool
    data_age_s: float | None
    """How old the newest evidence is; None before the first."""
    worker_age_s: float | None
    """How long the worker has said nothing; None once it need not speak."""
    message: str = ""
    message_bad: bool = False
    behind: str = ""
    """How much has come that is not folded yet, in words: a long journal is read in pieces."""
    replayed: bool = False
    """Whether this is the past, played back."""
    dead: bool = False
    """Whether the release should go on and nobody drives it."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.release is not None and self.release.phase is Phase.ENDED

    @property
    def verdicts_age_s(self) -> float | None:
        """How old the verdicts are where that is more than three ticks; None where they are of now."""
        release = self.release
        if release is None or release.tick_at is None:
            return None
        age_s = self.now - release.tick_at
        return age_s if self.is_stale(age_s) else None

    @property
    def stale(self) -> bool:
        """Whether the numbers are too old to be trusted."""
        return self.is_stale(self.data_age_s) or self.is_stale(self.worker_age_s)

    def is_stale(self, age_s: float | None) -> bool:
        """Whether an age is beyond what ticks explain."""
        if self.release is None or age_s is None or self.ended:
            return False
        return age_s > STALE_TICKS * self.release.plan.interval_s


class Story:
    """A release as it has been told so far."""

    def __init__(
        self, *, waiting_for: str = FIRST_RECORD, release: Release | None = None, last_at: float | None = None
    ) -> None:
        """Begin with the first record, or with a release whose last record was written at `last_at`."""
        self.release = release
        self._waiting_for = waiting_for
        self._samples = SampleColumns()
        self._log = EventLog()
        self._last_at = last_at

    def take(self, records: Iterable[ev.Record]) -> bool:
        """Fold the records; say whether one of them should be seen at once."""
        pressing = False
        for record in records:
            pressing |= not isinstance(record.event, ev.SampleTaken)
            self._take(record)
        return pressing

    def _take(self, record: ev.Record) -> None:
        self.release = release = fold(self.release, record)
        self._last_at = record.at
        self._log.add(record, release)
        if isinstance(record.event, ev.SampleTaken):
            self._samples.add(record.at, record.event.sample, keep_s=longest_window_s(release.plan))

    def view_state(
        self,
        *,
        now: float,
        glyphs: Glyphs,
        read_only: bool,
        message: str = "",
        message_bad: bool = False,
        behind: str = "",
        dead: bool = False,
        told: Line | None = None,
    ) -> ViewState:
        """Give the state of this instant; `told` is what the worker says where its journal is silent."""
        release = self.release
        until = release.end.at if release is not None and release.end is not None else now
        return ViewState(
            release=release,
            line=self._line(until, behind=behind, dead=dead, told=told, read_only=read_only),
            now=until,
            samples=self._samples,
            entries=self._log.entries,
            marks=self._log.marks,
            glyphs=glyphs,
            read_only=read_only,
            data_age_s=data_age_s(release, self._samples, now=until),
            worker_age_s=worker_age_s(release, self._last_at, now=until),
            message=message,
            message_bad=message_bad,
            behind=behind,
            dead=dead,
        )

    def is_silent(self, *, now: float) -> bool:
        """Whether the worker of a release under way has put nothing on record for too long."""
        release = self.release
        return release is not None and is_silent(release, last_at=self.last_at, now=now)

    def _line(self, now: float, *, behind: str, dead: bool, told: Line | None, read_only: bool) -> Line:
        release = self.release
        if release is None:
            return headline(Word.LOOKING, f"waiting for {self._waiting_for}")
        if dead:
            return death_in_words(release, since=self.last_at, here=not read_only)
        if behind:
            return headline(Word.LOOKING, f"reading the journal: {behind}")
        if self.is_silent(now=now):
            return told or silence_in_words(release, age_s=now - self.last_at, here=not read_only)
        return explain(release, now=now)

    @property
    def last_at(self) -> float:
        """When the last record was written; 0 before the first."""
        return self._last_at or 0.0


def data_age_s(release: Release | None, samples: SampleColumns, *, now: float) -> float | None:
    """How old the newest evidence is; None before the first."""
    if release is None or release.seen_at is None:
        return None
    return max(0.0, now - release.seen_at + samples.data_age_s)


def worker_age_s(release: Release | None, last_at: float | None, *, now: float) -> float | None:
    """How long the worker has said nothing since its record at `last_at`; None once it need not speak."""
    if last_at is None or release is None or release.end is not None:
        return None
    return max(0.0, now - last_at)
