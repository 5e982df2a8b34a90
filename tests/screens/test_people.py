"""What the screen asks of people and tells them beside the release: reasons, a dead worker, the bell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.command import ANSWERABLE, Command
from console.release import events as ev
from screens.app import PitheadApp
from screens.bell import Bell
from screens.dialogs import Question
from screens.watched import Watched
from tests.releases import ANA, PREFLIGHT, Story, guard, plan, sample, stage
from tests.screens.harness import LEAVE, deliberate, text
from tests.screens.stories import ListFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.pilot import Pilot

    from console.release.state import Release


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("NO_COLOR", raising=False)


class Worker:
    """Takes commands, lives or not, and can be brought back."""

    def __init__(self, *, alive: bool = True, trouble: str = "") -> None:
        self.alive = alive
        self.revived = 0
        self.rolled_back: list[str] = []
        self.sent: list[tuple[Command, str]] = []
        self._trouble = trouble

    async def send(self, command: Command, *, reason: str = "") -> str:
        self.sent.append((command, reason))
        return ""

    async def how(self) -> None:
        """Nobody tells."""

    def lives(self) -> bool:
        return self.alive

    def roll_back(self, *, reason: str) -> str:
        self.rolled_back.append(reason)
        self.alive = not self._trouble
        return self._trouble

    def revive(self) -> str:
        self.revived += 1
        self.alive = not self._trouble
        return self._trouble


def begun(*, reasons: Sequence[str] = ()) -> Story:
    of = replace(plan(stage(10, guard()), stage(100, guard())), reasons=tuple(reasons))
    story = Story(of, at=1_760_000_000.0)
    story.tell(PREFLIGHT, ev.RouterSeen(weight=0), ev.StageEntered(stage=0))
    story.enter(0)
    return story


class Screen(PitheadApp):
    """An app on a clock that a test moves, and what it wrote beside its cells."""

    def __init__(self, story: Story, worker: Worker, *, read_only: bool = False) -> None:
        self.feed = ListFeed(story.records)
        self.at = story.at + 0.7
        self.raw: list[str] = []
        driver = None if read_only else worker
        watched = Watched(self.feed, driver, keeper=worker)
        super().__init__(watched, clock=lambda: self.at, leave_words=LEAVE)
        deliberate(self)

    def write_raw(self, text: str) -> None:
        self.raw.append(text)


async def next_second(app: Screen, pilot: Pilot[Release | None]) -> None:
    app.at += 1.0
    app.catch_up()
    await pilot.pause()
    await pilot.pause()


async def test_a_wanted_reason_is_typed_before_a_promotion() -> None:
    worker = Worker()
    story = begun(reasons=ANSWERABLE)
    story.ticks([sample()] * 3)
    app = Screen(story, worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("p", "tab", "enter")
        assert isinstance(app.screen, Question)
        assert worker.sent == []
        await pilot.press(*"hl y", "backspace", *"yes!", "enter")
        await pilot.pause()
        assert worker.sent == []
        await pilot.press("P")
        await pilot.pause()
    assert worker.sent == [(Command.PROMOTE, "hl yes!")]


async def test_a_rollback_goes_with_a_reason_or_without() -> None:
    worker = Worker()
    app = Screen(begun(reasons=ANSWERABLE), worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R", "enter")
        await pilot.pause()
        await pilot.press("R", "tab", *"p99", "enter")
        await pilot.pause()
    assert worker.sent == [(Command.ROLL_BACK, ""), (Command.ROLL_BACK, "p99")]


async def test_a_pause_asks_why_only_where_the_plan_does() -> None:
    free, strict = Worker(), Worker()
    async with Screen(begun(), free).run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        await pilot.pause()
    app = Screen(begun(reasons=["pause"]), strict)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", *"lunch")
        assert "why (wanted): lunch" in text(app)
        await pilot.press("enter")
        await pilot.pause()
    assert (free.sent, strict.sent) == ([(Command.PAUSE, "")], [(Command.PAUSE, "lunch")])


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_a_dead_worker_is_said_and_r_brings_it_back(size: tuple[int, int]) -> None:
    worker = Worker(alive=False)
    app = Screen(begun(), worker)
    async with app.run_test(size=size) as pilot:
        await next_second(app, pilot)
        assert isinstance(app.screen, Question)
        assert "The worker is dead since 08:53:20Z" in text(app)
        assert "WORKER DEAD" in text(app)
        await pilot.press("r")
        await pilot.pause()
        assert worker.revived == 1
        await next_second(app, pilot)
        assert "WORKER DEAD" not in text(app)


async def test_enter_on_a_dead_worker_changes_nothing_and_r_can_be_pressed_later() -> None:
    worker = Worker(alive=False, trouble="no worker could be started")
    app = Screen(begun(), worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await next_second(app, pilot)
        await pilot.press("enter")
        await next_second(app, pilot)
        assert worker.revived == 0
        assert not isinstance(app.screen, Question)
        assert "resume" in text(app).splitlines()[-1]
        assert "roll back" in text(app).splitlines()[-1]
        await pilot.press("r", "r")
        await pilot.pause()
        assert "no worker could be started" in text(app)


@pytest.mark.parametrize("before", [(), ("escape",), ("escape", "z"), ("escape", "question_mark")])
async def test_capital_r_and_enter_roll_a_dead_release_back_from_every_page(before: tuple[str, ...]) -> None:
    worker = Worker(alive=False)
    app = Screen(begun(), worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await next_second(app, pilot)
        await pilot.press(*before, "R")
        await pilot.pause()
        assert "Roll back to v1?" in text(app)
        await pilot.press("enter")
        await pilot.pause()
    assert (worker.rolled_back, worker.revived, worker.sent) == ([""], 0, [])


async def test_a_worker_that_can_not_be_started_to_roll_back_is_a_sentence() -> None:
    worker = Worker(alive=False, trouble="the order can't be read")
    app = Screen(begun(), worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await next_second(app, pilot)
        await pilot.press("R", "enter")
        await pilot.pause()
        await pilot.pause()
        assert "roll back was refused: the order can't be read" in text(app)


@pytest.mark.parametrize("key", ["space", "p", "a", "b", "O", "R"])
async def test_on_a_release_that_has_ended_a_key_says_so_and_opens_nothing(key: str) -> None:
    story, worker = begun(), Worker()
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=11, reason="ana asked for it"))
    app = Screen(story, worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(app.screen, Question)
        assert "the release has ended (ROLLED BACK)" in text(app)
    assert worker.sent == []


async def test_r_does_nothing_while_the_worker_lives() -> None:
    worker = Worker()
    app = Screen(begun(), worker)
    async with app.run_test(size=(120, 40)) as pilot:
        await next_second(app, pilot)
        await pilot.press("r")
        assert not isinstance(app.screen, Question)
    assert worker.revived == 0


async def test_a_read_only_screen_says_so_and_acts_on_no_key() -> None:
    worker = Worker(alive=False)
    app = Screen(begun(), worker, read_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await next_second(app, pilot)
        await pilot.press("space", "p", "a", "R", "r", "enter")
        assert not isinstance(app.screen, Question)
        assert text(app).splitlines()[-1].startswith(" read-only ")
        assert "pithead resume checkout-1" in text(app)
    assert (worker.sent, worker.revived) == ([], 0)


async def test_the_bell_rings_once_for_what_happens_now() -> None:
    story = begun()
    app = Screen(story, Worker())
    async with app.run_test(size=(80, 24)) as pilot:
        heard = len(story.records)
        story.tell(ev.Paused(person=ANA), after_s=1.0)
        app.feed.put(story.records[heard:])
        await next_second(app, pilot)
        await next_second(app, pilot)
    assert app.raw == ["\a\x1b]9;pithead: checkout v2: HOLDING\x1b\\"]


async def test_what_happened_long_ago_rings_no_bell() -> None:
    story = begun()
    story.tell(ev.Paused(person=ANA))
    app = Screen(story, Worker())
    app.at += 60.0
    async with app.run_test(size=(80, 24)) as pilot:
        await next_second(app, pilot)
    assert app.raw == []


@pytest.mark.parametrize("setting", ["off", "0"])
def test_the_bell_can_be_silenced(setting: str) -> None:
    story = begun()
    bell = Bell({"PITHEAD_BELL": setting})
    assert bell.sound(story.tell(ev.Paused(person=ANA))) == ""


def test_a_wanted_approval_and_a_rollback_ring_and_an_end_does_not() -> None:
    story, bell = begun(), Bell({})
    decided = ev.RollbackDecided(cause=ev.Cause.PERSON, reason="x")
    assert bell.sound(story.tell(decided)) == ""
    story.tell(ev.WeightRequested(number=2, weight=0))
    assert "ROLLED BACK" in bell.sound(story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=1.0)))
    ended = ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=11, reason="x")
    assert bell.sound(story.tell(ended)) == ""


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 40), (80, 1), (80, 2)])
async def test_a_pane_of_a_column_or_a_row_ends_neither_the_screen_nor_its_questions(
    size: tuple[int, int],
) -> None:
    app = Screen(begun(reasons=ANSWERABLE), Worker())
    async with app.run_test(size=size) as pilot:
        for key in ("R", "escape", "p", "escape", "question_mark", "escape", "ctrl+c", "escape"):
            await pilot.press(key)
            await pilot.pause()
        assert app.is_running
