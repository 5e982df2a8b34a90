"""The samples up to the playhead, as columns: what charts and figures would have been drawn from then."""

from __future__ import annotations

from math import inf

from console.release import events as ev
from console.release.felt import longest_window_s
from console.replay.recording import Recording
from screens.sample_columns import SampleColumns

SPARE = 4
"""A window that has grown to so many times its span is cut back."""


class Window:
    """The last samples up to a time, kept while the playhead goes forward, and made anew where it jumps."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        opened = recording.at_line(1)
        self._keep_s = longest_window_s(opened.plan) if opened is not None else 0.0
        self._first = 1
        self._last = 0
        self._samples = SampleColumns()

    def samples(self, at: float, *, span_s: float = inf) -> SampleColumns:
        """Give the samples up to that time, at least as far back as `span_s` and as figures need."""
        line = self._recording.line_of(at)
        span_s += self._keep_s
        first = self._recording.line_of(at - span_s) + 1
        too_long = line - self._first > SPARE * (line - first + 1)
        if line < self._last or first > self._last or first < self._first or too_long:
            self._samples, self._first, self._last = SampleColumns(), first, first - 1
        for record in self._recording.records(self._last + 1, line):
            if isinstance(record.event, ev.SampleTaken):
                self._samples.add(record.at, record.event.sample, keep_s=self._keep_s)
        self._last = line
        # As many ticks can be another window: the line tells them apart for whoever keeps what was drawn.
        self._samples.ticks = line
        return self._samples
