"""What only the samples tell, looked through once from first to last: heat, and where there was none."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import log2, sqrt

from msgspec import Struct

from console.evidence import Look
from console.release import events as ev
from console.replay.budget import within
from console.replay.recording import Recording
from screens.event_log import Entry, Mark, saw_again, went_blind

SLICE_LINES = 64
FLOOR = 0.001
"""Added to both error rates before they are compared: 0.02% against 0.01% is no heat."""
HOTTEST = 7


class Blink(Struct, frozen=True, kw_only=True):
    """A place where evidence ended or came back."""

    entry: Entry
    mark: Mark | None


class TickIndex:
    """Counts of all ticks so far, and the blinks."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._at = array("d")
        self._span_s = array("d")
        self._sums = tuple(array("d", [0.0]) for _ in range(4))
        """Running sums: stable's requests and errors, canary's requests and errors."""
        self._blind = False
        self.blinks: list[Blink] = []
        self.seen = 0
        """How many lines have been looked at."""

    @property
    def done(self) -> bool:
        """Whether all lines have been looked at."""
        return self.seen >= len(self._recording)

    def grow(self, budget_s: float) -> bool:
        """Look on for about so long; says whether all is done."""
        for _ in within(budget_s):
            if self.done:
                break
            self._look_on(SLICE_LINES)
        return self.done

    def reach(self, line: int) -> None:
        """Look on up to a line."""
        while self.seen < line:
            self._look_on(min(SLICE_LINES, line - self.seen))

    def _look_on(self, lines: int) -> None:
        last = min(self.seen + lines, len(self._recording))
        for record in self._recording.records(self.seen + 1, last):
            if isinstance(record.event, ev.SampleTaken):
                self._take(record, record.event)
        self.seen = last

    def _take(self, record: ev.Record, event: ev.SampleTaken) -> None:
        sample = event.sample
        self._at.append(record.at)
        self._span_s.append(sample.span_s)
        added = (*_counts(sample.stable), *_counts(sample.canary))
        for sums, count in zip(self._sums, added, strict=True):
            sums.append(sums[-1] + count)
        if sample.unsure and not self._blind:
            entry, mark = went_blind(record.at, f"blind: {sample.unsure}")
            self.blinks.append(Blink(entry=entry, mark=mark))
        elif self._blind and not sample.unsure:
            self.blinks.append(Blink(entry=saw_again(record.at), mark=None))
        self._blind = bool(sample.unsure)

    def heat(self, edges: Sequence[float]) -> list[int | None]:
        """Give the heat between each two neighbouring times; None where there were no requests."""
        return [self._heat(*self._ticks(begin, end)) for begin, end in pairwise(edges)]

    def _ticks(self, begin: float, end: float) -> tuple[int, int]:
        """Find the ticks of a stretch of time; where none is in it, the one that looked back over it."""
        low, high = bisect_right(self._at, begin), bisect_right(self._at, end)
        if low == high < len(self._at) and self._at[low] - self._span_s[low] <= begin:
            return low, low + 1
        return low, high

    def _heat(self, low: int, high: int) -> int | None:
        stable, stable_bad, canary, canary_bad = (sums[high] - sums[low] for sums in self._sums)
        if not stable or not canary:
            return None
        # A lone error is no heat: of so many as are seen, chance may have made their square root.
        certain = max(0.0, canary_bad - sqrt(canary_bad))
        times = (certain / canary + FLOOR) / (stable_bad / stable + FLOOR)
        return min(HOTTEST, max(0, round(2 * log2(times))))


def _counts(look: Look) -> tuple[float, float]:
    return (look.counts.requests, look.counts.errors) if look.counts else (0.0, 0.0)
