"""The two versions side by side on one scale: figures, error rate and P99."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.evidence import Pods
from console.judge.reading import Reading, Verdict
from console.plan.model import Metric, Rule
from console.plan.plan_words import limit_in_words, value_in_words
from console.plan.units import words_duration
from console.release.felt import felt, felt_window_s, figures_window_s, guard_of, is_beyond, limit_of
from console.release.state import Phase, Release
from screens.figure_words import UNKNOWN, milliseconds, minus, points, value
from screens.layout import SMALL_TABLE, chart_rows
from screens.plot import bucket_for
from screens.rows import Row, Span, cells, column, fill, span
from screens.sample_columns import Figures, Quantity, Side
from screens.view_state import ViewState
from screens.widgets.chart import Axes, axes, time_axis
from screens.widgets.curves import INKS, Charts, Sight, draw, limit_in_short, sight_of
from screens.widgets.panel import Panel
from themes.ink import Ink

GAP = 2
"""Columns between the two."""


class Versions(Panel):
    """Both versions: charts where there is room, else a table of four lines."""

    _drawn: tuple[Sight, Charts] | None = None

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Paint both sides with the same rows, so that every pair of numbers is level."""
        release = state.release
        if release is None:
            return []
        if height <= SMALL_TABLE:
            return _table(state, release, width)
        each = (width - GAP) // 2
        rows = chart_rows(height)
        axis = axes(state.now, bucket_s=bucket_for(release.plan.interval_s), width=each - 1)
        charts = self._charts(state, sight_of(state, release, axis, rows))
        sides = [_side_rows(state, _view(state, release, side), charts, each, axis) for side in Side]
        airy = [()] if height > len(sides[0]) else []
        gap = span(" " * GAP)
        both = [(*fill(left, each), gap, *fill(right, each)) for left, right in zip(*sides, strict=True)]
        return [*airy, *both]

    def _charts(self, state: ViewState, sight: Sight) -> Charts:
        """Draw the charts anew only where something in sight has changed: they are most of the work."""
        if self._drawn is None or self._drawn[0] != sight:
            self._drawn = sight, draw(state, sight)
        return self._drawn[1]


class _View(Struct, frozen=True, kw_only=True):
    """One version as this instant shows it."""

    release: Release
    name: str
    side: Side
    ink: Ink
    numbers: Ink
    figures: Figures
    other: Figures
    restarts: int
    asked: int | None


def _view(state: ViewState, release: Release, side: Side) -> _View:
    canary = side is Side.CANARY
    version = release.plan.canary if canary else release.plan.stable
    restarts = release.memory.restarts
    weight = release.writes[-1].weight if release.writes else release.weight
    figures = state.samples.figures(over_s=figures_window_s(release))
    return _View(
        release=release,
        name=version.name,
        side=side,
        ink=INKS[side],
        numbers=Ink.DIM if state.stale else Ink.STRONG,
        figures=figures[side],
        other=figures[Side.STABLE],
        restarts=restarts.canary if canary else restarts.stable,
        asked=weight if canary or weight is None else 100 - weight,
    )


def _side_rows(state: ViewState, view: _View, charts: Charts, width: int, axis: Axes) -> list[Row]:
    return [
        _title(state, view, width),
        _counts(view, width),
        _numbers(state, view, Quantity.ERROR_RATE, width),
        *charts[view.side, Quantity.ERROR_RATE],
        _numbers(state, view, Quantity.P99, width),
        *charts[view.side, Quantity.P99],
        time_axis(axis, glyphs=state.glyphs),
    ]


def _title(state: ViewState, view: _View, width: int) -> Row:
    rule = state.glyphs.rule
    asked = UNKNOWN if view.asked is None else f"{view.asked}%"
    left = (span(f"{rule}{rule} ", Ink.RULE), span(view.name, view.ink), span(f" {view.side} ", Ink.DIM))
    right = (
        span(f" {asked}", view.numbers),
        span(" asked, ", Ink.DIM),
        span(_percent(view.figures.share), view.numbers),
        span(" seen ", Ink.DIM),
    )
    missing = width - cells(left) - cells(right)
    if missing < 1:
        return (*left, span(rule * (width - cells(left)), Ink.RULE))
    return (*left, span(rule * missing, Ink.RULE), *right)


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share * 100:.1f}%"


def _counts(view: _View, width: int) -> Row:
    """Set each count into a column of its own width; those that don't fit are left out."""
    row: list[Span] = [span(" ")]
    for label, number, columns in _count_words(view):
        if cells(row) + columns > width:
            break
        row += [span(f"{label} ", Ink.DIM), column(number, columns - len(label) - 1, view.numbers)]
    return tuple(row)


def _count_words(view: _View) -> tuple[tuple[str, str, int], ...]:
    figures, pods = view.figures, view.figures.pods
    return (
        ("rps", UNKNOWN if figures.rps is None else f"{figures.rps:.0f}", 10),
        ("pods", _ready(pods), 12),
        ("restarts", str(view.restarts), 13),
        ("cpu", UNKNOWN if pods.cpu_cores is None else f"{pods.cpu_cores:.2f}", 10),
        ("mem", value(Metric.MEMORY, pods.memory_bytes), 12),
    )


def _ready(pods: Pods) -> str:
    if pods.ready is None or pods.desired is None:
        return UNKNOWN
    looping = f" {pods.crash_looping} crash" if pods.crash_looping else ""
    return f"{pods.ready}/{pods.desired}{looping}"


def _numbers(state: ViewState, view: _View, quantity: Quantity, width: int) -> Row:
    """Write the value; for the canary also how far from stable's, and the limit."""
    label, number, difference = _number_words(view, quantity)
    canary = view.side is Side.CANARY
    bad = canary and _is_bad(view.release, quantity)
    sign = f"{state.glyphs.failed} " if bad else ""
    left = (
        span(" "),
        column(label, 11, Ink.DIM),
        column(sign + number, 12, Ink.BAD if bad else view.numbers),
        span(difference if canary else "", view.ink),
    )
    words = _limit_and_window(view.release, quantity) if canary else ()
    fits = next((each for each in words if cells(left) + len(each) + 1 < width), "")
    return (*left, span(" " * (width - cells(left) - len(fits) - 1)), span(fits, Ink.LIMIT)) if fits else left


def _number_words(view: _View, quantity: Quantity) -> tuple[str, str, str]:
    here, there = _values(view, quantity)
    if quantity is Quantity.ERROR_RATE:
        return "error rate", _percent2(here), points(minus(here, there))
    p99 = UNKNOWN if here is None else value_in_words(Metric.P99, round(here))
    return "P99", p99, milliseconds(minus(here, there))


def _values(view: _View, quantity: Quantity) -> tuple[float | None, float | None]:
    """Give the value of this version and of stable: the guard's own where one judges, so that both agree."""
    reading = _reading(view.release, quantity)
    if reading is not None:
        here = reading.canary if view.side is Side.CANARY else reading.stable
        return here, reading.stable
    if quantity is Quantity.ERROR_RATE:
        return view.figures.error_rate, view.other.error_rate
    return view.figures.p99_ms, view.other.p99_ms


def _reading(release: Release, quantity: Quantity) -> Reading | None:
    """Give what the guard of this metric reads as of now; behind a rollback none judges any more."""
    guard = guard_of(release, quantity)
    if guard is None or release.phase is not Phase.RUNNING:
        return None
    reading = release.memory.reading(guard)
    return None if reading is None or reading.verdict is Verdict.BLIND else reading


def _limit_and_window(release: Release, quantity: Quantity) -> tuple[str, ...]:
    """Say over how long the value is taken, and where there is room what it should keep."""
    over_s = felt_window_s(release, quantity) if guard_of(release, quantity) else figures_window_s(release)
    words = words_duration(round(over_s) or over_s)
    limit = _limit(release, quantity)
    return (f"limit {limit} in {words}", f"in {words}") if limit else (f"in {words}",)


def _limit(release: Release, quantity: Quantity) -> str:
    """Write the limit that is broken now, or else the lowest that the canary should keep."""
    guards = release.stage.guards if release.stage else ()
    for guard in guards:
        reading = release.memory.reading(guard) if guard.metric == quantity else None
        if reading is not None and reading.verdict is Verdict.BREACH and release.phase is Phase.RUNNING:
            sign = {Rule.MAX_INCREASE: "+"}.get(guard.rule, "")
            return f"{sign}{limit_in_words(guard.metric, guard.rule, guard.limit)}"
    return limit_in_short(quantity, limit_of(release, quantity))


def _percent2(rate: float | None) -> str:
    return UNKNOWN if rate is None else f"{rate * 100:.2f}%"


def _is_bad(release: Release, quantity: Quantity) -> bool:
    """Whether the canary is beyond a guard's limit, or fails more than its SLO lets it, as of now."""
    if release.phase is not Phase.RUNNING:
        return False
    if quantity is Quantity.ERROR_RATE and is_beyond(felt(release).canary, limit_of(release, quantity)):
        return True
    return _is_breached(release, quantity)


def _is_breached(release: Release, quantity: Quantity) -> bool:
    guards = release.stage.guards if release.stage else ()
    readings = (release.memory.reading(guard) for guard in guards if guard.metric == quantity)
    return any(reading is not None and reading.verdict is Verdict.BREACH for reading in readings)


def _table(state: ViewState, release: Release, width: int) -> list[Row]:
    """Write both versions and their difference, for a terminal without room for charts."""
    stable, canary = (_view(state, release, side) for side in Side)
    each = max(6, (width - 13) // 3)
    a, b = stable.figures, canary.figures
    label = _weights(canary)
    lines = (
        (label, stable.name, canary.name, "difference" if each >= 11 else "diff"),  # noqa: PLR2004 - the word's length
        (
            "error rate",
            _percent2(a.error_rate),
            _percent2(b.error_rate),
            points(minus(b.error_rate, a.error_rate)),
        ),
        ("P99", _number_words(stable, Quantity.P99)[1], *_number_words(canary, Quantity.P99)[1:]),
        ("requests/s", _whole(a.rps), _whole(b.rps), _signed(minus(b.rps, a.rps))),
    )
    inks = [
        (Ink.DIM, Ink.STABLE, Ink.CANARY, Ink.DIM),
        *[(Ink.DIM, stable.numbers, canary.numbers, Ink.TEXT)] * 3,
    ]
    return [
        (
            span(" "),
            column(line[0], 11, ink[0]),
            *(column(text, each, i, right=True) for text, i in zip(line[1:], ink[1:], strict=True)),
        )
        for line, ink in zip(lines, inks, strict=True)
    ]


def _weights(canary: _View) -> str:
    return f"{100 - canary.asked}/{canary.asked}%" if canary.asked is not None else ""


def _whole(number: float | None) -> str:
    return UNKNOWN if number is None else f"{number:.0f}"


def _signed(number: float | None) -> str:
    return "" if number is None else f"{number:+z.0f}"
