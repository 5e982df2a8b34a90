"""Text that was meant for another window does nothing, however it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from console.command import Command
from screens.dialogs import Question
from screens.driver import TerminalRead, is_text
from screens.typed import AMID_TEXT_S, GUARD_S, QUIET_S
from tests.sample import sampled
from tests.screens import stories
from tests.screens.harness import LEAVE, RememberingDriver, app_of, text

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from screens.app import PitheadApp

TEXTS = [
    "python3 deploy.py\r",
    "Rest\r",
    "pP\r",
    "py",
    "a\r",
    "aA\r",
    "bB\r",
    "Report R\r",
    "mv a b\r",
    "   ls\r",
    "sudo reboot\r",
    "q\rls\r",
    "OOO\r",
]
PACES = [0.05, 0.12, 0.25]
"""Seconds between two letters: a burst, a quick and a slow typist."""
KEYS = {"\r": "enter", " ": "space", ".": "full_stop", "\t": "tab"}


class Hands:
    """Somebody at the keyboard, on a clock of their own; each letter a read of its own unless `at_once`."""

    def __init__(self, app: PitheadApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot, self.now = app, pilot, 100.0
        app.hand_clock = lambda: self.now
        app.settle_s = 0.5

    async def press(self, *keys: str, every_s: float) -> None:
        for key in keys:
            self.now += every_s
            await self._read([self._key(key)])

    async def at_once(self, written: str) -> None:
        self.now += 1.0
        await self._read([self._key(letter) for letter in written])

    async def settled(self) -> None:
        self.now += 5.0
        await self.pilot.pause(0.8)

    def _key(self, letter: str) -> events.Key:
        event = events.Key(KEYS.get(letter, letter), letter if len(letter) == 1 else None)
        event.time = self.now
        return event

    async def _read(self, keys: list[events.Key]) -> None:
        self.app.post_message(TerminalRead(printable=sum(map(is_text, keys))))
        for key in keys:
            self.app.post_message(key)
        for _ in range(3):
            await self.pilot.pause()


def story(name: str) -> tuple[PitheadApp, RememberingDriver]:
    driver = RememberingDriver()
    app, _ = app_of(getattr(stories, name)(), driver=driver)
    return app, driver


@pytest.mark.parametrize("written", TEXTS)
async def test_text_that_comes_at_once_does_nothing(written: str) -> None:
    app, driver = story("wants_approval")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.at_once(written)
        await hands.settled()
        assert app.is_running
        assert not isinstance(app.screen, Question) or written == "a\r"
        assert driver.sent == []


BY_HAND = sampled("texts and paces", [(written, pace) for written in TEXTS[:11] for pace in PACES])
"""A sample of every fourth has each pace."""


@pytest.mark.parametrize(("written", "pace"), BY_HAND)
async def test_text_that_is_typed_by_hand_does_nothing(written: str, pace: float) -> None:
    app, driver = story("wants_approval")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.press(*written, every_s=pace)
        await hands.settled()
        assert app.is_running
        assert driver.sent == []


async def test_r_and_enter_of_a_person_roll_back() -> None:
    app, driver = story("healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.press("R", every_s=1.0)
        assert isinstance(app.screen, Question)
        await hands.press("\r", every_s=GUARD_S + 0.01)
        await hands.settled()
        assert driver.sent == [Command.ROLL_BACK]


async def test_an_enter_that_is_too_early_is_said_and_a_second_one_is_taken() -> None:
    app, driver = story("healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.press("R", every_s=1.0)
        await hands.press("\r", every_s=GUARD_S / 2)
        assert driver.sent == []
        assert "press it again" in text(app)
        await hands.press("\r", every_s=GUARD_S + 0.01)
        await hands.settled()
        assert driver.sent == [Command.ROLL_BACK]


async def test_an_enter_of_the_same_read_confirms_nothing_however_late_it_is_handled() -> None:
    app, driver = story("healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.at_once("R\r")
        await hands.settled()
        assert driver.sent == []
        await hands.press("\r", every_s=1.0)
        await hands.settled()
        assert driver.sent == [Command.ROLL_BACK]


async def test_r_amid_text_opens_its_question_and_wants_a_later_enter() -> None:
    app, driver = story("healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.press("x", "R", every_s=QUIET_S / 2)
        await hands.press("\r", every_s=GUARD_S + 0.01)
        assert driver.sent == []
        await hands.press("\r", every_s=AMID_TEXT_S + 0.01)
        await hands.settled()
        assert driver.sent == [Command.ROLL_BACK]


async def test_pasted_text_does_nothing() -> None:
    app, driver = story("healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        app.post_message(events.Paste("Rest\r p y"))
        await pilot.pause(0.1)
        assert not isinstance(app.screen, Question)
        assert "typed text is no command here" in text(app)
        assert driver.sent == []


async def test_a_space_and_a_q_of_a_person_act() -> None:
    app, driver = story("healthy")
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot)
        await hands.press(" ", every_s=1.0)
        await hands.settled()
        assert driver.sent == [Command.PAUSE]
        await hands.press("q", every_s=2.0)
        await hands.settled()
    assert not app.is_running
    assert LEAVE
