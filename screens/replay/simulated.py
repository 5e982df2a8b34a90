"""The recorded release and the one that other guards would have made of it, under each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from console.errors import PlanError
from console.plan.guard_text import with_guards
from console.plan.model import Plan
from console.release.events import Record
from console.whatif.course import bars, both_told
from console.whatif.difference import Difference, difference
from console.whatif.simulate import what_if
from screens.glyphs import Glyphs
from screens.rows import Row, span, wrap
from themes.ink import Ink

NAME_CELLS = 10
"""Columns that the name before each bar takes."""
HEADLINE_ROWS, LINE_ROWS = 3, 4


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a text of guards: a difference, or the problems of the text."""

    problems: tuple[str, ...] = ()
    difference: Difference | None = None
    records: Sequence[Record] = ()
    simulated: Sequence[Record] = ()


def judged_anew(records: Sequence[Record], plan: Plan, text: str) -> Outcome:
    """Judge the recorded evidence by the guards of the text."""
    try:
        other = with_guards(plan, text)
    except PlanError as error:
        return Outcome(problems=tuple(str(error).splitlines()))
    told = what_if(records, other)
    return Outcome(difference=difference(records, told, other), records=records, simulated=told.records)


def outcome_rows(outcome: Outcome, *, width: int, glyphs: Glyphs) -> list[Row]:
    """Write the problems; or the difference in a sentence, both timelines, and what happened in each."""
    found = outcome.difference
    if found is None:
        return [row for line in outcome.problems for row in _wrapped(line, width, Ink.BAD, glyphs)]
    ink = Ink.GOOD if found.same else Ink.STRONG
    recorded, simulated, axis = bars(
        outcome.records, outcome.simulated, width=width - NAME_CELLS - 2, ascii_only=glyphs.ascii
    )
    return [
        *_wrapped(f"with these guards: {found.headline}", width, ink, glyphs, rows=HEADLINE_ROWS),
        (),
        (span(f" {recorded}", Ink.STABLE),),
        (span(f" {simulated}", Ink.CANARY),),
        (span(f" {axis}", Ink.DIM),),
        (),
        *(
            row
            for line in both_told(outcome.records, outcome.simulated)
            for row in _told(line, width, glyphs)
        ),
        (),
        *(row for note in found.notes for row in _wrapped(f"- {note}", width, Ink.DIM, glyphs)),
    ]


def _told(line: str, width: int, glyphs: Glyphs) -> Iterator[Row]:
    ink = Ink.CANARY if "  what if " in line else Ink.STABLE if "  recorded " in line else Ink.TEXT
    return _wrapped(line, width, ink, glyphs, rows=1)


def _wrapped(text: str, width: int, ink: Ink, glyphs: Glyphs, *, rows: int = LINE_ROWS) -> Iterator[Row]:
    return ((span(f" {line}", ink),) for line in wrap(text, width - 2, rows=rows, cut=glyphs.cut))
