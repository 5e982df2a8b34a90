"""A label and its words, which may take several rows: how the replay's answers are written."""

from __future__ import annotations

from collections.abc import Iterator

from screens.rows import Row, span, wrap
from themes.ink import Ink

LABEL_CELLS = 11
LONGEST_ROWS = 6
_LEAST_CELLS = 10


def labelled(label: str, words: str, width: int, *, cut: str, ink: Ink = Ink.TEXT) -> Iterator[Row]:
    """Write the label beside the first row of the words."""
    texts = wrap(words, max(_LEAST_CELLS, width - LABEL_CELLS - 3), rows=LONGEST_ROWS, cut=cut)
    for place, text in enumerate(texts):
        name = label if place == 0 else ""
        yield span(f" {name:{LABEL_CELLS}.{LABEL_CELLS}} ", Ink.DIM), span(text, ink)


def headed(sign: str, word: str, words: str, width: int, *, cut: str, ink: Ink) -> Iterator[Row]:
    """Write what begins a part: a verdict with its sign, and beside it what it is the verdict of."""
    head = f" {sign} {word.upper():{LABEL_CELLS - 2}} "
    texts = wrap(words, max(_LEAST_CELLS, width - len(head) - 1), rows=LONGEST_ROWS, cut=cut)
    for place, text in enumerate(texts):
        yield span(head if place == 0 else " " * len(head), ink), span(text, Ink.STRONG)
