"""A release without a screen: one line an event, for people or for programs."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Protocol

import msgspec

from console.plan.literal import literal, literal_json
from console.policy.told import record_in_words
from console.release.events import Record, SampleTaken
from console.release.fold import fold
from console.release.state import Release

LONGEST_LINE = 1000


class Output(StrEnum):
    """How the lines look."""

    TEXT = "text"
    JSON = "json"


class Lines(Protocol):
    """Takes texts without ever waiting for who reads them."""

    def put(self, text: str) -> None:
        """Take one, newline and all."""


def gap_in_words(lines: int) -> str:
    """Say in a text that lines are missing; JSON's reader sees it by the records' numbers."""
    return f"... {lines} lines not shown; the journal has them"


class Printer:
    """Prints each record as it is journaled; what becomes of a line is nothing to the release."""

    def __init__(self, lines: Lines, output: Output, *, release: Release | None = None) -> None:
        """`release` is what it was before the first record that is printed."""
        self._release = release
        self._lines = lines
        self._output = output

    def __call__(self, record: Record) -> None:
        """Print one record."""
        self._release = fold(self._release, record)
        self._lines.put(f"{self._line(record, self._release)}\n")

    def _line(self, record: Record, release: Release) -> str:
        if self._output is Output.JSON:
            return literal_json(msgspec.json.encode(record))
        clock = time.strftime("%H:%M:%SZ", time.gmtime(record.at))
        quiet = "  " if isinstance(record.event, SampleTaken) else ""
        words = literal(record_in_words(record.event, release), longest=LONGEST_LINE)
        return f"{clock}  {quiet}{words}"
