"""One curve of both versions over the whole release, large and with axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from console.plan.words import metric_in_words, value_in_words
from console.release.felt import limit_of
from screens.plot import ceiling
from screens.plotted import plotted
from screens.rows import Row, clip, fill, span
from screens.scene import Scene
from screens.trace import Curve as Kind
from screens.trace import Side, bridged
from screens.widgets.curves import BRIDGE, INKS, LEAST
from screens.widgets.panel import Panel
from screens.words import ago, clock
from themes.ink import Ink

EVERY_S = 5.0
"""The whole release changes slowly: it is drawn anew this often."""
FRAME = 10
"""Columns that axes and labels take, about."""
KINDS = tuple(Kind)


class _Plots(Panel):
    """Stable above, canary below, on one scale."""

    def __init__(self) -> None:
        super().__init__(id="zoom")
        self.kind = KINDS[0]

    def paint(self, scene: Scene, width: int, height: int) -> Sequence[Row]:
        """Draw both, with a title above and the keys below."""
        release = scene.release
        if release is None:
            return []
        title = f" {metric_in_words(self.kind)} since {clock(release.opened_at)}"
        each = (height - 2) // 2
        span_s = max(release.plan.interval_s * 2, scene.now - release.opened_at)
        values = {side: self._values(scene, side, span_s, max(10, width - FRAME)) for side in Side}
        rows: list[Row] = [(span(title, Ink.STRONG),)]
        for side, name in ((Side.STABLE, release.plan.stable.name), (Side.CANARY, release.plan.canary.name)):
            rows.append((span(f" {name}", INKS[side]),))
            rows += self._plot(scene, side, values, span_s=span_s, width=width, height=each - 1)
        rows = [*rows, *[()] * (height - 1 - len(rows))]
        keys = (span(" z", Ink.KEY), span(" next chart "), span(" esc", Ink.KEY), span(" goes back"))
        return [fill(clip(row, width), width) for row in (*rows[: height - 1], keys)]

    def _values(self, scene: Scene, side: Side, span_s: float, columns: int) -> list[float | None]:
        assert scene.release is not None
        count = max(2, min(2 * columns, int(span_s / scene.release.plan.interval_s)))
        values = scene.trace.buckets(
            side, self.kind, end_at=scene.now + 0.001, bucket_s=span_s / count, count=count
        )
        return bridged(values, most=BRIDGE)

    def _plot(
        self,
        scene: Scene,
        side: Side,
        values: dict[Side, list[float | None]],
        *,
        span_s: float,
        width: int,
        height: int,
    ) -> list[Row]:
        assert scene.release is not None
        limit = limit_of(scene.release, self.kind)
        seen = [value for both in values.values() for value in both if value is not None]
        top = ceiling(seen, least=(limit or 0.0) or LEAST.get(self.kind, 1.0))
        last = len(values[side]) - 1
        lines = plotted(
            values[side],
            width=width - 1,
            height=height,
            top=top,
            limit=limit,
            x_labels={0: f"-{ago(span_s)}", last // 2: f"-{ago(span_s / 2)}", last: "now"},
            y_labels={part * top: value_in_words(self.kind, part * top) for part in (0.0, 0.5, 1.0)},
            ascii_only=scene.glyphs.ascii,
        )
        return [(span(line, Ink.DIM if scene.stale else INKS[side]),) for line in lines]


class Zoom(ModalScreen[None]):
    """Lies over the release, which goes on below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c,ctrl+q", "app.pop_screen", show=False),
        Binding("R", "app.roll_back", show=False),
        Binding("z", "next", show=False),
    ]

    def __init__(self, scene: Callable[[], Scene]) -> None:
        super().__init__()
        self._scene_now = scene
        self._plots = _Plots()

    def compose(self) -> ComposeResult:
        """Put the plots on the screen."""
        yield self._plots

    def on_mount(self) -> None:
        """Paint now, and then from time to time."""
        self._paint()
        self.set_interval(EVERY_S, self._paint)

    def action_next(self) -> None:
        """Show the next curve."""
        self._plots.kind = KINDS[(KINDS.index(self._plots.kind) + 1) % len(KINDS)]
        self._paint()

    def _paint(self) -> None:
        self._plots.show(self._scene_now())
