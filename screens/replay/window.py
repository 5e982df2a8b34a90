"""The samples up to the playhead as a trace: what charts and figures would have been drawn from then."""

from __future__ import annotations

from math import inf

from console.release import events as ev
from console.replay.recording import Recording
from screens.trace import FIGURES_S, FIGURES_TICKS, Trace

SPARE = 4
"""A window that has grown to so many times its span is cut back."""


class Window:
    """The last samples before a record, kept while the playhead goes forward, and made anew where it jumps."""

    def __init__(self, recording: Recording, *, interval_s: float) -> None:
        self._recording = recording
        self._interval_s = interval_s
        self._first = 1
        self._last = 0
        self._trace = Trace()

    def trace(self, n: int, *, span_s: float = inf) -> Trace:
        """Give the samples up to record `n`, at least as far back as `span_s` and what figures need."""
        span_s = max(span_s, FIGURES_S, FIGURES_TICKS * self._interval_s)
        first = self._first_of(n, span_s)
        too_long = n - self._first > SPARE * (n - first + 1)
        if n < self._last or first > self._last or first < self._first or too_long:
            self._trace, self._first, self._last = Trace(), first, first - 1
        for record in self._recording.records(self._last + 1, n):
            if isinstance(record.event, ev.SampleTaken):
                self._trace.add(record.at, record.event.sample, interval_s=self._interval_s)
        self._last = n
        # The same number of ticks can be another window of them: the record tells them apart.
        self._trace.ticks = n
        return self._trace

    def _first_of(self, n: int, span_s: float) -> int:
        if n < 1 or span_s == inf:
            return 1
        (last,) = self._recording.records(n, n)
        return self._recording.last_record(last.at - span_s) + 1
