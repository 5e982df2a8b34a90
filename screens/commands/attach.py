"""`pithead attach`."""

from __future__ import annotations

from pathlib import Path

import click

from console.errors import UsageError
from console.host.alive import worker_of
from console.host.laboratory import close_what_is_left, kept_laboratories
from console.host.places import known_releases
from console.host.runs import Run, run_in
from screens.commands.found import is_over, known, named, named_to_read
from screens.commands.options import READ_ONLY, read_only_by_environment
from screens.commands.table import table
from screens.on_terminal import HEADLESS, refuse_without_terminal

MOST_LISTED = 10


@click.command()
@click.argument("release", required=False)
@READ_ONLY
def command(release: str | None, *, read_only: bool) -> int:
    """Come back to RELEASE, or to the one that runs; where none or several do, they are listed.

    RELEASE may be a service, where that is one release: its keys move traffic.
    """
    refuse_without_terminal(f"pithead status says how it stands; with run and resume, {HEADLESS}")
    read_only = read_only or read_only_by_environment()
    folder = running_one() if release is None else (named_to_read if read_only else named)(release)
    refuse_without_terminal(
        f"pithead status {folder.name} says how it stands; {HEADLESS}, with run and resume"
    )
    from screens.watch import watch  # noqa: PLC0415 - imports textual, which a list does not need

    return watch(folder, read_only=read_only)


def running_one() -> Path:
    """Give the only release that has not ended; raises UsageError with a list where it is not one.

    Where no real one goes on, it is that of the demo's laboratory that was kept running.
    """
    close_what_is_left()
    kept = kept_laboratories()
    if len(kept) == 1 and all(is_over(folder) for folder in known_releases()):
        return kept[0]
    folders = known()
    driven = [folder for folder in folders if worker_of(folder) is not None]
    if len(driven) == 1:
        return driven[0]
    runs = {folder: run_in(folder) for folder in folders}
    going_on = {folder: run for folder, run in runs.items() if run.live or run.dead}
    if len(going_on) == 1:
        return next(iter(going_on))
    what = f"{len(going_on)} releases have not ended" if going_on else "no release is running"
    raise UsageError(f"{what}: name one\n{_listed(list((going_on or runs).values()))}")


def _listed(runs: list[Run]) -> str:
    more = len(runs) - MOST_LISTED
    return table(runs[:MOST_LISTED]) + (f"\nand {more} more: pithead runs" if more > 0 else "")
