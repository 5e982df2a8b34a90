"""Judge and guards to edit, and under them what they would have made of the release, at every change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import TextArea
from textual.widgets.text_area import Selection
from textual.worker import get_current_worker

from console.plan.guard_text import guards_as_text
from console.plan.model import Plan
from console.release.events import Record
from screens.replay.simulated import Outcome, judged_anew, outcome_rows
from screens.rows import Row, clip, fill, span
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

PAUSE_S = 0.3
"""Judged anew is what has stood for so long: not every letter of a number."""
MOST_LINES = 12
_LIMIT = re.compile(r"\b(?:max|min|max_ratio|max_increase|tolerate): ([^,}\s]+)")


class _Result(Panel):
    """What came of the guards; it can be scrolled."""

    outcome: Outcome | None = None
    _top = 0

    def scroll_lines(self, lines: int) -> None:
        """Go down by `lines`, or up where negative."""
        self._top = max(0, self._top + lines)
        self.repaint()

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Write a rule, the result and the keys."""
        glyphs = state.glyphs
        rows: Sequence[Row] = [(span(" judging anew", Ink.WAIT),)]
        if self.outcome is not None:
            rows = outcome_rows(self.outcome, width=width, glyphs=glyphs)
        self._top = max(0, min(self._top, len(rows) - (height - 2)))
        shown = rows[self._top : self._top + height - 2]
        blank: list[Row] = [()] * (height - 2 - len(shown))
        rule = (span(glyphs.rule * width, Ink.RULE),)
        return [fill(clip(row, width, cut=glyphs.cut), width) for row in (rule, *shown, *blank, _keys())]


def _keys() -> Row:
    return (
        span(" esc", Ink.KEY),
        span(" goes back"),
        span("  pgup pgdn", Ink.KEY),
        span(" scroll the result"),
        span("  ctrl+r", Ink.KEY),
        span(" the recorded guards"),
    )


def _first_limit(text: str) -> Selection:
    """Find the first limit: most people come to change one, and what they type takes its place."""
    for line, words in enumerate(text.splitlines()):
        found = _LIMIT.search(words)
        if found:
            return Selection((line, found.start(1)), (line, found.end(1)))
    return Selection()


class Edit(ModalScreen[str]):
    """Gives the text as it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "done", show=False, priority=True),
        Binding("ctrl+r", "reset", show=False, priority=True),
        Binding("pageup", "scroll_result(-5)", show=False, priority=True),
        Binding("pagedown", "scroll_result(5)", show=False, priority=True),
    ]

    def __init__(self, records: Sequence[Record], plan: Plan, *, text: str, state: ViewState) -> None:
        super().__init__()
        self._records = records
        self._plan = plan
        self._first_scene = state
        self._area = TextArea(text or guards_as_text(plan), id="guards_text", show_line_numbers=True)
        self._result = _Result(id="simulated")
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        """Put the text over the result."""
        yield self._area
        yield self._result

    def on_mount(self) -> None:
        """Judge what is there."""
        self._area.styles.height = min(MOST_LINES, self.app.size.height // 3)
        self._area.selection = _first_limit(self._area.text)
        self._area.focus()
        self._result.show(self._first_scene)
        self._judge()

    def on_text_area_changed(self) -> None:
        """Wait for a pause in the typing."""
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(PAUSE_S, self._judge)

    def _judge(self) -> None:
        """Judge in a thread: keys must not wait for it."""
        text = self._area.text
        self.run_worker(lambda: self._judge_in_thread(text), thread=True, exclusive=True, exit_on_error=True)

    def _judge_in_thread(self, text: str) -> None:
        worker = get_current_worker()
        outcome = judged_anew(self._records, self._plan, text)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, outcome)

    def _take(self, outcome: Outcome) -> None:
        self._result.outcome = outcome
        self._result.repaint()

    def action_reset(self) -> None:
        """Take the recorded guards again."""
        self._area.text = guards_as_text(self._plan)

    def action_scroll_result(self, lines: int) -> None:
        """Scroll what came of the guards."""
        self._result.scroll_lines(lines)

    def action_done(self) -> None:
        """Go back; the text is kept for the next time."""
        _ = self.dismiss(self._area.text)
