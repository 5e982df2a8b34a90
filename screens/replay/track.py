"""The track under the replay: heat, events, stages with the playhead, and where it is in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from console.claims.moments import Course
from console.plan.units import clock
from console.release import events as ev
from console.release.about import Gravity
from console.replay.outline import Mark, Span
from screens.replay.shot import Shot
from screens.rows import Row, cells, span, spread
from screens.rows import Span as Piece
from screens.scene import Scene
from screens.signs import ROLLED_BACK, sign_of
from screens.widgets.panel import Panel
from screens.words import stopwatch
from themes.ink import Ink

ROWS = 4
FEWEST_ROWS = 2
MARGIN = 1
STAGE_INKS = (Ink.STAGE_1, Ink.STAGE_2, Ink.STAGE_3, Ink.STAGE_4)
WARM, HOT = 2, 4
"""From here on, twice and four times stable's errors, a column is not calm."""


class Track(Panel):
    """Four rows; where there is room for two only, the track and the words."""

    def paint(self, scene: Scene, width: int, height: int) -> Sequence[Row]:
        """Paint the whole recording into the width."""
        assert isinstance(scene, Shot)
        columns = max(1, width - 2 * MARGIN)  # a pane may be narrower than its margins
        rows = [_heat(scene, columns), _marks(scene, columns), _stages(scene, columns)]
        margin = span(" " * MARGIN)
        return [*((margin, *row) for row in rows), _words(scene, width)][-height:]


def edges(course: Course, columns: int) -> list[float]:
    """Give the times between the columns of a track, its ends included."""
    return [course.begins_at + course.length_s * column / columns for column in range(columns + 1)]


def place(course: Course, at: float, columns: int) -> int:
    """Give the column of a time."""
    if not course.length_s:
        return 0
    return min(columns - 1, max(0, int((at - course.begins_at) / course.length_s * columns)))


def _heat(shot: Shot, columns: int) -> Row:
    """Write how much worse the canary's errors are than stable's, column by column."""
    return tuple(
        span("".join(flame(shot, level) for level in levels), ink)
        for ink, levels in groupby(shot.heat(columns), key=heat_ink)
    )


def heat_ink(level: int | None) -> Ink:
    """Give the ink of a heat: calm, warm or hot."""
    if level is None or level < WARM:
        return Ink.RULE
    return Ink.WAIT if level < HOT else Ink.BAD


def flame(shot: Shot, level: int | None) -> str:
    """Give the sign of a heat; a blank where nothing is known."""
    return " " if level is None else shot.glyphs.heat[level]


def _marks(shot: Shot, columns: int) -> Row:
    """Set a sign for every event; where several fall together the gravest is seen."""
    row: list[Piece] = [span(" ")] * columns
    ranks = [0] * columns
    for event in shot.events:
        column = place(shot.course, event.at, columns)
        rank, sign, ink = _sign(shot, event)
        if rank > ranks[column]:
            ranks[column], row[column] = rank, span(sign, ink)
    return tuple(row)


def _sign(shot: Shot, mark: Mark) -> tuple[int, str, Ink]:
    """Give a sign, and its rank: the graver ones are seen, of two alike the one with a letter."""
    event, glyphs = mark.event, shot.glyphs
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


def _stages(shot: Shot, columns: int) -> Row:
    """Draw each stage in its colour: heavy where the playhead has been, with the weight at its begin."""
    head = place(shot.course, shot.at, columns)
    line = [_piece(shot, column < head) for column in range(columns)]
    inks = [Ink.RULE] * columns
    for one, end_at in _spans(shot):
        first, last = (place(shot.course, at, columns) for at in (one.begin_at, end_at))
        inks[first : last + 1] = [_span_ink(one)] * (last + 1 - first)
        label = _label(shot, one)
        if len(label) + 1 <= last - first:
            line[first : first + len(label)] = label
    line[head], inks[head] = shot.glyphs.head, Ink.FOCUS
    return tuple(
        span("".join(sign for sign, _ in pieces), ink)
        for ink, pieces in groupby(zip(line, inks, strict=True), key=lambda piece: piece[1])
    )


def _piece(shot: Shot, passed: bool) -> str:  # noqa: FBT001 - one sign of two
    return shot.glyphs.run if passed else shot.glyphs.rule


def _spans(shot: Shot) -> list[tuple[Span, float]]:
    ends = (*(after.begin_at for _, after in pairwise(shot.spans)), shot.course.ends_at)
    return list(zip(shot.spans, ends, strict=True))


def _span_ink(one: Span) -> Ink:
    if one.rolling_back:
        return Ink.BAD
    return stage_ink(one.index) if one.index >= 0 else Ink.RULE


def stage_ink(index: int) -> Ink:
    """Give the colour of a stage, counted from 0."""
    return STAGE_INKS[index % len(STAGE_INKS)]


def _label(shot: Shot, one: Span) -> str:
    if one.rolling_back:
        return "back"
    if one.index < 0 or shot.release is None:
        return ""
    return f"{shot.release.plan.stages[one.index].weight}%"


def _words(shot: Shot, width: int) -> Row:
    """Say where the playhead is and how it moves; the least wanted words go first."""
    course = shot.course
    motion = span(f" {_motion(shot)} ", Ink.KEY)
    since, whole = stopwatch(shot.at - course.begins_at), stopwatch(course.length_s)
    left = (motion, span(f"{clock(shot.at)}  ", Ink.STRONG), span(f"+{since} of {whole}"))
    right = _facts(shot)
    while right and cells(left) + cells(right) + 2 > width:
        right = right[1:]
    return spread(left, (*right, span(" ")), width, cut=shot.glyphs.cut)


def _motion(shot: Shot) -> str:
    glyphs = shot.glyphs
    arrow = glyphs.current if shot.direction > 0 else glyphs.back
    if not shot.playing:
        return f"{glyphs.pause} {arrow}{shot.speed:g}x"
    return f"{arrow} {shot.speed:g}x "


def _facts(shot: Shot) -> Row:
    facts = [span(f"record {shot.number}/{shot.records}", Ink.DIM)]
    facts.append(span(f"  chain {shot.seal.words}", Ink.BAD if shot.seal.broken else Ink.DIM))
    if shot.skips_quiet:
        facts.append(span("  skips quiet", Ink.KEY))
    if shot.progress < 1:
        facts.append(span(f"  reading {shot.progress * 100:.0f}%", Ink.WAIT))
    return tuple(facts)
