"""The records of a release as lines to read and marks to see; samples are left to the charts."""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from console.judge.reading import Verdict
from console.policy.told import record_in_words
from console.release import events as ev
from console.release.state import Release
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


class Chronicle:
    """What happened so far, bounded; the beginning is the first to be forgotten."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self.marks: deque[Mark] = deque(maxlen=MOST_MARKS)
        self._blind_because = ""

    def add(self, record: ev.Record, release: Release) -> None:
        """Take up one record; `release` is the state after it."""
        event = record.event
        if isinstance(event, ev.SampleTaken):
            self._add_blindness(record, release)
            return
        self.entries.append(Entry(at=record.at, text=record_in_words(event, release), ink=ink_of(event)))
        mark = sign_of(event, release)
        if mark is not None:
            self.marks.append(Mark(at=record.at, sign=mark[0], ink=mark[1]))

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


def went_blind(at: float, words: str) -> tuple[Entry, Mark]:
    """Tell that there is no evidence any more."""
    return Entry(at=at, text=words, ink=Ink.WAIT), Mark(at=at, sign="?", ink=Ink.WAIT)


def saw_again(at: float) -> Entry:
    """Tell that evidence is back."""
    return Entry(at=at, text="evidence is back", ink=Ink.TEXT)


def ink_of(event: ev.AnyEvent) -> Ink:
    """Give the ink of an event's line."""
    match event:
        case ev.GuardTurned(verdict=verdict):
            return _VERDICTS.get(verdict, Ink.WAIT)
        case (
            ev.RouterUnread()
            | ev.RollbackWithheld()
            | ev.WeightAltered()
            | ev.PreflightDone(ok=False)
            | ev.RollbackDecided()
            | ev.RollbackAsked()
        ):
            return Ink.BAD
        case (
            ev.WriteFailed()
            | ev.CommandRefused()
            | ev.Signalled()
            | ev.JournalReplaced()
            | ev.JournalRestored()
        ):
            return Ink.WAIT
        case ev.Paused() | ev.Resumed() | ev.PromotionAsked() | ev.Approved():
            return Ink.STRONG
        case ev.Recovered(still_served=served, troubled=troubled, unseen=unseen) if (
            served or troubled or unseen
        ):
            return Ink.BAD
        case ev.ReleaseEnded() | ev.StageEntered() | ev.RolledBack() | ev.Recovered():
            return Ink.STRONG
        case _:
            return Ink.TEXT


_VERDICTS = {str(Verdict.HEALTHY): Ink.TEXT, str(Verdict.BREACH): Ink.BAD}


def sign_of(event: ev.AnyEvent, release: Release) -> tuple[str, Ink] | None:
    """Give an event's sign on the timeline; None where it has none. `release` is the state after it."""
    match event:
        case ev.PromotionAsked():
            return "P", Ink.STRONG
        case ev.Approved():
            return "A", Ink.STRONG
        case ev.Paused():
            return "H", Ink.WAIT
        case ev.RollbackDecided():
            return "R", Ink.BAD
        case ev.GuardTurned(verdict=Verdict.BREACH):
            return "!", Ink.BAD
        case ev.RollbackWithheld() | ev.WeightAltered():
            return "!", Ink.BAD
        case ev.RouterUnread():
            return "?", Ink.WAIT
        case ev.RouterSeen() if release.drifted:
            return "!", Ink.BAD
        case _:
            return None
