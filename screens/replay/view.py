"""The replay's screen: the release screen's parts, the track under them, and a place for answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from screens.main import Main, release_shape
from screens.replay.frame import Frame
from screens.replay.keys import keys_of_replay
from screens.replay.track import FEWEST_ROWS, ROWS, Track
from screens.rows import Row, clip, fill, span
from screens.view_state import ViewState
from screens.widgets.hints import hints_row
from screens.widgets.log import Log
from screens.widgets.panel import Panel
from themes.ink import Ink

LOW = 18
"""In fewer rows the track has only its most needed two."""
COVERED = ("versions", "guards", "log")
"""What an answer takes the place of."""

Answer = Callable[[Frame, int], Sequence[Row]]
"""Writes an answer for a frame in so many columns."""


class Answers(Panel):
    """Shows what a key asked for, and follows the playhead; it can be scrolled."""

    _top = 0
    _answer: Answer | None = None

    @property
    def answer(self) -> Answer | None:
        """What is shown; None where it is nothing."""
        return self._answer

    @answer.setter
    def answer(self, answer: Answer | None) -> None:
        self._answer, self._top = answer, 0

    def scroll_lines(self, lines: int) -> None:
        """Go up by `lines`, or down where negative."""
        self._top = max(0, self._top - lines)
        self.repaint()

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Write the answer from its scrolled line on."""
        assert isinstance(state, Frame)
        if self._answer is None:
            return []
        rows = self._answer(state, width)
        below = max(0, len(rows) - height)
        self._top = min(self._top, below)
        shown = [fill(clip(row, width, cut=state.glyphs.cut), width) for row in rows[self._top :][:height]]
        if self._top < below:
            more = f"  {below - self._top} more lines, down"
            shown[-1] = fill((span(more, Ink.DIM),), width)
        return shown


class ReplayHints(Panel):
    """The keys of the replay."""

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - one row
        """Leave out the least wanted keys until the rest fits."""
        return [hints_row(keys_of_replay(state), width)]


class View(Main):
    """Shows shots."""

    def __init__(self) -> None:
        self._answers = Answers(id="answers")
        super().__init__()

    def parts(self, log: Log) -> dict[str, Panel]:
        """Make the release screen's parts, and those that only a replay has: they stand at its end."""
        parts = super().parts(log)
        message = parts.pop("message")
        del parts["hints"]
        own = {"answers": self._answers, "message": message, "track": Track(id="track")}
        return {**parts, **own, "hints": ReplayHints(id="hints")}

    def divide(self, state: ViewState) -> Mapping[str, int]:
        """Give the track its rows, and the rest to the release; an answer takes the place of its charts."""
        width, height = self.app.size
        track = ROWS if height >= LOW else FEWEST_ROWS
        room = max(height - track, 1)
        rows = release_shape(state, width, room) | {"track": track, "answers": 0}
        if self._answers.answer is not None:
            rows["answers"] = sum(rows[name] for name in COVERED)
            rows |= dict.fromkeys(COVERED, 0)
        return rows

    @property
    def answer(self) -> Answer | None:
        """What covers the charts; None where they are seen."""
        return self._answers.answer

    def show_answer(self, answer: Answer | None) -> None:
        """Cover the charts with an answer, or uncover them."""
        self._answers.answer = answer

    def scroll_log(self, lines: int) -> None:
        """Scroll what can be scrolled: the answer, or the log."""
        if self._answers.answer is not None:
            self._answers.scroll_lines(lines)
        else:
            super().scroll_log(lines)
