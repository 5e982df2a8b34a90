"""One curve as rows: the scale in a gutter, the curve in braille, the limit as a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from console.plan.units import words_duration
from screens.glyphs import Glyphs
from screens.plot import DOTS_ACROSS, DOTS_DOWN, level, plot, signs
from screens.rows import Row, Span, column, span
from themes.ink import Ink

GUTTER = 9
"""Columns of the scale, its bar included."""
_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800)


class Axes(Struct, frozen=True, kw_only=True):
    """What the charts of both versions share."""

    end_at: float
    """The right edge, a whole multiple of a cell's time."""
    bucket_s: float
    cells: int
    """Columns of the curve, without the gutter."""

    @property
    def buckets(self) -> int:
        """Count the columns of dots."""
        return self.cells * DOTS_ACROSS


def axes(now: float, *, bucket_s: float, width: int) -> Axes:
    """Lay the axis so that its last cell holds the present, and its cells stand still in time."""
    cell_s = bucket_s * DOTS_ACROSS
    end_at = (now // cell_s + 1) * cell_s
    return Axes(end_at=end_at, bucket_s=bucket_s, cells=max(1, width - GUTTER))


class Curve(Struct, frozen=True, kw_only=True):
    """One curve to draw; values and limit in the same unit."""

    values: Sequence[float | None]
    top: float
    limit: float | None
    top_words: str
    limit_words: str
    ink: Ink


def chart(curve: Curve, *, rows: int, glyphs: Glyphs) -> list[Row]:
    """Draw the curve; what lies beyond the limit is drawn as bad."""
    field = plot(curve.values, rows=rows, top=curve.top)
    limit_row = _row_of(curve, rows)
    return [
        (
            *_gutter(curve, row, rows=rows, limit_row=limit_row, glyphs=glyphs),
            *(
                _limit_row(bits, curve, labelled=_is_end(row, rows), rows=rows, glyphs=glyphs)
                if row == limit_row
                else _curve_row(bits, curve, beyond=_beyond(row, limit_row), glyphs=glyphs)
            ),
        )
        for row, bits in enumerate(field)
    ]


def _row_of(curve: Curve, rows: int) -> int | None:
    if curve.limit is None or curve.limit > curve.top:
        return None
    return level(curve.limit, rows=rows, top=curve.top) // DOTS_DOWN


def _beyond(row: int, limit_row: int | None) -> bool:
    return limit_row is not None and row < limit_row


def _gutter(curve: Curve, row: int, *, rows: int, limit_row: int | None, glyphs: Glyphs) -> Row:
    """Label the scale's two ends always, and the limit where its row is neither."""
    if row == limit_row and not _is_end(row, rows):
        label, ink = curve.limit_words, Ink.LIMIT
    else:
        label, ink = curve.top_words if row == 0 else "0" if row == rows - 1 else "", Ink.DIM
    return column(label, GUTTER - 2, ink, right=True, cut=glyphs.cut), span(f" {glyphs.bar}", Ink.RULE)


def _is_end(row: int, rows: int) -> bool:
    return row in (0, rows - 1)


def _curve_row(bits: Sequence[int], curve: Curve, *, beyond: bool, glyphs: Glyphs) -> Row:
    """Write the cells of a row."""
    return (Span(signs(bits, ascii_only=glyphs.ascii), Ink.BAD if beyond else curve.ink),)


def _limit_row(bits: Sequence[int], curve: Curve, *, labelled: bool, rows: int, glyphs: Glyphs) -> Row:
    """Write the limit's row: empty cells carry its line at its height, the oldest ones its value."""
    assert curve.limit is not None
    line = _line(level(curve.limit, rows=rows, top=curve.top) % DOTS_DOWN, glyphs)
    fits = 0 < len(curve.limit_words) < len(bits) // 2
    label = f"{curve.limit_words} " if labelled and fits else ""
    drawn = (
        Span(signs(cells, ascii_only=glyphs.ascii), curve.ink)
        if some
        else Span(line * len(list(cells)), Ink.LIMIT)
        for some, cells in groupby(bits[len(label) :], key=bool)
    )
    return (*([Span(label, Ink.LIMIT)] if label else ()), *drawn)


def _line(dot: int, glyphs: Glyphs) -> str:
    """Choose the line that lies at a row of dots within a cell."""
    return glyphs.limit[0 if dot == 0 else 2 if dot == DOTS_DOWN - 1 else 1]


def time_axis(axis: Axes, *, glyphs: Glyphs) -> Row:
    """Write how long ago, under the charts, with the present at the right edge."""
    line = [glyphs.rule] * axis.cells
    _write(line, "now", axis.cells)
    cell_s = axis.bucket_s * DOTS_ACROSS
    step_s = next((step for step in _STEPS_S if step >= axis.cells * cell_s / 4.5), _STEPS_S[-1])
    ago_s = step_s
    while ago_s <= axis.cells * cell_s:
        label = f"-{words_duration(ago_s)}"
        _write(line, label, axis.cells - round(ago_s / cell_s) + len(label) // 2)
        ago_s += step_s
    return span(" " * (GUTTER - 1)), span(glyphs.corner, Ink.RULE), span("".join(line), Ink.RULE)


def _write(line: list[str], label: str, end: int) -> None:
    """Put a label so that it ends before `end`, if it fits whole and touches no other."""
    start = end - len(label)
    room = line[max(0, start - 1) : end + 1]
    if start >= 0 and end <= len(line) and not any(sign.isalnum() for sign in room):
        line[start:end] = label
