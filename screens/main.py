"""The main screen: its parts from top to bottom, sized together and shown together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from screens.judges import panel_of
from screens.judges.judge_panel import WIDE
from screens.layout import opening, shape
from screens.view_state import ViewState
from screens.widgets.guards import Guards
from screens.widgets.hints import Hints, Message
from screens.widgets.identity import Identity
from screens.widgets.log import Log
from screens.widgets.panel import Panel
from screens.widgets.timeline import Timeline
from screens.widgets.verdict import Verdict, rows_wanted
from screens.widgets.versions import Versions


class Main(Screen[None]):
    """Shows scenes; knows nothing of where they come from."""

    # Textual's screens copy text with ctrl+c; here the key must reach the app's question.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "app.ask_to_leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._chronicle_log = Log(id="log")
        self._panels = self.parts(self._chronicle_log)
        self._state: ViewState | None = None
        self._rows: Mapping[str, int] = {}

    def parts(self, log: Log) -> dict[str, Panel]:
        """Make the parts, from top to bottom."""
        return {
            "identity": Identity(id="identity"),
            "verdict": Verdict(id="verdict"),
            "timeline": Timeline(id="timeline"),
            "versions": Versions(id="versions"),
            "guards": Guards(id="guards"),
            "log": log,
            "message": Message(id="message"),
            "hints": Hints(id="hints"),
        }

    def divide(self, state: ViewState) -> Mapping[str, int]:
        """Give each part its rows."""
        if state.release is None and state.entries:
            return opening(self.app.size.height)._asdict()
        return release_shape(state, *self.app.size)

    def compose(self) -> ComposeResult:
        """Stack the parts."""
        yield from self._panels.values()

    def show(self, state: ViewState) -> None:
        """Show a state in all parts."""
        self._state = state
        self._fit(state)
        for panel in self._panels.values():
            panel.show(state)

    def scroll_log(self, lines: int) -> None:
        """Scroll the log back by `lines`."""
        self._chronicle_log.scroll_lines(lines)

    def on_resize(self) -> None:
        """Divide the new size."""
        if self._state is not None:
            self._fit(self._state)

    def _fit(self, state: ViewState) -> None:
        fitting = self.divide(state)
        if fitting == self._rows:
            return
        self._rows = fitting
        for name, rows in fitting.items():
            self._panels[name].display = rows > 0
            self._panels[name].styles.height = rows


def release_shape(state: ViewState, width: int, height: int) -> dict[str, int]:
    """Divide so many rows among the parts of a release, as this instant wants them."""
    guards, verdict = table_rows(state, wide=width >= WIDE), rows_wanted(state, width)
    rows = shape(width, height, guards=guards, ended=state.ended, verdict=verdict)._asdict()
    if len(state.message) > width - 2 and rows["log"] > 1:  # an answer is there to be read to its end
        rows |= {"message": 2, "log": rows["log"] - 1}
    return rows


def table_rows(state: ViewState, *, wide: bool) -> int:
    """Count the rows that the table will show: the judge's and the guards'."""
    release = state.release
    if release is None:
        return 1
    return len((release.stage or release.plan.stages[0]).guards) + panel_of(release.plan).rows(
        release, wide=wide
    )
