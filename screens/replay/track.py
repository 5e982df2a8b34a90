"""The track under the replay: heat, events, stages with the playhead, and where it is in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from console.claims.moments import Course
from console.plan.units import clock
from console.release import events as ev
from console.release.about import Gravity
from console.replay.event_index import IndexedEvent, StageSpan
from screens.figure_words import stopwatch
from screens.replay.frame import Frame
from screens.rows import Row, Span, cells, span, spread
from screens.signs import ROLLED_BACK, sign_of
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

ROWS = 4
FEWEST_ROWS = 2
MARGIN = 1
STAGE_INKS = (Ink.STAGE_1, Ink.STAGE_2, Ink.STAGE_3, Ink.STAGE_4)
WARM, HOT = 2, 4
"""From here on, twice and four times stable's errors, a column is not calm."""


class Track(Panel):
    """Four rows; where there is room for two only, the track and the words."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Paint the whole recording into the width."""
        assert isinstance(state, Frame)
        columns = max(1, width - 2 * MARGIN)  # a pane may be narrower than its margins
        rows = [_heat(state, columns), _marks(state, columns), _stages(state, columns)]
        margin = span(" " * MARGIN)
        return [*((margin, *row) for row in rows), _words(state, width)][-height:]


def edges(course: Course, columns: int) -> list[float]:
    """Give the times between the columns of a track, its ends included."""
    return [course.begins_at + course.length_s * column / columns for column in range(columns + 1)]


def place(course: Course, at: float, columns: int) -> int:
    """Give the column of a time."""
    if not course.length_s:
        return 0
    return min(columns - 1, max(0, int((at - course.begins_at) / course.length_s * columns)))


def _heat(frame: Frame, columns: int) -> Row:
    """Write how much worse the canary's errors are than stable's, column by column."""
    return tuple(
        span("".join(flame(frame, level) for level in levels), ink)
        for ink, levels in groupby(frame.heat(columns), key=heat_ink)
    )


def heat_ink(level: int | None) -> Ink:
    """Give the ink of a heat: calm, warm or hot."""
    if level is None or level < WARM:
        return Ink.RULE
    return Ink.WAIT if level < HOT else Ink.BAD


def flame(frame: Frame, level: int | None) -> str:
    """Give the sign of a heat; a blank where nothing is known."""
    return " " if level is None else frame.glyphs.heat[level]


def _marks(frame: Frame, columns: int) -> Row:
    """Set a sign for every event; where several fall together the gravest is seen."""
    row: list[Span] = [span(" ")] * columns
    ranks = [0] * columns
    for event in frame.events:
        column = place(frame.course, event.at, columns)
        rank, sign, ink = _sign(frame, event)
        if rank > ranks[column]:
            ranks[column], row[column] = rank, span(sign, ink)
    return tuple(row)


def _sign(frame: Frame, mark: IndexedEvent) -> tuple[int, str, Ink]:
    """Give a sign, and its rank: the graver ones are seen, of two alike the one with a letter."""
    event, glyphs = mark.event, frame.glyphs
    if isinstance(event, ev.ReleaseEnded):
        promoted = event.outcome is ev.Outcome.PROMOTED
        return (9, glyphs.done, Ink.GOOD) if promoted else (9, glyphs.failed, Ink.STRONG)
    if isinstance(event, ev.StageEntered):
        return 5, glyphs.bar, Ink.TEXT
    own = sign_of(event)
    if own is not None:
        return _rank(event), *own
    if event.gravity >= Gravity.AMISS:
        return 6, glyphs.failed, Ink.WAIT
    return 1, glyphs.dot, Ink.DIM


def _rank(event: ev.AnyEvent) -> int:
    if event.sign == ROLLED_BACK:
        return 10
    return 8 if event.gravity is Gravity.GRAVE else 7


def _stages(frame: Frame, columns: int) -> Row:
    """Draw each stage in its colour: heavy where the playhead has been, with the weight at its begin."""
    head = place(frame.course, frame.at, columns)
    line = [_piece(frame, column < head) for column in range(columns)]
    inks = [Ink.RULE] * columns
    for one, end_at in _spans(frame):
        first, last = (place(frame.course, at, columns) for at in (one.begin_at, end_at))
        inks[first : last + 1] = [_span_ink(one)] * (last + 1 - first)
        label = _label(frame, one)
        if len(label) + 1 <= last - first:
            line[first : first + len(label)] = label
    line[head], inks[head] = frame.glyphs.head, Ink.FOCUS
    return tuple(
        span("".join(sign for sign, _ in pieces), ink)
        for ink, pieces in groupby(zip(line, inks, strict=True), key=lambda piece: piece[1])
    )


def _piece(frame: Frame, passed: bool) -> str:  # noqa: FBT001 - one sign of two
    return frame.glyphs.run if passed else frame.glyphs.rule


def _spans(frame: Frame) -> list[tuple[StageSpan, float]]:
    ends = (*(after.begin_at for _, after in pairwise(frame.spans)), frame.course.ends_at)
    return list(zip(frame.spans, ends, strict=True))


def _span_ink(one: StageSpan) -> Ink:
    if one.rolling_back:
        return Ink.BAD
    return stage_ink(one.index) if one.index >= 0 else Ink.RULE


def stage_ink(index: int) -> Ink:
    """Give the colour of a stage, counted from 0."""
    return STAGE_INKS[index % len(STAGE_INKS)]


def _label(frame: Frame, one: StageSpan) -> str:
    if one.rolling_back:
        return "back"
    if one.index < 0 or frame.release is None:
        return ""
    return f"{frame.release.plan.stages[one.index].weight}%"


def _words(frame: Frame, width: int) -> Row:
    """Say where the playhead is and how it moves; the least wanted words go first."""
    course = frame.course
    motion = span(f" {_motion(frame)} ", Ink.KEY)
    since, whole = stopwatch(frame.at - course.begins_at), stopwatch(course.length_s)
    left = (motion, span(f"{clock(frame.at)}  ", Ink.STRONG), span(f"+{since} of {whole}"))
    right = _facts(frame)
    while right and cells(left) + cells(right) + 2 > width:
        right = right[1:]
    return spread(left, (*right, span(" ")), width, cut=frame.glyphs.cut)


def _motion(frame: Frame) -> str:
    glyphs = frame.glyphs
    arrow = glyphs.current if frame.direction > 0 else glyphs.back
    if not frame.playing:
        return f"{glyphs.pause} {arrow}{frame.speed:g}x"
    return f"{arrow} {frame.speed:g}x "


def _facts(frame: Frame) -> Row:
    facts = [span(f"record {frame.number}/{frame.records}", Ink.DIM)]
    facts.append(span(f"  chain {frame.seal.words}", Ink.BAD if frame.seal.broken else Ink.DIM))
    if frame.skips_quiet:
        facts.append(span("  skips quiet", Ink.KEY))
    if frame.progress < 1:
        facts.append(span(f"  reading {frame.progress * 100:.0f}%", Ink.WAIT))
    return tuple(facts)
