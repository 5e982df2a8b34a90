"""The four charts of the two versions: drawn together, because each pair shares its scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from console.plan.model import Rule
from console.plan.plan_words import limit_in_words, value_in_words
from console.release.felt import figures_window_s, limit_of
from console.release.state import Release
from screens.plot import ceiling
from screens.rows import Row
from screens.sample_columns import Quantity, Side, bridged
from screens.view_state import ViewState
from screens.widgets.chart import Axes, Curve, chart
from themes.ink import Ink

QUANTITIES = (Quantity.ERROR_RATE, Quantity.P99)
INKS = {Side.STABLE: Ink.STABLE, Side.CANARY: Ink.CANARY}
BRIDGE = 3
"""A curve is drawn through this many buckets without a tick; a longer gap is a gap in the evidence."""
LEAST = {Quantity.ERROR_RATE: 0.01, Quantity.P99: 50.0}
"""A chart's scale ends here at the lowest: noise near zero should look like noise."""
ROOM_ABOVE_LIMIT = 1.2

Charts = dict[tuple[Side, Quantity], list[Row]]


class Sight(Struct, frozen=True, kw_only=True):
    """All that the charts depend on: while it is equal, they are."""

    ticks: int
    axis: Axes
    rows: int
    """Rows of each chart."""
    stale: bool
    limits: tuple[float | None, ...]
    """One a quantity."""
    back_at: float | None
    """When a rollback was confirmed: what a canary without a weight still answers are stragglers, no rate."""
    over_s: float
    """Errors are drawn over the window that judges them: one bad request of a quiet second is no spike."""


def sight_of(state: ViewState, release: Release, axis: Axes, rows: int) -> Sight:
    """Give what the charts of this state depend on."""
    return Sight(
        ticks=state.samples.ticks,
        axis=axis,
        rows=rows,
        stale=state.stale,
        limits=tuple(limit_of(release, quantity) for quantity in QUANTITIES),
        back_at=release.rollback.confirmed_at if release.rollback else None,
        over_s=figures_window_s(release),
    )


def draw(state: ViewState, sight: Sight) -> Charts:
    """Draw all four."""
    charts: Charts = {}
    for quantity, limit in zip(QUANTITIES, sight.limits, strict=True):
        values = {side: _values(state, side, quantity, sight) for side in Side}
        top = _top(values.values(), quantity, limit)
        for side in Side:
            curve = Curve(
                values=values[side],
                top=top,
                limit=limit,
                top_words=value_in_words(quantity, top),
                limit_words=limit_in_short(quantity, limit),
                ink=Ink.DIM if sight.stale else INKS[side],
            )
            charts[side, quantity] = chart(curve, rows=sight.rows, glyphs=state.glyphs)
    return charts


def limit_in_short(quantity: Quantity, limit: float | None) -> str:
    """Write a limit of the metric itself; empty where there is none."""
    return "" if limit is None else limit_in_words(quantity, Rule.MAX, limit)


def _values(state: ViewState, side: Side, quantity: Quantity, sight: Sight) -> list[float | None]:
    axis = sight.axis
    values = state.samples.buckets(
        side,
        quantity,
        end_at=axis.end_at,
        bucket_s=axis.bucket_s,
        count=axis.buckets,
        over_s=sight.over_s if quantity is Quantity.ERROR_RATE else 0.0,
    )
    if side is Side.CANARY and sight.back_at is not None:
        first = int((sight.back_at - axis.end_at) / axis.bucket_s) + axis.buckets
        values = [value if place <= first else None for place, value in enumerate(values)]
    return bridged(values, most=BRIDGE)


def _top(curves: Iterable[Sequence[float | None]], quantity: Quantity, limit: float | None) -> float:
    """Choose one scale for both sides: round, and with the limit in sight."""
    seen = [value for values in curves for value in values if value is not None]
    return ceiling(seen, least=limit * ROOM_ABOVE_LIMIT if limit else LEAST[quantity])
