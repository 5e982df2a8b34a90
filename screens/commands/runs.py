"""`pithead runs`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from console.errors import ExitCode, UsageError
from console.host.forget import forget, long_ended, size_of
from console.host.laboratory import close_what_is_left
from console.host.person import who_is_there
from console.host.places import known_releases, lab_releases_folder, releases_folder
from console.host.runs import Run, run_in
from console.plan.literal import literal_json
from console.plan.units import words_bytes
from screens.commands.attach import demos_in_words
from screens.commands.options import age_s, refuse_read_only
from screens.commands.table import state, table
from screens.say import say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects, the newest first.")
@click.option(
    "--prune", "prune", metavar="AGE", callback=age_s,
    help="List the releases that ended longer ago, such as 30d; with --yes, remove them.",
)  # fmt: skip
@click.option("--lab", is_flag=True, help="The demo's releases, which lie apart, instead of the real ones.")
@click.option("--yes", is_flag=True, help="With --prune: remove what it lists.")
def command(*, as_json: bool, prune: float | None, lab: bool, yes: bool) -> int:
    """List all releases of this host, past and present, the newest first.

    --prune concerns only what has ended (promoted, rolled back, refused): what runs, and what lost its
    worker, stays.
    """
    if yes and prune is None:
        raise UsageError("--yes goes with --prune", hint="runs --prune 30d --yes")
    if lab:
        close_what_is_left()
    folders = known_releases(lab_releases_folder() if lab else None)
    if prune is not None:
        return _prune(folders, older_than_s=prune, yes=yes, as_json=as_json)
    _show([run_in(folder) for folder in folders], as_json=as_json, lab=lab)
    demos = 0 if lab or as_json else len(known_releases(lab_releases_folder()))
    if demos:
        say(demos_in_words(demos), err=True)
    return ExitCode.PROMOTED


def _show(runs: Sequence[Run], *, as_json: bool, lab: bool = False) -> None:
    if as_json:
        told = msgspec.json.encode([_object(run) for run in runs])
        say(literal_json(msgspec.json.format(told, indent=2)))
    elif runs:
        say(table(runs))
    elif lab:
        say(f"there is no demo's release in {lab_releases_folder()}; start one: pithead demo", err=True)
    else:
        say(f"there is no release in {releases_folder()}; start one: pithead run PLAN", err=True)


def _prune(folders: Sequence[Path], *, older_than_s: float, yes: bool, as_json: bool) -> int:
    """Show what ended long ago, and remove it where that was said."""
    if yes:
        refuse_read_only()
    now = time.time()
    found = list(long_ended(folders, before=now - older_than_s))
    if not found:
        say("nothing ended so long ago", err=True)
        return ExitCode.PROMOTED
    size = words_bytes(sum(size_of(folder) for folder, _ in found), digits=3)
    _show([run for _, run in found], as_json=as_json)
    if not yes:
        say(f"{_releases(len(found))}, {size}: nothing was removed; --yes removes them", err=True)
        return ExitCode.PROMOTED
    kept = [trouble for folder, run in found if (trouble := _removed(folder, run, now=now))]
    for trouble in kept:
        say(f"pithead: {trouble}", err=True)
    say(f"removed {_releases(len(found) - len(kept))}, {size}", err=True)
    return ExitCode.USAGE if kept else ExitCode.PROMOTED


def _removed(folder: Path, run: Run, *, now: float) -> str:
    """Remove one; gives what went wrong, or nothing: one that stays holds up no other."""
    try:
        forget(folder, state=state(run), person=who_is_there(), reason="runs --prune", now=now)
    except UsageError as error:
        return error.with_hint
    return ""


def _releases(count: int) -> str:
    """Count in words."""
    return "1 release" if count == 1 else f"{count} releases"


def _object(run: Run) -> dict[str, object]:
    return {
        "release": run.name,
        "service": run.service,
        "state": state(run),
        "worker": run.worker,
        "outcome": run.ended.outcome if run.ended else None,
        "exit_code": run.ended.exit_code if run.ended else None,
        "reason": run.ended.reason if run.ended else None,
        "began_at": run.began_at,
        "last_at": run.last_at,
        "took_s": run.took_s,
        "person": run.person,
        "trouble": run.trouble,
    }
