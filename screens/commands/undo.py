"""`pithead undo`: what `pithead rollback` does with a release that was promoted, by its other name."""

from __future__ import annotations

import click

from console.errors import UsageError
from screens.commands.found import ELSEWHERE, known, named
from screens.commands.new_worker import ended_in
from screens.commands.options import reason_given
from screens.commands.rollback import WAIT_S, roll_back


@click.command()
@click.argument("release", required=False)
@click.option("--reason", default="", callback=reason_given, help="Why; it goes on record.")
@click.option("--yes", is_flag=True, help="Do not ask, as with pithead rollback.")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0), default=WAIT_S, show_default=True, metavar="SECONDS",
    help="How long to wait until the old version has all traffic.",
)  # fmt: skip
def command(release: str | None, *, reason: str, yes: bool, wait_s: float) -> int:
    """Take back RELEASE, or the newest one, which has ended: all traffic to the old version again.

    It is done by a release of its own, in one step, unless the old version has no ready pods or somebody else
    drives. The exit code is that of pithead rollback; 3 where it was refused.
    """
    folder = named(release) if release is not None else known(hint=ELSEWHERE)[0]
    if ended_in(folder) is None:
        raise UsageError(f"{folder.name} has not ended", hint=f"pithead rollback {folder.name}")
    return roll_back(folder, reason=reason, wait_s=wait_s, yes=yes)
