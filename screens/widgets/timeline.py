"""The stages from left to right: what is past, how far the present one has come, and what was done when."""

from __future__ import annotations

from collections.abc import Sequence

from console.plan.model import Stage
from console.plan.units import words_duration
from console.release.events import Outcome
from console.release.state import Phase, Release
from screens.figure_words import stopwatch
from screens.rows import Row, Span, cells, span
from screens.signs import ROLLED_BACK
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

NARROWEST = 14
"""Columns that a stage wants at least: its sign, its weight, its time and a piece of line."""
TALL = 3


class Timeline(Panel):
    """Three rows under a blank one where there is room, else one."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Give every stage the same width."""
        release = state.release
        if release is None:
            return []
        if height < TALL:
            return [_short(state, release, width)]
        first, last = _seen(release, (width - 2) // NARROWEST)
        seen = range(first, last)
        each = min(30, (width - 2) // len(seen))
        stages = [_stage_rows(state, release, index, each) for index in seen]
        rows = [(span(" "), *(piece for stage in stages for piece in stage[row])) for row in range(2)]
        marks = (span(" "), *(piece for index in seen for piece in _marks(state, release, index, each)))
        return [(), *rows, marks][-height:]


def _seen(release: Release, most: int) -> tuple[int, int]:
    """Choose the stages to show: all, or those around the present one."""
    count = len(release.plan.stages)
    most = max(1, most)
    first = max(0, min(release.index - most // 2, count - most))
    return first, min(count, first + most)


def _ink(release: Release, index: int) -> Ink:
    if _passed(release, index):
        return Ink.GOOD
    if index > release.index:
        return Ink.DIM
    return Ink.BAD if release.rollback else Ink.STRONG


def _passed(release: Release, index: int) -> bool:
    promoted = release.end is not None and release.end.outcome is Outcome.PROMOTED
    return promoted or index < release.index


def _sign(state: ViewState, release: Release, index: int) -> str:
    glyphs = state.glyphs
    if _passed(release, index):
        return glyphs.done
    if index > release.index:
        return glyphs.ahead
    return glyphs.failed if release.rollback else glyphs.current


def _stage_rows(state: ViewState, release: Release, index: int, width: int) -> tuple[Row, Row]:
    stage = release.plan.stages[index]
    ink = _ink(release, index)
    label = span(f"{_sign(state, release, index)} {stage.weight}% ", ink)
    line = _line(state, release, index, width - cells((label,)) - 1)
    below = span(f"  {_time(release, index, stage)}", Ink.DIM if ink is not Ink.STRONG else Ink.TEXT)
    return (label, *line, span(" ")), (_fixed(below, width),)


def _line(state: ViewState, release: Release, index: int, width: int) -> Row:
    done = round(width * _progress(release, index))
    glyphs = state.glyphs
    return (span(glyphs.run * done, _ink(release, index)), span(glyphs.rest * (width - done), Ink.RULE))


def _progress(release: Release, index: int) -> float:
    if index != release.index or _passed(release, index):
        return 1.0 if _passed(release, index) else 0.0
    hold_s = release.plan.stages[index].hold_s
    return min(1.0, release.held_s / hold_s) if hold_s else 0.0


def _time(release: Release, index: int, stage: Stage) -> str:
    if index == release.index and not _passed(release, index):
        return f"{stopwatch(release.held_s)}/{stopwatch(stage.hold_s)}"
    if _passed(release, index):
        start, end = _times(release, index, 0.0)
        return stopwatch(end - start) if end else words_duration(stage.hold_s)
    return words_duration(stage.hold_s) + (" +a" if stage.approve else "")


def _times(release: Release, index: int, now: float) -> tuple[float, float]:
    """Give when the stage began, and when it ended: at the next one, at the release's end, or `now`."""
    starts = release.stage_starts
    start = starts[index] if index < len(starts) else 0.0
    if index + 1 < len(starts):
        return start, starts[index + 1]
    return start, release.end.at if release.end is not None else now


def _marks(state: ViewState, release: Release, index: int, width: int) -> Row:
    """Set the marks under their stage by time; of several in one cell the last is seen, or the rollback."""
    if index >= len(release.stage_starts):
        return (span(" " * width),)
    start, end = _times(release, index, state.now)
    span_s = max(end - start, 1.0 if _passed(release, index) else release.plan.stages[index].hold_s, 1.0)
    row: list[Span] = [span(" ")] * width
    for mark in state.marks:
        if start <= mark.at < end or (mark.at == end and index == release.index):
            place = 2 + int((width - 4) * min(1.0, (mark.at - start) / span_s))
            if row[place].text != ROLLED_BACK:
                row[place] = span(mark.sign, mark.ink)
    return tuple(row)


def _short(state: ViewState, release: Release, width: int) -> Row:
    """Put everything into one row: signs and weights, then the present stage's clock."""
    stage = release.stage
    running = stage is not None and release.phase is Phase.RUNNING
    held = f"  {stopwatch(release.held_s)}/{stopwatch(stage.hold_s)}" if stage and running else ""
    longest = len(f" {state.glyphs.done}100")
    first, last = _seen(release, (width - len(held) - 2) // longest)
    stages = [
        span(
            f" {_sign(state, release, index)}{release.plan.stages[index].weight}",
            _ink(release, index),
        )
        for index in range(first, last)
    ]
    return (*stages, span(held, Ink.TEXT))


def _fixed(piece: Span, width: int) -> Span:
    return Span(piece.text[: width - 1].ljust(width), piece.ink)
