"""The charts of a report as one SVG: weights, both versions' curves, keys and guards, on one axis of time.

Every colour is a class of the page's style sheet, so that light, dark and print each have their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise

from msgspec import Struct

from console.judge.reading import Verdict
from console.plan.literal import literal
from console.plan.plan_words import value_in_words
from console.report.dates import time_of_day
from console.report.series import Curves, Points, Series, Strip


class Mark(Struct, frozen=True, kw_only=True):
    """A moment of decision, drawn through all charts."""

    at: float
    label: str
    grave: bool


class Names(Struct, frozen=True, kw_only=True):
    """What the versions are called."""

    stable: str
    canary: str


class Paper(Struct, frozen=True, kw_only=True):
    """The room that the drawing has."""

    width: float
    right: float
    """What the labels at the lines' ends need."""

    @property
    def inner(self) -> float:
        """The width of the plots."""
        return self.width - self.right


WIDE = Paper(width=880, right=96)
NARROW = Paper(width=350, right=62)

MARKS_HEIGHT, TITLE_HEIGHT, GAP = 34, 22, 20
WEIGHT_HEIGHT, CURVE_HEIGHT, KEYS_HEIGHT, STRIP_HEIGHT = 52, 96, 64, 34
LINES = 2
LABEL_HEIGHT = 13
LONGEST_NAME = 10
TITLE_CHARACTER = 7.8
"""About the width of one."""
HALF_TIME = 24
"""Half the width of a time under the axis."""


def draw(series: Series, *, names: Names, marks: Sequence[Mark], paper: Paper) -> str:
    """Draw a release; `paper` says for how wide a screen."""
    parts: list[str] = []
    y = MARKS_HEIGHT
    across = _across(series, paper)
    for title, height, body in _plots(series, names, across, paper):
        parts.append(f'<g transform="translate(0 {y:g})">{_title(title, paper)}')
        parts.append(f'<g transform="translate(0 {TITLE_HEIGHT})">{body}</g></g>')
        y += TITLE_HEIGHT + height + GAP
    for strip in series.strips:
        parts.append(f'<g transform="translate(0 {y:g})">{_strip(strip, across, paper)}</g>')
        y += STRIP_HEIGHT
    parts += [_marks(marks, across, paper, bottom=y - 6), _axis(series, across, paper, y=y)]
    height = y + 24
    label = f"Weights, error rate, P99, requests and guards of {names.stable} and {names.canary} over time"
    return (
        f'<svg viewBox="0 0 {paper.width:g} {height:g}" role="img" aria-label="{_safe(label)}">'
        f"{''.join(parts)}</svg>"
    )


Across = Callable[[float], float]
Label = tuple[str, str, float]
"""Its kind, its words, its place from the top."""
KEY_KINDS = ("key one", "key two")


def _across(series: Series, paper: Paper) -> Across:
    length_s = max(series.end_at - series.begin_at, 1e-9)
    return lambda at: min(1.0, max(0.0, (at - series.begin_at) / length_s)) * paper.inner


def _plots(series: Series, names: Names, across: Across, paper: Paper) -> Iterator[tuple[str, int, str]]:
    weights = f"Requests sent to {names.canary}"
    yield weights, WEIGHT_HEIGHT, _weights(series, across, paper)
    for title, metric, curves in (
        ("Error rate", "error_rate", series.error_rate),
        ("P99 latency", "p99", series.p99_ms),
        ("Requests a second", "rps", series.rps),
    ):
        yield title, CURVE_HEIGHT, _curves(curves, metric, names, paper)
    if series.keys is not None:
        title = f"Both keys, turned against {names.canary}"
        yield title, KEYS_HEIGHT, _keys(series.keys, paper)


def _title(text: str, paper: Paper) -> str:
    fitting = literal(text, longest=int(paper.width / TITLE_CHARACTER))
    return f'<text class="plot" x="0" y="12">{_safe(fitting)}</text>'


def _weights(series: Series, across: Across, paper: Paper) -> str:
    points, label = [], ""
    for (at, weight), (until, _) in pairwise([*series.weights, (series.end_at, 0)]):
        y = WEIGHT_HEIGHT * (1 - weight / 100)
        points += [(across(at), y), (across(until), y)]
        label = f"{weight}%"
    if not points:
        return _grid(paper, WEIGHT_HEIGHT, [])
    line = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    area = f"M{points[0][0]:.1f} {WEIGHT_HEIGHT} L{line} L{points[-1][0]:.1f} {WEIGHT_HEIGHT} Z"
    end = f'<text class="end canary" x="{paper.inner + 8:g}" y="{points[-1][1] + 4:.1f}">{label}</text>'
    return (
        f'{_grid(paper, WEIGHT_HEIGHT, [(1.0, "100%")])}<path class="area" d="{area}"/>'
        f'<path class="line canary" d="M{line}"/>{end}'
    )


def _curves(curves: Curves, metric: str, names: Names, paper: Paper) -> str:
    top = _nice_top([*curves.stable, *curves.canary])
    scale = [(0.5, value_in_words(metric, top / 2)), (1.0, value_in_words(metric, top))]
    ends = _ends(curves, names, top)
    return "".join(
        (
            _grid(paper, CURVE_HEIGHT, scale),
            _line(curves.stable, "stable", paper, top=top, height=CURVE_HEIGHT),
            _line(curves.canary, "canary", paper, top=top, height=CURVE_HEIGHT),
            _peak(curves.canary, metric, top, paper) if metric != "rps" else "",
            *_labels(ends, paper),
        )
    )


def _ends(curves: Curves, names: Names, top: float) -> list[Label]:
    """Label both lines where they end."""
    sides = (("stable", names.stable, curves.stable), ("canary", names.canary, curves.canary))
    found = [
        (kind, literal(name, longest=LONGEST_NAME), last / top)
        for kind, name, points in sides
        if (last := _last(points)) is not None
    ]
    return _apart(found, CURVE_HEIGHT)


def _apart(ends: Sequence[tuple[str, str, float]], height: float) -> list[Label]:
    """Place labels at shares of the height, one clear of the other."""
    found = [(kind, words, height * (1 - share) + 4) for kind, words, share in ends]
    if len(found) == LINES and abs(found[0][2] - found[1][2]) < LABEL_HEIGHT:
        upper = min(found[0][2], found[1][2], height - LABEL_HEIGHT)
        first = 0 if found[0][2] < found[1][2] else 1
        found[first] = (*found[first][:2], upper)
        found[1 - first] = (*found[1 - first][:2], upper + LABEL_HEIGHT)
    return found


def _labels(labels: Sequence[Label], paper: Paper) -> Iterator[str]:
    for kind, words, y in labels:
        yield f'<text class="end {kind}" x="{paper.inner + 8:g}" y="{y:.1f}">{_safe(words)}</text>'


def _last(points: Points) -> float | None:
    return next((value for value in reversed(points) if value is not None), None)


def _nice_top(values: Sequence[float | None]) -> float:
    """Give a round number above all values."""
    most = max((value for value in values if value is not None), default=0.0)
    if most <= 0:
        return 1.0 if not any(values) else most
    size = 10.0 ** math.floor(math.log10(most))
    return next(step * size for step in (1, 2, 4, 5, 8, 10) if step * size >= most * 0.999)


def _grid(paper: Paper, height: int, scale: Sequence[tuple[float, str]]) -> str:
    lines = [f'<path class="base" d="M0 {height} H{paper.inner:g}"/>']
    for share, words in scale:
        y = height * (1 - share)
        lines.append(f'<path class="grid" d="M0 {y:g} H{paper.inner:g}"/>')
        lines.append(f'<text class="scale" x="2" y="{y + 11:g}">{_safe(words)}</text>')
    return "".join(lines)


def _keys(keys: tuple[Points, Points], paper: Paper) -> str:
    """Draw how far each key is turned; at the top both are, and the release goes back."""
    lines = [
        _line(points, kind, paper, top=1.0, height=KEYS_HEIGHT)
        for kind, points in zip(KEY_KINDS, keys, strict=True)
    ]
    shares = [_last(points) or 0.0 for points in keys]
    ends = _apart([("key", "key 1", shares[0]), ("key", "key 2", shares[1])], KEYS_HEIGHT)
    return "".join((_grid(paper, KEYS_HEIGHT, [(1.0, "turned")]), *lines, *_labels(ends, paper)))


def _line(points: Points, kind: str, paper: Paper, *, top: float, height: float) -> str:
    step = paper.inner / max(1, len(points))
    pieces: list[str] = []
    missing = LINES
    for place, value in enumerate(points):
        if value is None:
            missing += 1
            continue
        pen = "M" if missing >= LINES else "L"
        pieces.append(f"{pen}{(place + 1) * step:.1f} {height * (1 - value / top):.1f}")
        missing = 0
    return f'<path class="line {kind}" d="{" ".join(pieces)}"/>' if pieces else ""


def _peak(points: Points, metric: str, top: float, paper: Paper) -> str:
    """Mark the canary's highest value with the value."""
    value = max((point for point in points if point is not None), default=0.0)
    if not value:
        return ""
    x = (points.index(value) + 1) * paper.inner / len(points)
    y = CURVE_HEIGHT * (1 - value / top)
    anchor = "end" if x > paper.inner / 2 else "start"
    side = -7 if anchor == "end" else 7
    return (
        f'<circle class="peak" cx="{x:.1f}" cy="{y:.1f}" r="3"/><text class="end canary" x="{x + side:.1f}"'
        f' y="{y + 4:.1f}" text-anchor="{anchor}">{_safe(value_in_words(metric, value))}</text>'
    )


_BARS = {
    Verdict.HEALTHY: (7.0, 2.0),
    Verdict.BREACH: (0.0, 9.0),
    Verdict.INSUFFICIENT: (5.0, 4.0),
    Verdict.BLIND: (3.0, 6.0),
}
"""Where each verdict's bar begins, and how thick it is: colour is never alone."""


def _strip(strip: Strip, across: Across, paper: Paper) -> str:
    room = int(paper.inner / 6.6)
    bars = []
    for begin_at, end_at, verdict in strip.stretches:
        y, height = _BARS[verdict]
        x = across(begin_at)
        width = max(1.0, across(end_at) - x)
        bars.append(
            f'<rect class="{verdict}" x="{x:.1f}" y="{y + 15:g}" width="{width:.1f}" height="{height:g}"/>'
        )
    last = strip.stretches[-1][2]
    name = literal(strip.name, longest=room)
    return (
        f'<text class="guard" x="0" y="10">{_safe(name)}</text>{"".join(bars)}'
        f'<text class="end {last}" x="{paper.inner + 8:g}" y="23">{_SHORT[last]}</text>'
    )


_SHORT = {
    Verdict.HEALTHY: "healthy",
    Verdict.BREACH: "breach",
    Verdict.INSUFFICIENT: "too few",
    Verdict.BLIND: "blind",
}


def _marks(marks: Sequence[Mark], across: Across, paper: Paper, *, bottom: float) -> str:
    """Draw the moments of decision through all plots, their labels in two rows where they are close."""
    drawn, ends = [], [-1e9, -1e9]
    for mark in sorted(marks, key=lambda mark: (not mark.grave, mark.at)):
        x, kind = across(mark.at), "grave" if mark.grave else "step"
        drawn.append(f'<path class="mark {kind}" d="M{x:.1f} {MARKS_HEIGHT - 2} V{bottom:g}"/>')
    for mark in sorted(marks, key=lambda mark: mark.at):
        x, kind = across(mark.at), "grave" if mark.grave else "step"
        width = len(mark.label) * 6.4 + 8
        left = x + width > paper.width
        begin = x - width if left else x
        row = next((row for row, end in enumerate(ends) if begin >= end), None)
        if row is None:
            continue
        ends[row] = begin + width
        anchor = ' text-anchor="end"' if left else ""
        drawn.append(
            f'<text class="moment {kind}" x="{x + (-3 if left else 0):.1f}" y="{27 - row * 14}"{anchor}>'
            f"{_safe(mark.label)}</text>"
        )
    return "".join(drawn)


def _axis(series: Series, across: Across, paper: Paper, *, y: float) -> str:
    step_s = _step_s((series.end_at - series.begin_at) / (paper.inner / 96))
    first = math.ceil(series.begin_at / step_s) * step_s
    count = int((series.end_at - first) / step_s) + 1 if series.end_at >= first else 0
    parts = []
    for place in range(count):
        at = first + place * step_s
        x = across(at)
        anchor = "start" if x < HALF_TIME else "middle"
        shown = time_of_day(at) if step_s < 60 else time_of_day(at)[:5]  # noqa: PLR2004 - seconds in a minute
        parts.append(f'<path class="tick" d="M{x:.1f} {y:g} v5"/>')
        if x > paper.inner - HALF_TIME:
            continue
        parts.append(f'<text class="time" x="{x:.1f}" y="{y + 18:g}" text-anchor="{anchor}">{shown}</text>')
    utc = f'<text class="time" x="{paper.inner + 8:g}" y="{y + 18:g}">UTC</text>'
    return f'<path class="base" d="M0 {y:g} H{paper.inner:g}"/>{"".join(parts)}{utc}'


_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def _step_s(least_s: float) -> float:
    return next((step for step in _STEPS_S if step >= least_s), math.ceil(least_s / 86400) * 86400)


def _safe(text: str) -> str:
    return escape(literal(text, longest=400))
