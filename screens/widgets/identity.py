"""The first line: what is released, where, how fresh the data is, and the time."""

from __future__ import annotations

from collections.abc import Sequence

from console.plan.units import clock
from screens.figure_words import ago
from screens.rows import Row, Span, cells, span, spread
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink


class Identity(Panel):
    """One row; the narrower, the less of it."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - one row
        """Set what is released left, and the ages and the time right."""
        right = _fitting([*_ages(state), [_clock(state)]], width // 2)
        left = _fitting(_names(state), width - cells(right) - 4)
        return [spread((span(" "), *left), (*right, span(" ")), width, cut=state.glyphs.cut)]


def _names(state: ViewState) -> list[list[Span]]:
    release = state.release
    if release is None:
        return [[span("pithead", Ink.STRONG)]]
    plan = release.plan
    where = "/".join(part for part in (release.cluster, plan.namespace) if part)
    names = [
        [span(plan.service, Ink.STRONG)],
        [
            span(plan.stable.name, Ink.STABLE),
            span(f" {state.glyphs.arrow} ", Ink.DIM),
            span(plan.canary.name, Ink.CANARY),
        ],
        _state(state),
        [span(where, Ink.DIM)],
        [span(release.metrics, Ink.DIM)],
    ]
    return (
        [*names[:2], [span("RO", Ink.KEY)], *names[2:]] if state.read_only and not state.replayed else names
    )


def _state(state: ViewState) -> list[Span]:
    live = state.glyphs.live
    if state.dead:
        return [span(f"{state.glyphs.failed} DEAD", Ink.BAD)]
    if state.replayed:
        return [span(" REPLAY ", Ink.WAIT_WORD)]
    if state.ended:
        return [span("ENDED", Ink.STRONG)]
    return [span(f"{live} LIVE", Ink.GOOD), span(f"  {live} REC", Ink.DIM)]


def _ages(state: ViewState) -> list[list[Span]]:
    """Name each source with the age of what it said last; an old one in words."""
    if state.ended:
        return []
    ages = (("data", state.data_age_s), ("worker", state.worker_age_s))
    return [_age(state, name, age_s) for name, age_s in ages if age_s is not None]


def _age(state: ViewState, name: str, age_s: float) -> list[Span]:
    if state.is_stale(age_s):
        return [span(f"{name} STALE {ago(age_s)}", Ink.BAD)]
    return [span(f"{name} {ago(age_s)}", Ink.DIM)]


def _clock(state: ViewState) -> Span:
    ended = "ended " if state.ended else ""
    return span(f"{ended}{clock(state.now)}", Ink.TEXT)


def _fitting(groups: list[list[Span]], width: int) -> Row:
    """Keep the groups that fit, two columns apart; the first is kept in any case."""
    row: list[Span] = []
    for group in groups:
        gap = [span("  ")] if row else []
        if row and cells([*row, *gap, *group]) > width:
            continue
        row += [*gap, *group]
    return tuple(row)
