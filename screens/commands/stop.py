"""`pithead stop`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from console.command import REASON_WANTED, Command
from console.errors import ControlError, ExitCode, UsageError
from console.host.alive import worker_of
from console.host.control import ControlClient
from console.host.person import who_is_there
from console.host.places import socket_of
from console.plan.literal import literal
from screens.commands.found import named
from screens.commands.options import read_only_by_environment, reason_given
from screens.commands.rollback import WAIT_S, roll_back
from screens.commands.until_back import LONGEST_LINE
from screens.say import say


@click.command()
@click.argument("release")
@click.option("--hold", "holds", is_flag=True, help="Stop the clock where it stands; guards still watch.")
@click.option("--rollback", "rolls_back", is_flag=True, help="The same as pithead rollback RELEASE.")
@click.option("--reason", default="", callback=reason_given, help="Why; some plans want it.")
@click.option("--yes", is_flag=True, help="With --rollback: do not ask where stable has no ready pods.")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0), default=WAIT_S, show_default=True, metavar="SECONDS",
    help="With --rollback: how long to wait until stable has all traffic.",
)  # fmt: skip
def command(release: str, *, holds: bool, rolls_back: bool, reason: str, yes: bool, wait_s: float) -> int:
    """Hold RELEASE, by its worker; with --rollback, roll it back as `pithead rollback` does.

    The exit code is 0 once it is held; 4 where the worker is dead; 2 where it refused.
    """
    if holds == rolls_back:
        raise UsageError("say how to stop it", hint="--hold stops the clock, --rollback goes back to stable")
    folder = named(release)
    if rolls_back:
        return roll_back(folder, reason=reason, wait_s=wait_s, yes=yes)
    return _hold(folder, reason=reason)


def _hold(folder: Path, *, reason: str) -> int:
    """Stop the clock; one that stands already need not be stopped again."""
    if worker_of(folder) is None:
        return _dead(folder)
    line = ControlClient(socket_of(folder), who_is_there(), read_only=read_only_by_environment())
    answer = asyncio.run(line.ask(Command.PAUSE, reason=reason))
    if answer.refused and not answer.paused:
        wants = "--reason says it" if REASON_WANTED in answer.refused else ""
        raise ControlError(f"{folder.name} was not stopped: {answer.refused}", hint=wants)
    if answer.verdict is not None:
        say(literal(f"{answer.verdict.sentence}", longest=LONGEST_LINE))
    return ExitCode.PROMOTED


def _dead(folder: Path) -> int:
    """Say that nobody is there to be asked, and what can be done."""
    from screens.commands.new_worker import end_in_words, ended_in  # noqa: PLC0415 - a living one needs none

    ended = ended_in(folder)
    if ended is not None:
        raise UsageError(f"{folder.name} has ended: {end_in_words(ended)}")
    say(f"pithead: the worker of {folder.name} is dead, nobody moves its traffic", err=True)
    say(
        f"         pithead resume {folder.name} goes on with it, holding first; pithead rollback "
        f"{folder.name} sends all back",
        err=True,
    )
    return ExitCode.WORKER_DEAD
