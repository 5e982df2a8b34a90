"""`pithead forget`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from console.errors import ExitCode, UsageError
from console.host.alive import worker_of
from console.host.forget import forget, open_matter
from console.host.person import who_is_there
from console.host.places import every_folder
from console.host.runs import run_in
from console.plan.literal import literal, quoted
from console.plan.units import words_bytes
from screens.commands.found import named
from screens.commands.options import reason_given, refuse_read_only
from screens.commands.table import state
from screens.say import say

LONGEST_LINE = 1000


@click.command()
@click.argument("release")
@click.option(
    "--yes", is_flag=True, help="Also one that has moved traffic and has not ended; needs --reason."
)
@click.option("--reason", default="", callback=reason_given, help="Why, for the line that stays of it.")
def command(release: str, *, yes: bool, reason: str) -> int:
    """Remove RELEASE from this host: its journal, order, log and lock. Its traffic stays as it is.

    One that runs is refused, and one that moved traffic and has not ended goes with --yes and --reason only.
    One line of it stays in forgotten.jsonl, beside the releases.
    """
    refuse_read_only()
    if yes and not reason.strip():
        raise UsageError("--yes needs a reason", hint="add --reason 'why nobody needs it any more'")
    folder = _folder(release)
    pid = worker_of(folder)
    if pid is not None:
        raise UsageError(
            f"{folder.name} is driven by process {pid}", hint=f"pithead attach {folder.name} shows it"
        )
    run = run_in(folder)
    matter = open_matter(folder, run)
    if matter and not yes:
        way = f"pithead resume {folder.name} goes on with it"
        if run.person is None:  # nobody can go on with what can't be read
            way = f"pithead rollback {folder.name} sends its traffic back"
        raise UsageError(
            f"{folder.name}: {matter}", hint=f"{way}; --yes --reason 'why' removes it all the same"
        )
    removed = forget(folder, state=state(run), person=who_is_there(), reason=reason, now=time.time())
    words = f"removed {removed.release}: {removed.state}, {words_bytes(removed.bytes, digits=3)} in {folder}"
    say(literal(words, longest=LONGEST_LINE))
    return ExitCode.PROMOTED


def _folder(release: str) -> Path:
    """Give the folder of this whole name, also of a release that died before its first record."""
    for folder in every_folder():
        if folder.name == release:
            return folder
    nearest = named(release)
    if nearest.is_symlink():
        raise UsageError(f"{nearest} is a link, and is not followed", hint="remove the link by hand")
    raise UsageError(f"{quoted(release)} is no whole name of a release", hint=f"did you mean {nearest.name}?")
