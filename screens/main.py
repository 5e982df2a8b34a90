"""The main screen: its parts from top to bottom, sized together and shown together."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from screens.layout import Shape, shape
from screens.scene import Scene
from screens.widgets.guards import Guards
from screens.widgets.hints import Hints, Message
from screens.widgets.identity import Identity
from screens.widgets.log import Log
from screens.widgets.panel import Panel
from screens.widgets.timeline import Timeline
from screens.widgets.verdict import Verdict
from screens.widgets.versions import Versions


class Main(Screen[None]):
    """Shows scenes; knows nothing of where they come from."""

    # Textual's screens copy text with ctrl+c; here the key must reach the app's question.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "app.ask_to_leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._chronicle_log = Log(id="log")
        self._panels: dict[str, Panel] = {
            "identity": Identity(id="identity"),
            "verdict": Verdict(id="verdict"),
            "timeline": Timeline(id="timeline"),
            "versions": Versions(id="versions"),
            "guards": Guards(id="guards"),
            "log": self._chronicle_log,
            "message": Message(id="message"),
            "hints": Hints(id="hints"),
        }
        self._scene: Scene | None = None
        self._shape: Shape | None = None

    def compose(self) -> ComposeResult:
        """Stack the parts."""
        yield from self._panels.values()

    def show(self, scene: Scene) -> None:
        """Show a scene in all parts."""
        self._scene = scene
        self._fit(scene)
        for panel in self._panels.values():
            panel.show(scene)

    def scroll_log(self, lines: int) -> None:
        """Scroll the log back by `lines`."""
        self._chronicle_log.scroll_lines(lines)

    def on_resize(self) -> None:
        """Divide the new size."""
        if self._scene is not None:
            self._fit(self._scene)

    def _fit(self, scene: Scene) -> None:
        release = scene.release
        stage = (release.stage or release.plan.stages[0]) if release else None
        width, height = self.app.size
        fitting = shape(width, height, guards=len(stage.guards) if stage else 1, ended=scene.ended)
        if fitting == self._shape:
            return
        self._shape = fitting
        for name, rows in zip(Shape._fields, fitting, strict=True):
            self._panels[name].display = rows > 0
            self._panels[name].styles.height = rows
