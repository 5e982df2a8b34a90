"""`pithead stop`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click

from console.errors import ControlError, ExitCode, UsageError
from console.host.alive import worker_of
from console.host.control import Line
from console.host.person import who_is_there
from console.host.places import journal_of, socket_of
from console.journal import Tail
from console.plan.literal import literal
from console.policy.explain import explain
from console.policy.permit import Command
from console.release.events import Outcome
from console.release.fold import fold
from console.release.state import Phase, Release
from screens.commands.found import named
from screens.commands.options import read_only_by_environment
from screens.say import say

POLL_S = 0.05
LONGEST_LINE = 1000


@click.command()
@click.argument("release")
@click.option("--hold", "holds", is_flag=True, help="Stop the clock where it stands; guards still watch.")
@click.option("--rollback", "rolls_back", is_flag=True, help="Send all back to stable, and wait for it.")
@click.option("--reason", default="", help="Why; some plans want it.")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0), default=300.0, show_default=True, metavar="SECONDS",
    help="With --rollback: how long to wait for the router's confirmation.",
)  # fmt: skip
def command(release: str, *, holds: bool, rolls_back: bool, reason: str, wait_s: float) -> int:
    """Hold RELEASE or roll it back, by its worker.

    The exit code is 0 once it is held, or rolled back and confirmed by the router; 12 where a rollback is not
    confirmed in time (its worker goes on trying); 4 where the worker is dead; 2 where it refused.
    """
    if holds == rolls_back:
        raise UsageError("say how to stop it", hint="--hold stops the clock, --rollback goes back to stable")
    watched = _Watched(named(release))
    if watched.release.phase is Phase.ENDED:
        raise UsageError(f"{watched.name} has ended: {watched.line}")
    if not watched.lives:
        return watched.say_dead()
    _ask(watched, Command.PAUSE if holds else Command.ROLL_BACK, reason=reason)
    return _held(watched) if holds else _rolled_back(watched, wait_s)


class _Watched:
    """A release on disk, folded as far as it has come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self._tail = Tail(journal_of(folder))
        self._release: Release | None = None

    @property
    def release(self) -> Release:
        """The release by now; raises UsageError before its first record."""
        for record in self._tail.poll():
            self._release = fold(self._release, record)
        if self._release is None:
            raise UsageError(f"{self.name} has no record yet", hint="its worker is starting, or died at once")
        return self._release

    @property
    def line(self) -> str:
        """Why it is where it is."""
        said = explain(self.release, now=time.time())
        return literal(f"{said.word}: {said.text}", longest=LONGEST_LINE)

    @property
    def lives(self) -> bool:
        """Whether someone drives it."""
        return worker_of(self.folder) is not None

    def say_dead(self) -> int:
        """Say that nobody is there to be asked, and what can be done."""
        weight = self.release.weight
        where = "" if weight is None else f"; the router was last seen at {weight}%"
        say(f"pithead: the worker of {self.name} is dead, nobody moves its traffic{where}", err=True)
        say(f"         bring it back first: pithead resume {self.name}", err=True)
        return ExitCode.WORKER_DEAD


def _ask(watched: _Watched, command: Command, *, reason: str) -> None:
    """Give the command; what the worker does already need not be asked for again."""
    if _done_already(watched.release, command):
        return
    line = Line(socket_of(watched.folder), who_is_there(), read_only=read_only_by_environment())
    refused = asyncio.run(line.send(command, reason=reason))
    if refused and not _done_already(watched.release, command):
        wants = "--reason says it" if "wants a reason" in refused else ""
        raise ControlError(f"{watched.name} was not stopped: {refused}", hint=wants)


def _done_already(release: Release, command: Command) -> bool:
    return release.paused_by is not None if command is Command.PAUSE else release.rollback is not None


def _held(watched: _Watched) -> int:
    say(watched.line)
    return ExitCode.PROMOTED


def _rolled_back(watched: _Watched, wait_s: float) -> int:
    """Wait for the router's confirmation; each attempt that failed is a line."""
    until, told = time.monotonic() + wait_s, 0
    while not _over(release := watched.release):
        if release.failure is not None and release.failure.times != told:
            told = release.failure.times
            say(watched.line, err=True)
        if not watched.lives and not _over(watched.release):
            return watched.say_dead()
        if time.monotonic() > until:
            say(f"{watched.line}; the worker goes on trying", err=True)
            return ExitCode.ROLLBACK_NOT_CONFIRMED
        time.sleep(POLL_S)
    say(_outcome(release))
    gave_up = release.end is not None and release.end.outcome is Outcome.NOT_CONFIRMED
    return ExitCode.ROLLBACK_NOT_CONFIRMED if gave_up else ExitCode.PROMOTED


def _over(release: Release) -> bool:
    confirmed = release.rollback is not None and release.rollback.confirmed_at is not None
    return confirmed or release.phase is Phase.ENDED


def _outcome(release: Release) -> str:
    rollback, end = release.rollback, release.end
    if rollback is None or rollback.confirmed_at is None:
        assert end is not None
        return literal(f"{end.outcome.replace('_', ' ').upper()}: {end.reason}", longest=LONGEST_LINE)
    took_ms = (rollback.confirmed_at - rollback.decided_at) * 1000
    attempts = f"{rollback.attempts} attempt{'s' if rollback.attempts > 1 else ''}"
    stable = release.plan.stable.name
    return f"ROLLED BACK: all traffic on {stable}, confirmed by the router after {took_ms:.0f} ms, {attempts}"
