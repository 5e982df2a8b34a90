"""`pithead attach`."""

from __future__ import annotations

from pathlib import Path

import click

from console.errors import UsageError
from console.host.alive import worker_of
from console.host.laboratory import close_what_is_left, living_laboratories
from console.host.places import known_releases, lab_releases_folder
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

    What was refused or has ended is no rival. Where no real one goes on, it is that of a demo's laboratory.
    """
    close_what_is_left()
    if all(is_over(folder) for folder in known_releases()) and (demos := _demos()):
        return demos[0] if len(demos) == 1 else _refuse(demos, "laboratories run")
    folders = known()
    driven = [folder for folder in folders if worker_of(folder) is not None]
    if len(driven) == 1:
        return driven[0]
    runs = {folder: run_in(folder) for folder in folders}
    going_on = [folder for folder, run in runs.items() if run.live or run.dead]
    if not going_on:
        raise UsageError(f"no release is running: name one\n{_listed(list(runs.values()))}{_apart(folders)}")
    return going_on[0] if len(going_on) == 1 else _refuse(going_on, "releases have not ended")


def _demos() -> list[Path]:
    """Give the demo's releases that go on; where none does, those whose laboratory lives all the same."""
    living = living_laboratories()
    return [folder for folder in living if not is_over(folder)] or living


def _refuse(folders: list[Path], what: str) -> Path:
    raise UsageError(f"{len(folders)} {what}: name one\n{_listed([run_in(folder) for folder in folders])}")


def _apart(shown: list[Path]) -> str:
    """Say where the demo's releases are, where they are not what is shown."""
    apart = [folder for folder in known_releases(lab_releases_folder()) if folder not in shown]
    return f"\n{demos_in_words(len(apart))}" if apart else ""


def demos_in_words(count: int) -> str:
    """Say that there are releases of the demo, which lie apart, and how they are listed."""
    return f"releases of the demo lie apart, {count} of them: pithead runs --lab"


def _listed(runs: list[Run]) -> str:
    more = len(runs) - MOST_LISTED
    return table(runs[:MOST_LISTED]) + (f"\nand {more} more: pithead runs" if more > 0 else "")
