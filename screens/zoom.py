"""One curve of both versions over the whole release, large and with axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.plan.plan_words import metric_in_words, value_in_words
from console.plan.units import clock
from console.release.felt import limit_of
from screens.figure_words import ago
from screens.keys import Key
from screens.page import Offered, Page, PageHints
from screens.plot import ceiling
from screens.plotted import plotted
from screens.rows import Row, clip, fill, span
from screens.sample_columns import Quantity, Side, bridged
from screens.themed_app import ThemedApp
from screens.view_state import ViewState
from screens.widgets.curves import BRIDGE, INKS, LEAST
from screens.widgets.panel import Panel
from themes.ink import Ink

EVERY_S = 5.0
"""The whole release changes slowly: it is drawn anew this often; a recording at once where it was moved."""
LOOK_S = 1.0
"""Whether it is time to draw anew is asked this often."""
FRAME = 10
"""Columns that axes and labels take, about."""
QUANTITIES = tuple(Quantity)
OWN = (
    Key(key="z", shown="z", action="next", hint="next chart", about="", rank=8),
    Key(key="escape,q", shown="esc", action="", hint="goes back", about="", rank=9),
)
LOG = ("up", "k", "down", "j", "g", "G")
"""The keys of the log, which has no room here."""


class _Plots(Panel):
    """Stable above, canary below, on one scale."""

    quantity = QUANTITIES[0]

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Draw both, each under its name."""
        release = state.release
        if release is None:
            return []
        title = f"  {metric_in_words(self.quantity)} since {clock(release.opened_at)}"
        each = height // 2
        span_s = max(release.plan.interval_s * 2, state.now - release.opened_at)
        values = {side: self._values(state, side, span_s, max(10, width - FRAME)) for side in Side}
        rows: list[Row] = []
        for side, name in ((Side.STABLE, release.plan.stable.name), (Side.CANARY, release.plan.canary.name)):
            rows.append((span(f" {name}", INKS[side]), span("" if rows else title, Ink.STRONG)))
            rows += self._plot(state, side, values, span_s=span_s, width=width, height=each - 1)
        return [fill(clip(row, width), width) for row in rows[:height]]

    def _values(self, state: ViewState, side: Side, span_s: float, columns: int) -> list[float | None]:
        assert state.release is not None
        count = max(2, min(2 * columns, int(span_s / state.release.plan.interval_s)))
        values = state.samples.buckets(
            side, self.quantity, end_at=state.now + 0.001, bucket_s=span_s / count, count=count
        )
        return bridged(values, most=BRIDGE)

    def _plot(
        self,
        state: ViewState,
        side: Side,
        values: dict[Side, list[float | None]],
        *,
        span_s: float,
        width: int,
        height: int,
    ) -> list[Row]:
        assert state.release is not None
        limit = limit_of(state.release, self.quantity)
        seen = [value for both in values.values() for value in both if value is not None]
        top = ceiling(seen, least=(limit or 0.0) or LEAST.get(self.quantity, 1.0))
        last = len(values[side]) - 1
        lines = plotted(
            values[side],
            width=width - 1,
            height=height,
            top=top,
            limit=limit,
            x_labels={0: f"-{ago(span_s)}", last // 2: f"-{ago(span_s / 2)}", last: "now"},
            y_labels={part * top: value_in_words(self.quantity, part * top) for part in (0.0, 0.5, 1.0)},
            ascii_only=state.glyphs.ascii,
        )
        return [(span(line, Ink.DIM if state.stale else INKS[side]),) for line in lines]


class Zoom(Page):
    """Lies over the release: every key of it acts here too, but those of the log."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "app.pop_screen", show=False),
        Binding("z", "next", show=False),
        Binding(",".join(LOG), "say_where_the_log_is", show=False),
    ]

    def __init__(self, state: Callable[[], ViewState], keys: Sequence[Key], offered: Offered) -> None:
        """`keys` are those of the screen below, `offered` gives the ones for the bar."""
        self._plots = _Plots(id="zoom")
        hidden = {key.shown for key in OWN} | {"q"}
        super().__init__(
            self._plots, PageHints(OWN, lambda now: (key for key in offered(now) if key.shown not in hidden))
        )
        self._state_now = state
        self._drawn_at = float("-inf")
        self.take_keys(keys, but=("escape", "q", "ctrl+c", "ctrl+q", "enter", "z", *LOG))

    def on_mount(self) -> None:
        """Show how the release stands, then draw: what draws is loaded only now."""
        self.show(self._state_now())
        self.call_after_refresh(self._draw)
        self.set_interval(LOOK_S, self._follow)

    def action_next(self) -> None:
        """Show the next curve."""
        self._plots.quantity = QUANTITIES[(QUANTITIES.index(self._plots.quantity) + 1) % len(QUANTITIES)]
        self._draw()

    def action_say_where_the_log_is(self) -> None:
        """Say why a key of the log does nothing here."""
        assert isinstance(self.app, ThemedApp)
        self.app.say("the log is on the first screen: esc goes back to it")

    def _follow(self) -> None:
        state = self._state_now()
        moved_s = abs(state.now - self._drawn_at)
        if moved_s >= EVERY_S or (state.replayed and moved_s):
            self._draw()

    def _draw(self) -> None:
        state = self._state_now()
        self._drawn_at = state.now
        self._plots.show(state)
