"""A release without a screen: one line an event, for people or for programs."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TextIO

import msgspec

from console.plan.literal import literal, literal_json
from console.release.events import Record, SampleTaken
from console.release.fold import fold
from console.release.state import Release
from console.release.words import event_in_words

LONGEST_LINE = 1000


class Output(StrEnum):
    """How the lines look."""

    TEXT = "text"
    JSON = "json"


class Printer:
    """Prints each record as it is journaled; a reader that went away stops the lines, not the release."""

    def __init__(self, stream: TextIO, output: Output, *, release: Release | None = None) -> None:
        """`release` is what it was before the first record that is printed."""
        self._release = release
        self._stream = stream
        self._output = output
        self._broken = False

    def __call__(self, record: Record) -> None:
        """Print one record."""
        self._release = fold(self._release, record)
        if self._broken:
            return
        try:
            print(self._line(record, self._release), file=self._stream, flush=True)
        except OSError:
            self._broken = True

    def _line(self, record: Record, release: Release) -> str:
        if self._output is Output.JSON:
            return literal_json(msgspec.json.encode(record))
        clock = time.strftime("%H:%M:%SZ", time.gmtime(record.at))
        quiet = "  " if isinstance(record.event, SampleTaken) else ""
        words = literal(event_in_words(record.event, release), longest=LONGEST_LINE)
        return f"{clock}  {quiet}{words}"
