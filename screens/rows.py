"""Rows of inked text: what every widget paints, made, measured and cut here.

Text enters a row through `span` and nowhere else; there it becomes literal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from console.plan.literal import literal
from themes.ink import Ink


class Span(NamedTuple):
    """A piece of text in one ink. Make it with `span`."""

    text: str
    ink: Ink


Row = tuple[Span, ...]


def span(text: str, ink: Ink = Ink.TEXT) -> Span:
    """Ink a text; whatever a terminal would obey is shown as an escape."""
    return Span(literal(text, longest=sys.maxsize), ink)


def cells(row: Iterable[Span]) -> int:
    """Count the columns that a row takes."""
    return sum(cell_len(piece.text) for piece in row)


def clip(row: Sequence[Span], width: int, *, cut: str = "…") -> Row:
    """Keep what fits into `width`; what is cut off leaves a sign."""
    if cells(row) <= width:
        return tuple(row)
    kept, left = [], max(0, width - 1)
    for piece in row:
        size = cell_len(piece.text)
        if size > left:
            kept.append(Span(set_cell_size(piece.text, left).rstrip() + cut, piece.ink))
            break
        kept.append(piece)
        left -= size
    return tuple(kept) if width > 0 else ()


def fill(row: Sequence[Span], width: int, *, cut: str = "…", ink: Ink = Ink.TEXT) -> Row:
    """Make the row exactly `width` columns wide."""
    kept = clip(row, width, cut=cut)
    missing = width - cells(kept)
    return (*kept, Span(" " * missing, ink)) if missing > 0 else kept


def spread(left: Sequence[Span], right: Sequence[Span], width: int, *, cut: str = "…") -> Row:
    """Set `left` and `right` against the two edges; where both don't fit, `left` is cut."""
    room = max(0, width - cells(right) - 1)
    return (*fill(left, room, cut=cut), Span(" ", Ink.TEXT), *right) if room else clip(right, width, cut=cut)


def column(text: str, width: int, ink: Ink = Ink.TEXT, *, right: bool = False, cut: str = "…") -> Span:
    """Set a text into a column of `width`, against its left or its right edge."""
    piece = clip((span(text, ink),), width, cut=cut)
    shown = piece[0].text if piece else ""
    gap = " " * (width - cell_len(shown))
    return Span(gap + shown if right else shown + gap, ink)


def wrap(text: str, width: int, *, rows: int, cut: str = "…") -> list[str]:
    """Break a text between words into at most `rows` lines; what is left over leaves a sign."""
    lines: list[str] = []
    words = span(text).text.split(" ")
    while words and len(lines) < rows:
        line, words = _take(words, width)
        lines.append(line)
    if words and lines:
        lines[-1] = _with_cut(lines[-1], width, cut)
    return lines


def _take(words: list[str], width: int) -> tuple[str, list[str]]:
    """Take as many words as fit, and at least a part of one."""
    line = words[0]
    if cell_len(line) > width:
        head = set_cell_size(line, max(1, width)).rstrip()
        return head, [line[len(head) :], *words[1:]]
    count = 1
    while count < len(words) and cell_len(line) + 1 + cell_len(words[count]) <= width:
        line = f"{line} {words[count]}"
        count += 1
    return line, words[count:]


def _with_cut(line: str, width: int, cut: str) -> str:
    while cell_len(line) + 2 > width and " " in line:
        line = line.rsplit(" ", 1)[0]
    return f"{set_cell_size(line, min(cell_len(line), max(0, width - 2)))} {cut}"
