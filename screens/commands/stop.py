"""`pithead stop`."""

from __future__ import annotations

import click

from console.command import Command
from console.errors import UsageError
from screens.commands.asked import ask
from screens.commands.found import named
from screens.commands.options import reason_given
from screens.commands.rollback import WAIT_S, roll_back


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
    return ask(folder, Command.PAUSE, reason=reason)
