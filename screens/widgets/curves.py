"""The four charts of the two versions: drawn together, because each pair shares its scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from console.plan.model import Guard, Rule
from console.plan.words import limit_in_words, value_in_words
from console.release.state import Release
from screens.plot import ceiling
from screens.rows import Row
from screens.scene import Scene
from screens.trace import Curve as Kind
from screens.trace import Side, bridged
from screens.widgets.chart import Axes, Curve, chart
from themes.ink import Ink

KINDS = (Kind.ERROR_RATE, Kind.P99)
INKS = {Side.STABLE: Ink.STABLE, Side.CANARY: Ink.CANARY}
BRIDGE = 3
"""A curve is drawn through this many buckets without a tick; a longer gap is a gap in the evidence."""
LEAST = {Kind.ERROR_RATE: 0.01, Kind.P99: 50.0}
"""A chart's scale ends here at the lowest: noise near zero should look like noise."""
ROOM_ABOVE_LIMIT = 1.2

Charts = dict[tuple[Side, Kind], list[Row]]


class Sight(Struct, frozen=True, kw_only=True):
    """All that the charts depend on: while it is equal, they are."""

    ticks: int
    axis: Axes
    rows: int
    """Rows of each chart."""
    stale: bool
    limits: tuple[Guard | None, ...]
    """One a kind of curve."""


def sight_of(scene: Scene, release: Release, axis: Axes, rows: int) -> Sight:
    """Give what the charts of this scene depend on."""
    limits = tuple(lowest_limit(release, kind) for kind in KINDS)
    return Sight(ticks=scene.trace.ticks, axis=axis, rows=rows, stale=scene.stale, limits=limits)


def draw(scene: Scene, sight: Sight) -> Charts:
    """Draw all four."""
    charts: Charts = {}
    for kind, limit in zip(KINDS, sight.limits, strict=True):
        values = {side: _values(scene, side, kind, sight.axis) for side in Side}
        top = _top(values.values(), kind, limit)
        for side in Side:
            curve = Curve(
                values=values[side],
                top=top,
                limit=limit.limit if limit else None,
                top_words=value_in_words(kind, top),
                limit_words=limit_in_short(limit) if limit else "",
                ink=Ink.DIM if sight.stale else INKS[side],
            )
            charts[side, kind] = chart(curve, rows=sight.rows, glyphs=scene.glyphs)
    return charts


def lowest_limit(release: Release, kind: Kind) -> Guard | None:
    """Find the lowest limit that a guard sets for the metric itself; a comparison has none to draw."""
    stage = release.stage or release.plan.stages[0]
    limits = [guard for guard in stage.guards if guard.metric == kind and guard.rule is Rule.MAX]
    return min(limits, key=lambda guard: guard.limit, default=None)


def limit_in_short(guard: Guard) -> str:
    """Write a guard's limit."""
    return limit_in_words(guard.metric, guard.rule, guard.limit)


def _values(scene: Scene, side: Side, kind: Kind, axis: Axes) -> list[float | None]:
    values = scene.trace.buckets(side, kind, end_at=axis.end_at, bucket_s=axis.bucket_s, count=axis.buckets)
    return bridged(values, most=BRIDGE)


def _top(curves: Iterable[Sequence[float | None]], kind: Kind, limit: Guard | None) -> float:
    """Choose one scale for both sides: round, and with the limit in sight."""
    seen = [value for values in curves for value in values if value is not None]
    return ceiling(seen, least=limit.limit * ROOM_ABOVE_LIMIT if limit and limit.limit else LEAST[kind])
