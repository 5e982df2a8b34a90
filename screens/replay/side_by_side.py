"""Another recording under this one, aligned on stages: where it stood at the same place, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby

from console.compare.align import StagePair, align, counterpart
from console.compare.comparison_words import differences, plans_differ, table
from console.compare.passage import Passage
from console.plan.units import clock
from console.policy.explain import explain
from console.release.felt import figures_window_s
from console.release.state import Release
from console.replay.recording import Recording
from screens.figure_words import value
from screens.replay.frame import Frame
from screens.replay.tick_index import TickIndex
from screens.replay.track import flame, heat_ink, stage_ink
from screens.replay.window import Window
from screens.rows import Row, column, fill, span, wrap
from screens.sample_columns import Figures, SampleColumns, Side
from themes.ink import Ink

NAMES = ("this", "other")
NAME_CELLS = 11
NARROWEST = 4
"""Columns that a stage gets at least on the aligned tracks."""
WORDS_ROWS = 3


class Beside:
    """Two recordings; the second is shown where the first one's playhead is."""

    def __init__(self, first: Recording, second: Recording) -> None:
        self._recordings = first, second
        self._records = tuple(recording.all_records() for recording in self._recordings)
        self._pairs = align(*self._records)
        self._surveys = tuple(TickIndex(recording) for recording in self._recordings)
        for ticks, recording in zip(self._surveys, self._recordings, strict=True):
            ticks.reach(len(recording))
        self._window = Window(second)

    def rows(self, frame: Frame, width: int) -> Sequence[Row]:
        """Write the other release's instant, both tracks under each other, and the differences."""
        at = counterpart(self._pairs, frame.at)
        return [
            *self._instant(frame, at, width),
            (),
            *self._tracks(frame, at, width),
            (),
            *(_line(line, width, frame) for line in table(self._pairs, names=NAMES)),
            (),
            *(row for words in self._differences for row in _wrapped(f"- {words}", width, frame)),
        ]

    @cached_property
    def _differences(self) -> list[str]:
        plans = plans_differ(*self._records)
        return [*([plans] if plans else []), *differences(self._pairs, names=NAMES)]

    def _instant(self, frame: Frame, at: float | None, width: int) -> Iterator[Row]:
        """Say where the other one stood as far into the same stage, with the figures of both canaries."""
        title = f" {frame.glyphs.rule * 2} beside: {_opened(self._recordings[1]).name}"
        yield (span(title, Ink.STRONG),)
        if at is None:
            yield (span(" it never was in a stage of this weight", Ink.WAIT),)
            return
        other = self._recordings[1].at(at)
        assert other is not None
        line = explain(other, now=other.end.at if other.end is not None else at)
        yield from _wrapped(f"{clock(at)}  {line.sentence}", width, frame)
        yield from _both(frame, other, _of_canary(self._window.samples(at, span_s=0.0), other))

    def _tracks(self, frame: Frame, at: float | None, width: int) -> Iterator[Row]:
        """Draw the heat of both, stage under stage, each stage as long as the longer of the two."""
        segments = _segments(self._pairs, width - NAME_CELLS - 2)
        labels = [span(f"{pair.weight}%"[:cells].ljust(cells), stage_ink(n)) for n, pair, cells in segments]
        yield (span(" " * (NAME_CELLS + 1)), *labels)
        for name, ticks, which, head in (
            (NAMES[0], self._surveys[0], 0, frame.at),
            (NAMES[1], self._surveys[1], 1, at),
        ):
            pieces = [
                piece
                for _, pair, cells in segments
                for piece in _heat(frame, ticks, pair, which=which, cells=cells, head=head)
            ]
            yield (span(f" {name:{NAME_CELLS}}", Ink.DIM), *pieces)


def _opened(recording: Recording) -> Release:
    opened = recording.at_line(1)
    assert opened is not None
    return opened


def _of_canary(samples: SampleColumns, release: Release | None) -> Figures:
    return samples.figures(over_s=figures_window_s(release) if release else 0.0)[Side.CANARY]


def _both(frame: Frame, other: Release, figures: Figures) -> Iterator[Row]:
    """Write three figures of both canaries in columns."""
    here = _of_canary(frame.samples, frame.release)
    heads = ("", "weight", "error rate", "P99", "rps")
    this = frame.release
    yield _columns(heads, Ink.DIM)
    yield _columns((NAMES[0], _weight(this), *_figures(here)), Ink.TEXT)
    yield _columns((NAMES[1], _weight(other), *_figures(figures)), Ink.CANARY)


def _weight(release: Release | None) -> str:
    return "-" if release is None or release.weight is None else f"{release.weight}%"


def _figures(figures: Figures) -> tuple[str, str, str]:
    return value("error_rate", figures.error_rate), value("p99", figures.p99_ms), value("rps", figures.rps)


def _columns(words: Sequence[str], ink: Ink) -> Row:
    name, *numbers = words
    return (span(f" {name:{NAME_CELLS}}", Ink.DIM), *(column(text, 12, ink) for text in numbers))


def _segments(pairs: Sequence[StagePair], width: int) -> list[tuple[int, StagePair, int]]:
    """Give each stage its columns, by the longer of its two passages."""
    lasted = [_longer_s(pair) for pair in pairs]
    whole = sum(lasted) or 1.0
    spare = max(0, width - NARROWEST * len(pairs))
    return [
        (number, pair, NARROWEST + int(spare * length / whole))
        for number, (pair, length) in enumerate(zip(pairs, lasted, strict=True))
    ]


def _longer_s(pair: StagePair) -> float:
    return max(passage.lasted_s for passage in (pair.first, pair.second) if passage is not None)


def _heat(
    frame: Frame, ticks: TickIndex, pair: StagePair, *, which: int, cells: int, head: float | None
) -> Row:
    """Draw one stage of one release; what it did not have of the time stays blank."""
    passage: Passage | None = (pair.first, pair.second)[which]
    if passage is None:
        return (span(" " * cells),)
    length_s = _longer_s(pair) or 1.0
    own = max(1, min(cells, round(cells * passage.lasted_s / length_s)))
    edges = [passage.begin_at + passage.lasted_s * cell / own for cell in range(own + 1)]
    signs = [(flame(frame, level), heat_ink(level)) for level in ticks.heat(edges)]
    if head is not None and passage.begin_at <= head <= passage.end_at:
        place = int((head - passage.begin_at) / (passage.lasted_s or 1.0) * own)
        signs[min(own - 1, place)] = (frame.glyphs.head, Ink.FOCUS)
    pieces = [
        span("".join(sign for sign, _ in both), ink) for ink, both in groupby(signs, key=lambda one: one[1])
    ]
    return (*pieces, span(" " * (cells - own)))


def _line(line: str, width: int, frame: Frame) -> Row:
    return fill((span(f" {line}"),), width, cut=frame.glyphs.cut)


def _wrapped(words: str, width: int, frame: Frame) -> Iterator[Row]:
    texts = wrap(words, width - 2, rows=WORDS_ROWS, cut=frame.glyphs.cut)
    return ((span(f" {text}"),) for text in texts)
