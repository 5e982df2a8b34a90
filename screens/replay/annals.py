"""Log and marks as they stood after any record: all that happened, cut at the playhead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import merge

from console.release import events as ev
from console.replay.recording import Recording
from screens.chronicle import MOST_ENTRIES, MOST_MARKS, Entry, Mark, ink_of, sign_of
from screens.replay.survey import Blink, Survey

Numbered = tuple[int, Entry, Mark | None]


class Annals:
    """The chronicle of a whole recording."""

    def __init__(self, recording: Recording, survey: Survey) -> None:
        self._recording = recording
        self._survey = survey
        self._numbers = [mark.n for mark in recording.marks]
        self._told: list[Numbered] = []
        self._cut: tuple[tuple[int, int], Sequence[Entry], Sequence[Mark]] = ((0, 0), (), ())

    def until(self, n: int) -> tuple[Sequence[Entry], Sequence[Mark]]:
        """Give the entries and marks up to record `n`."""
        self._survey.reach(n)
        events = bisect_right(self._numbers, n)
        blinks = bisect_right(self._survey.blinks, n, key=lambda blink: blink.n)
        if self._cut[0] != (events, blinks):
            self._cut = ((events, blinks), *self._join(events, blinks))
        return self._cut[1], self._cut[2]

    def _join(self, events: int, blinks: int) -> tuple[Sequence[Entry], Sequence[Mark]]:
        self._told += [self._tell(place) for place in range(len(self._told), events)]
        told = merge(
            self._told[:events],
            [_numbered(blink) for blink in self._survey.blinks[:blinks]],
            key=lambda one: one[0],
        )
        both = list(told)
        marks = [mark for _, _, mark in both if mark is not None]
        return [entry for _, entry, _ in both][-MOST_ENTRIES:], marks[-MOST_MARKS:]

    def _tell(self, place: int) -> Numbered:
        mark = self._recording.marks[place]
        entry = Entry(at=mark.at, text=mark.words, ink=ink_of(mark.event))
        return mark.n, entry, self._sign(mark.n, mark.at, mark.event)

    def _sign(self, n: int, at: float, event: ev.AnyEvent) -> Mark | None:
        """Give the mark; only a router's word must be looked at with the state that it met."""
        release = self._recording.at_record(n if isinstance(event, ev.RouterSeen) else 1)
        assert release is not None
        sign = sign_of(event, release)
        return Mark(at=at, sign=sign[0], ink=sign[1]) if sign else None


def _numbered(blink: Blink) -> Numbered:
    return blink.n, blink.entry, blink.mark
