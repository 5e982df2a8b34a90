"""A curve as dots in a small field of cells, and the scale that two curves share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, log10

DOTS_ACROSS = 2
DOTS_DOWN = 4
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Braille's dots by column and row, from the top."""
_UPPER = 0x01 | 0x02 | 0x08 | 0x10
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_BUCKETS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


def plot(values: Sequence[float | None], *, rows: int, top: float) -> list[list[int]]:
    """Draw a line through the values, one a column of dots, on a scale from 0 to `top`.

    Gives `rows` rows of cells, the highest first; a cell is braille's eight bits. Values beyond the scale
    lie on its edge.
    """
    width = (len(values) + 1) // DOTS_ACROSS
    field = [[0] * width for _ in range(rows)]
    before: int | None = None
    for x, value in enumerate(values):
        if value is None:
            before = None
            continue
        y = level(value, rows=rows, top=top)
        for dot in _stroke(before, y):
            field[dot // DOTS_DOWN][x // DOTS_ACROSS] |= _BITS[x % DOTS_ACROSS][dot % DOTS_DOWN]
        before = y
    return field


def level(value: float, *, rows: int, top: float) -> int:
    """Give the row of dots of a value, counted from the top."""
    last = rows * DOTS_DOWN - 1
    return last - min(last, max(0, round(value / top * last)))


def _stroke(before: int | None, y: int) -> Iterable[int]:
    """Join a dot to the one on its left, so that a steep line has no holes."""
    if before is None or abs(before - y) <= 1:
        return (y,)
    return range(before + 1, y + 1) if before < y else range(y, before)


def _in_ascii(bits: int) -> str:
    if not bits:
        return " "
    if bits & _UPPER and bits & ~_UPPER:
        return ":"
    return "'" if bits & _UPPER else "."


_BRAILLE = (" ", *(chr(0x2800 + bits) for bits in range(1, 256)))
_ASCII = tuple(_in_ascii(bits) for bits in range(256))


def signs(cells: Iterable[int], *, ascii_only: bool) -> str:
    """Give the characters for cells of dots."""
    table = _ASCII if ascii_only else _BRAILLE
    return "".join([table[bits] for bits in cells])


def ceiling(values: Iterable[float], *, least: float) -> float:
    """Give a round number that no value exceeds: it stays the same while the values move a little."""
    highest = max(values, default=0.0)
    wanted = max(highest, least)
    size = 10.0 ** floor(log10(wanted))
    return next(step * size for step in _STEPS if step * size >= wanted * (1 - 1e-9))


def bucket_for(interval_s: float) -> int:
    """Give the width of a chart's buckets: the next one that people count in, and never below a tick."""
    return next((bucket for bucket in _BUCKETS_S if bucket >= interval_s - 1e-9), _BUCKETS_S[-1])
