"""Log and marks as they stood after any record: all that happened, cut at the playhead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import merge

from console.policy.told import record_in_words
from console.release import events as ev
from console.replay.event_index import IndexedEvent
from console.replay.recording import Recording
from screens.event_log import MOST_ENTRIES, MOST_MARKS, Entry, GuardNews, Mark, mark_of
from screens.replay.tick_index import TickIndex
from screens.signs import ink_of

LoggedEvent = tuple[Entry, Mark | None]


class LogAtPlayhead:
    """The log of a whole recording."""

    def __init__(self, recording: Recording, ticks: TickIndex) -> None:
        self._recording = recording
        self._ticks = ticks
        self._told: list[LoggedEvent | None] = []
        """None for what is no news, so that places are those of the recording's marks."""
        self._news = GuardNews()
        self._cut: tuple[tuple[int, int], Sequence[Entry], Sequence[Mark]] = ((0, 0), (), ())

    def until(self, at: float) -> tuple[Sequence[Entry], Sequence[Mark]]:
        """Give the entries and marks up to that time."""
        self._ticks.reach(self._recording.line_of(at))
        events = bisect_right(self._recording.events, at, key=lambda event: event.at)
        blinks = bisect_right(self._ticks.blinks, at, key=lambda blink: blink.entry.at)
        if self._cut[0] != (events, blinks):
            self._cut = ((events, blinks), *self._join(events, blinks))
        return self._cut[1], self._cut[2]

    def _join(self, events: int, blinks: int) -> tuple[Sequence[Entry], Sequence[Mark]]:
        self._told += [self._tell(place) for place in range(len(self._told), events)]
        # A sample stands before what was decided on it at the same instant.
        blinked = [(blink.entry, blink.mark) for blink in self._ticks.blinks[:blinks]]
        told = list(merge(blinked, filter(None, self._told[:events]), key=lambda one: one[0].at))
        marks = [mark for _, mark in told if mark is not None]
        return [entry for entry, _ in told][-MOST_ENTRIES:], marks[-MOST_MARKS:]

    def _tell(self, place: int) -> LoggedEvent | None:
        event = self._recording.events[place]
        entry = Entry(at=event.at, text=self._words(event), ink=ink_of(event.event))
        return (entry, self._sign(event)) if self._news.has(event.event, entry) else None

    def _words(self, event: IndexedEvent) -> str:
        """Give the words; only an end is told from the state that it left, with all that was seen."""
        release = self._recording.at_line(event.line) if isinstance(event.event, ev.ReleaseEnded) else None
        return event.words if release is None else record_in_words(event.event, release)

    def _sign(self, event: IndexedEvent) -> Mark | None:
        """Give the mark; only a router's word must be looked at with the state that it met."""
        release = self._recording.at_line(event.line if isinstance(event.event, ev.RouterSeen) else 1)
        assert release is not None
        return mark_of(event.at, event.event, release)
