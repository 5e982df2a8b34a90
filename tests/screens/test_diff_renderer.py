"""The cell diff against a terminal: whatever Textual would have shown is what is shown."""

from __future__ import annotations

from typing import Any

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from console.release import events as ev
from screens import diff_renderer
from screens.app import PitheadApp
from screens.diff_renderer import Shown
from screens.watched import Watched
from tests.screens import stories
from tests.screens.harness import LEAVE, RememberingDriver
from tests.screens.stories import ListFeed, Teller

SIZE = (100, 36)


class Terminal:
    """A terminal in memory."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self.screen)

    def feed(self, written: str) -> None:
        self._stream.feed(written)

    def cells(self) -> list[list[Any]]:
        """Every cell: the character, its colours and its attributes."""
        rows, columns = self.screen.lines, self.screen.columns
        return [[self.screen.buffer[y][x] for x in range(columns)] for y in range(rows)]


class WatchedApp(PitheadApp):
    """Writes each update twice: whole to one terminal, as a difference to another."""

    def __init__(self, feed: ListFeed, at: list[float]) -> None:
        super().__init__(Watched(feed, RememberingDriver()), clock=lambda: at[0], leave_words=LEAVE)
        self.whole = Terminal(SIZE)
        self.thrifty = Terminal(SIZE)
        self.frames = 0
        self.bytes_whole = 0
        self.bytes_thrifty = 0

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if isinstance(renderable, (LayoutUpdate, ChopsUpdate)):
            console = Console(color_system="truecolor", width=SIZE[0], height=SIZE[1])
            whole = renderable.render_segments(console)
            thrifty = self._shown.changes(renderable, console)
            self.whole.feed(whole.replace("\n", ""))
            self.thrifty.feed(thrifty)
            self.frames += 1
            self.bytes_whole += len(whole)
            self.bytes_thrifty += len(thrifty)
            assert self.thrifty.cells() == self.whole.cells()
        super()._display(screen, renderable)


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("NO_COLOR", raising=False)


def _eventful() -> Teller:
    teller = stories.told(20, of=stories.plan(interval_s=1.0, hold_s=8.0))
    teller.errors = lambda _elapsed_s: 0.05
    teller.run(20)
    return teller


@pytest.mark.full
async def test_every_frame_shows_what_textual_would_have_shown() -> None:
    teller = _eventful()
    feed = ListFeed()
    at = [stories.BEGIN]
    app = WatchedApp(feed, at)
    async with app.run_test(size=SIZE) as pilot:
        for record in teller.records:
            feed.put([record])
            at[0] = record.at + 0.2
            app.catch_up()
            await pilot.pause()
        for key in ("T", "question_mark", "escape", "R", "tab", "escape", "q"):
            await pilot.press(key)
            await pilot.pause()
    assert teller.state.end is not None
    assert teller.state.end.outcome is ev.Outcome.ROLLED_BACK
    assert app.frames > len(teller.records) // 2
    assert app.bytes_thrifty * 3 < app.bytes_whole


def test_the_version_of_textual_is_one_that_is_known() -> None:
    assert diff_renderer.KNOWN


def layout(*rows: list[Segment]) -> LayoutUpdate:
    return LayoutUpdate([[Strip(row)] for row in rows], Region(0, 0, 20, len(rows)))


def written(shown: Shown, *rows: list[Segment]) -> str:
    return shown.changes(layout(*rows), Console(color_system="truecolor"))


def test_the_same_again_writes_nothing() -> None:
    shown = Shown()
    row = [Segment("12.5 ms", Style(bold=True))]
    assert "12.5 ms" in written(shown, row)
    assert written(shown, row) == ""


def test_one_changed_digit_writes_one_cell() -> None:
    shown = Shown()
    written(shown, [Segment("data 2s  worker 1s  14:02:11Z")])
    assert written(shown, [Segment("data 2s  worker 1s  14:02:12Z")]) == "\x1b[1;28H2"


def test_a_changed_style_is_a_change() -> None:
    shown = Shown()
    written(shown, [Segment("breach")])
    assert "breach" in written(shown, [Segment("breach", Style(color="red"))])


def test_what_was_forgotten_is_written_again() -> None:
    shown = Shown()
    row = [Segment("all")]
    written(shown, row)
    shown.forget()
    assert "all" in written(shown, row)


@pytest.mark.parametrize(
    ("before", "after"), [("日本", "日木"), ("ab本", "a日c"), ("日b", "abc"), ("e\u0301x", "ex")]
)
def test_wide_and_marked_characters_stay_whole(before: str, after: str) -> None:
    shown, thrifty, whole = Shown(), Terminal((20, 2)), Terminal((20, 2))
    for text in (before, after):
        thrifty.feed(written(shown, [Segment(text)]))
        whole.feed(f"\x1b[1;1H{text}")
    assert thrifty.cells()[0][:6] == whole.cells()[0][:6]
