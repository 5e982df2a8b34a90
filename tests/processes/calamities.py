"""What can befall a screen, and what its worker did meanwhile: used by the tests and by the bench."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING

from msgspec import Struct

from console.command import Command
from console.release.events import ReleaseEnded, SampleTaken, WeightConfirmed
from tests.processes.ground import workers_of
from tests.processes.terminal import LAST_HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.processes.ground import Ground
    from tests.processes.terminal import Terminal

WATCH_S = 6.0
CTRL_C = b"\x03"
_STEADY_TICKS = 3
_FULL_WITHIN_S = 60.0


class Aftermath(Struct, frozen=True, kw_only=True):
    """What became of a release whose screen came to harm."""

    ticks: Sequence[float]
    """When each tick from the harm on was done, epoch seconds."""
    harmed_at: float
    """When the harm was done, epoch seconds."""
    watched_until: float
    """When the watch ended and the rollback was asked for."""
    workers: int
    """How many workers lived just before the rollback."""
    refused: str
    """What the worker answered to a rollback that another viewer asked for."""
    rolled_back_after_s: float
    """From asking to the router's confirmation."""
    exit_code: int
    terminal_was_full: bool = False
    """Whether the terminal took no byte from the harm to the release's end."""

    @property
    def worst_lateness_s(self) -> float:
        """How far a tick was off the grid of all, at most."""
        return lateness_s(self.ticks)


def lateness_s(ticks: Sequence[float], *, interval_s: float = 1.0) -> float:
    """Give the farthest that a tick lies from the grid on which most lie; a tick left out counts whole."""
    phases = [at - place * interval_s for place, at in enumerate(ticks)]
    return max(abs(phase - median(phases)) for phase in phases)


def befallen(
    ground: Ground,
    harm: Callable[[Terminal], None],
    *,
    ready: Callable[[], object] = lambda: None,
    watch_s: float = WATCH_S,
) -> Aftermath:
    """Run a release on a terminal, let harm come to its screen, watch, and roll back from elsewhere.

    `ready` is called once the release ticks and before the harm: where several go on side by side, they
    wait for each other there, because starting is what takes the CPU.
    """
    with ground, ground.on_terminal() as terminal:
        terminal.read_until(LAST_HINT)
        release = ground.release()
        release.until(SampleTaken, count=_STEADY_TICKS)
        ready()
        harm(terminal)
        full, harmed_at = terminal.is_open and terminal.is_full, time.time()
        time.sleep(watch_s)
        release.until(SampleTaken, count=len(release.ticks) + 1)
        workers = len(workers_of(ground.home))
        asked_at = time.time()
        refused = asyncio.run(release.ask(Command.ROLL_BACK))
        confirmed_at, _ = release.until(WeightConfirmed, count=2)
        _, ended = release.until(ReleaseEnded)
        return Aftermath(
            ticks=[at for at in release.ticks if at > harmed_at],
            harmed_at=harmed_at,
            watched_until=asked_at,
            workers=workers,
            refused=refused,
            rolled_back_after_s=confirmed_at - asked_at,
            exit_code=ended.exit_code,
            terminal_was_full=full and terminal.is_full,
        )


def nothing(_terminal: Terminal) -> None:
    """Do no harm: what the others are compared with."""


def kill(terminal: Terminal) -> None:
    """Kill the screen with -9."""
    terminal.process.kill()
    terminal.process.wait()


def close(terminal: Terminal) -> None:
    """Close the terminal's window."""
    terminal.close()
    terminal.process.wait(timeout=60)


def interrupt(terminal: Terminal) -> None:
    """Press ctrl+c like somebody who means it."""
    for _ in range(3):
        terminal.press(CTRL_C)
        terminal.read_for(0.3)


def stall(terminal: Terminal) -> None:
    """Read no more, and let the screen write until the terminal takes nothing."""
    until = time.monotonic() + _FULL_WITHIN_S
    while not terminal.is_full:
        assert time.monotonic() < until, f"the terminal is not full after {_FULL_WITHIN_S:g} s"
        terminal.press(b"T")  # another theme: the whole screen is written anew
        time.sleep(0.05)
