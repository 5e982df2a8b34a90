"""Rows of text as lines with level columns."""

from __future__ import annotations

from collections.abc import Container, Sequence


def in_columns(rows: Sequence[Sequence[str]], *, right: Container[int] = ()) -> list[str]:
    """Write each row as a line; the columns whose numbers, from 0, are in `right` are flush right."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["  ".join(_fitted(row, widths, right)).rstrip() for row in rows]


def _fitted(row: Sequence[str], widths: Sequence[int], right: Container[int]) -> list[str]:
    places = enumerate(zip(row, widths, strict=True))
    return [cell.rjust(width) if place in right else cell.ljust(width) for place, (cell, width) in places]
