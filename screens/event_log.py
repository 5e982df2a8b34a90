"""The records of a release as lines to read and marks to see; samples are left to the charts."""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from console.policy.told import record_in_words
from console.release import events as ev
from console.release.state import Release
from screens.signs import ink_of, sign_of
from themes.ink import Ink

MOST_ENTRIES = 2000
MOST_MARKS = 500


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the log."""

    at: float
    text: str
    ink: Ink


class Mark(Struct, frozen=True, kw_only=True):
    """One sign on the timeline."""

    at: float
    sign: str
    ink: Ink


class EventLog:
    """What happened so far, bounded; the beginning is the first to be forgotten."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self.marks: deque[Mark] = deque(maxlen=MOST_MARKS)
        self._blind_because = ""
        self._news = GuardNews()

    def add(self, record: ev.Record, release: Release) -> None:
        """Take up one record; `release` is the state after it."""
        event = record.event
        if isinstance(event, ev.SampleTaken):
            self._add_blindness(record, release)
            return
        entry = Entry(at=record.at, text=record_in_words(event, release), ink=ink_of(event))
        if not self._news.has(event, entry):
            return
        self.entries.append(entry)
        mark = mark_of(record.at, event, release)
        if mark is not None:
            self.marks.append(mark)

    def _add_blindness(self, record: ev.Record, release: Release) -> None:
        """Tell a stretch of blind ticks once when it begins, and once when it ends."""
        now = release.blind_because
        if now and not self._blind_because:
            entry, mark = went_blind(record.at, record_in_words(record.event, release))
            self.entries.append(entry)
            self.marks.append(mark)
        elif self._blind_because and not now:
            self.entries.append(saw_again(record.at))
        self._blind_because = now


class GuardNews:
    """Leaves out what guards say behind the decision to go back, or twice in one look.

    Old journals have the first, which nobody asks any more; several guards of one metric may say the same.
    """

    def __init__(self) -> None:
        self._decided = False
        self._said: frozenset[Entry] = frozenset()
        """What guards have said at the last instant at which one spoke."""

    def has(self, event: ev.AnyEvent, entry: Entry) -> bool:
        """Whether an event belongs in the log; every one but samples is asked about, in order."""
        if not isinstance(event, ev.GuardTurned):
            self._decided |= isinstance(event, ev.RollbackDecided)
            return True
        if self._decided or entry in self._said:
            return False
        self._said = frozenset(each for each in self._said if each.at == entry.at) | {entry}
        return True


def mark_of(at: float, event: ev.AnyEvent, release: Release) -> Mark | None:
    """Give an event's mark on the timeline; None where it has none. `release` is the state after it."""
    if isinstance(event, ev.RouterSeen) and release.drifted:
        return Mark(at=at, sign="!", ink=Ink.BAD)
    sign = sign_of(event)
    return Mark(at=at, sign=sign[0], ink=sign[1]) if sign else None


def went_blind(at: float, words: str) -> tuple[Entry, Mark]:
    """Tell that there is no evidence any more."""
    return Entry(at=at, text=words, ink=Ink.WAIT), Mark(at=at, sign="?", ink=Ink.WAIT)


def saw_again(at: float) -> Entry:
    """Tell that evidence is back."""
    return Entry(at=at, text="evidence is back", ink=Ink.TEXT)
