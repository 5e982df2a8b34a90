"""`pithead approve`, `promote`, `pause` and the like: what a person asks of a release's worker, by a word."""

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
from screens.commands import ASKED, SUMMARIES
from screens.commands.found import named, the_one
from screens.commands.options import read_only_by_environment, reason_given
from screens.commands.until_back import LONGEST_LINE
from screens.say import say

_CODES = """
Without a RELEASE it is the one that runs. The worker says whether it can be taken, by the same rules as for a
key on the screen, and it goes on record with your name.

The exit code is 0 once it is taken; 2 where it is refused, and why is said; 4 where the worker is dead.
"""


def asking(name: str) -> click.Command:
    """Make the command of a word of `ASKED`."""

    @click.command(name, help=f"{SUMMARIES[name]}\n{_CODES}", short_help=SUMMARIES[name])
    @click.argument("release", required=False)
    @click.option("--reason", default="", callback=reason_given, help="Why; it goes on record.")
    def command(release: str | None, *, reason: str) -> int:
        folder = named(release) if release is not None else the_one()
        return ask(folder, Command(ASKED[name]), reason=reason)

    return command


def ask(folder: Path, command: Command, *, reason: str) -> int:
    """Ask the worker of this folder's release; raises `ControlError` where it refuses.

    What is held already need not be held again.
    """
    if worker_of(folder) is None:
        return _dead(folder)
    line = ControlClient(socket_of(folder), who_is_there(), read_only=read_only_by_environment())
    answer = asyncio.run(line.ask(command, reason=reason))
    if answer.refused and not (command is Command.PAUSE and answer.paused):
        wants = "--reason says it" if REASON_WANTED in answer.refused else ""
        what = command.replace("_", " ")
        raise ControlError(f"{folder.name}: {what} refused: {answer.refused}", hint=wants)
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
