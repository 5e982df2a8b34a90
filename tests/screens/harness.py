"""What the tests of screens share: an app on a still clock, a driver that remembers, text read back."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any, TypeVar

from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.app import App

from console.command import Command
from console.policy.headline import Line
from screens.app import PitheadApp
from screens.themed_app import ThemedApp
from screens.watched import Watched
from tests.screens.stories import ListFeed, Teller

ROUNDS, ROUND_S = 2, 0.01
"""Looks in a row, and seconds between them, at which the loop must have nothing to do."""
LONGEST_S = 60.0
"""An app that never rests is waited for no longer."""
LEAVE = "the release goes on; come back with: pithead attach checkout-1"


class RememberingDriver:
    """Takes every command, or refuses with given words."""

    def __init__(self, refusal: str = "") -> None:
        self.sent: list[Command] = []
        self._refusal = refusal
        self.verdict: Line | None = None
        """What is told to who asks how the release stands."""

    async def send(self, command: Command, *, reason: str = "") -> str:  # noqa: ARG002 - the protocol's shape
        self.sent.append(command)
        return self._refusal

    async def how(self) -> Line | None:
        return self.verdict


def app_of(
    teller: Teller, *, driver: RememberingDriver | None = None, late_s: float = 0.7
) -> tuple[PitheadApp, ListFeed]:
    """An app that shows the story as it stood a little after its last record."""
    feed = ListFeed(teller.records)
    at = teller.at + late_s
    return deliberate(PitheadApp(Watched(feed, driver), clock=lambda: at, leave_words=LEAVE)), feed


A = TypeVar("A", bound=ThemedApp[Any])


def deliberate(app: A) -> A:
    """Let each key come from somebody who takes their time."""
    app.hand_clock = count(step=10.0).__next__
    app.settle_s = 0.0
    return app


async def at_rest(_min_sleep: float = 0.0, _max_sleep: float = 0.0) -> None:
    """Wait until the loop has nothing to do.

    Textual itself looks at how much the process computes. One that a busy machine leaves without a core for a
    moment computes nothing either, and would be looked at before it has painted.
    """
    loop = asyncio.get_running_loop()
    quiet, until = 0, loop.time() + LONGEST_S
    while quiet < ROUNDS and loop.time() < until:
        await asyncio.sleep(ROUND_S)
        ready = loop._ready  # type: ignore[attr-defined]  # asyncio says it nowhere else
        quiet = 0 if ready else quiet + 1


def strips(app: App[Any]) -> list[list[Segment]]:
    """The rows of the screen as they would be painted, dialogs included."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [[segment for strip in line for segment in strip] for line in update.strips]


def lines(app: App[Any]) -> list[str]:
    """The rows of the screen as text."""
    return ["".join(segment.text for segment in line) for line in strips(app)]


def text(app: App[Any]) -> str:
    """The whole screen as text."""
    return "\n".join(lines(app))
