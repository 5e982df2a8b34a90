"""The guards as a table: what each one sees, its limit, its verdict and how long it has stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from console.judge.reading import Reading, Verdict
from console.judge.value import is_traffic
from console.plan.model import Guard, Rule, Then
from console.plan.plan_words import limit_in_words, metric_in_words
from console.plan.units import words_duration
from console.release.event_words import verdict_in_words
from console.release.state import Release
from screens.figure_words import UNKNOWN, ago, value
from screens.glyphs import Glyphs
from screens.judges import panel_of
from screens.rows import Row, clip, column, span
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

WIDE, MIDDLE = 100, 72
_ORDER = (Verdict.BREACH, Verdict.BLIND, Verdict.INSUFFICIENT, Verdict.HEALTHY)


class _Columns(Struct, frozen=True):
    """Widths of the columns; 0 leaves one out."""

    name: int
    stable: int
    canary: int
    limit: int
    requests: int
    verdict: int
    then: int


def _columns(width: int) -> _Columns:
    if width >= WIDE:
        return _Columns(24, 11, 11, 17, 10, width - 88, 13)
    if width >= MIDDLE:
        return _Columns(19, 9, 9, 14, 0, width - 53, 0)
    return _Columns(min(16, width // 3), 0, 10, 0, 0, max(10, width - 12 - min(16, width // 3)), 0)


class Guards(Panel):
    """One row a guard; where there are more than rows, the worst come first and the others are counted."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Paint the header and the guards of the present stage."""
        release = state.release
        if release is None or not height:
            return []
        columns = _columns(width)
        stage = release.stage or release.plan.stages[0]
        airy = [()] if width >= WIDE else []
        judge = panel_of(release.plan).paint(state, width)
        room = height - len(airy) - len(judge)
        shown, hidden = _chosen(release, stage.guards, room - 1)
        table = [_row(state, release, guard, columns) for guard in shown]
        head = [_header(release, columns)] if table else []
        more = [_more(state, release, hidden, width)] if hidden else []
        return [*airy, *judge, *head, *table, *more]


def _chosen(release: Release, guards: Sequence[Guard], rows: int) -> tuple[Sequence[Guard], Sequence[Guard]]:
    """Choose the guards that get a row, the worst ones where not all do; the others are told in one."""
    if len(guards) <= rows:
        return guards, ()
    worst = sorted(guards, key=lambda guard: _severity(release.memory.reading(guard)))
    shown = max(0, rows - 1)
    return worst[:shown], worst[shown:]


def _more(state: ViewState, release: Release, hidden: Sequence[Guard], width: int) -> Row:
    """Count the guards that have no row of their own: nobody should miss one unseen."""
    readings = [release.memory.reading(guard) for guard in hidden]
    counts = Counter("not asked yet" if each is None else verdict_in_words(each.verdict) for each in readings)
    if len(counts) == 1:
        names = ", ".join(dict.fromkeys(_short(guard, release, state.glyphs) for guard in hidden))
        words = f"+{len(hidden)} more {next(iter(counts))}: {names}"
    else:
        words = f"+{len(hidden)} more: {', '.join(f'{count} {word}' for word, count in counts.items())}"
    return clip((span(f" {words}", Ink.DIM),), width, cut=state.glyphs.cut)


def _short(guard: Guard, release: Release, glyphs: Glyphs) -> str:
    return f"{metric_in_words(guard.metric)} {_limit(guard, release, glyphs)}"


def _severity(reading: Reading | None) -> int:
    return len(_ORDER) if reading is None else _ORDER.index(reading.verdict)


def _header(release: Release, columns: _Columns) -> Row:
    words = (
        ("guard", columns.name, False),
        (release.plan.stable.name, columns.stable, True),
        (release.plan.canary.name, columns.canary, True),
        ("  limit", columns.limit, False),
        ("requests", columns.requests, True),
        ("  verdict", columns.verdict, False),
        ("then", columns.then, False),
    )
    return (span(" "), *(column(text, size, Ink.DIM, right=right) for text, size, right in words if size))


def _row(state: ViewState, release: Release, guard: Guard, columns: _Columns) -> Row:
    reading = release.memory.reading(guard)
    sign, words, ink = _verdict(state, guard, reading)
    if reading is None or reading.verdict is Verdict.BLIND or _has_no_traffic(release, guard):
        seen: tuple[float | None, float | None] = (None, None)
        requests = UNKNOWN
    else:
        seen, requests = (reading.stable, reading.canary), f"{reading.requests:.0f}"
    numbers = Ink.DIM if state.stale else Ink.TEXT
    bad = reading is not None and reading.verdict is Verdict.BREACH
    cells = (
        (metric_in_words(guard.metric), columns.name, Ink.TEXT, False),
        (value(guard.metric, seen[0]), columns.stable, numbers, True),
        (value(guard.metric, seen[1]), columns.canary, ink if bad else numbers, True),
        (f"  {_limit(guard, release, state.glyphs)}", columns.limit, Ink.LIMIT, False),
        (requests, columns.requests, Ink.DIM, True),
        (f"  {sign} {words}", columns.verdict, ink, False),
        ("rolls back" if guard.then is Then.ROLLBACK else "holds", columns.then, Ink.DIM, False),
    )
    cut = state.glyphs.cut
    return (
        span(" "),
        *(column(text, size, i, right=right, cut=cut) for text, size, i, right in cells if size),
    )


def _limit(guard: Guard, release: Release, glyphs: Glyphs) -> str:
    limit = limit_in_words(guard.metric, guard.rule, guard.limit)
    match guard.rule:
        case Rule.MAX:
            return f"{glyphs.at_most} {limit}"
        case Rule.MIN:
            return f"{glyphs.at_least} {limit}"
        case Rule.MAX_RATIO:
            return f"{glyphs.at_most} {limit} {release.plan.stable.name}"
        case Rule.MAX_INCREASE:
            return f"{glyphs.at_most} {release.plan.stable.name} +{limit}"


def _verdict(state: ViewState, guard: Guard, reading: Reading | None) -> tuple[str, str, Ink]:
    glyphs, release = state.glyphs, state.release
    if reading is None:
        return glyphs.dot, "not asked yet", Ink.DIM
    if release is not None and _has_no_traffic(release, guard):
        return glyphs.dot, "no data" if release.blind_because else "no traffic to judge", Ink.DIM
    old_s = state.verdicts_age_s
    if old_s is not None:
        return glyphs.blind, f"{ago(old_s)} old", Ink.WAIT
    since = ago(max(0.0, state.now - reading.since))
    match reading.verdict:
        case Verdict.HEALTHY:
            return glyphs.done, f"healthy {since}", Ink.GOOD
        case Verdict.BREACH:
            return glyphs.failed, f"BREACH {_lasted(guard, reading)}", Ink.BAD
        case Verdict.INSUFFICIENT:
            return glyphs.few, f"too few {reading.requests:.0f}/{guard.min_requests}", Ink.WAIT
        case Verdict.BLIND:
            return glyphs.blind, f"blind {since}", Ink.WAIT


def _has_no_traffic(release: Release, guard: Guard) -> bool:
    """Whether what the guard read last is of traffic that the canary does not get any more."""
    back = release.rollback is not None and release.rollback.confirmed_at is not None
    return back and is_traffic(guard.metric)


def _lasted(guard: Guard, reading: Reading) -> str:
    lasted = words_duration(round(reading.over_s))
    return f"{lasted}/{words_duration(guard.for_s)}" if guard.for_s else lasted
