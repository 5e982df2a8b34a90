"""A release without a screen: one line an event, for people or for programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from console.plan.literal import literal, literal_json
from console.plan.units import clock
from console.policy.explain import explain
from console.policy.headline import Word
from console.policy.told import record_in_words
from console.release.events import Record, SampleTaken
from console.release.fold import fold
from console.release.state import Phase, Release

LONGEST_LINE = 1000
READ = frozenset({Word.SUSPECT, Word.HOLDING, Word.BLIND, Word.TOO_FEW_REQUESTS, Word.WAITING_FOR_APPROVAL})
"""Words of the headline whose coming and going has a line of its own: the others follow from the events."""


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
        before, self._release = self._release, fold(self._release, record)
        self._lines.put(f"{self._line(record, self._release)}\n")
        turned = _turned(before, self._release, record) if self._output is Output.TEXT else ""
        if turned:
            self._lines.put(f"{clock(record.at)}  {literal(turned, longest=LONGEST_LINE)}\n")

    def _line(self, record: Record, release: Release) -> str:
        if self._output is Output.JSON:
            return literal_json(msgspec.json.encode(record))
        quiet = "  " if isinstance(record.event, SampleTaken) else ""
        words = literal(record_in_words(record.event, release), longest=LONGEST_LINE)
        return f"{clock(record.at)}  {quiet}{words}"


def _turned(before: Release | None, after: Release, record: Record) -> str:
    """Give the headline where its word has come to be one that a person should read, or ceased to be."""
    if before is None or after.phase is not Phase.RUNNING:
        return ""
    was, now = explain(before, now=record.at).word, explain(after, now=record.at)
    return now.sentence if was != now.word and {was, now.word} & READ else ""
