"""`pithead resume`."""

from __future__ import annotations

from pathlib import Path

import click

from console.errors import ExitCode, UsageError
from console.host.alive import worker_of
from console.host.launch import start_worker, wait_for_worker
from console.host.order import Order, order_to_resume
from console.host.person import who_is_there
from console.host.places import journal_of, known_releases, order_of
from console.host.runs import run_in
from console.journal import Past, read_past
from screens.commands.found import named
from screens.commands.options import headless_options, refuse_read_only
from screens.keeper import ReleaseKeeper
from screens.say import say


@click.command()
@click.argument("release", required=False)
@click.option(
    "--all", "all_dead", is_flag=True, help="All that need it, in the background, without a screen."
)
@headless_options
def command(release: str | None, *, all_dead: bool, output: str, headless: bool) -> int:
    """Go on with RELEASE, whose worker died: by a crash, a kill, or the machine's restart.

    What became of the last write is read from the router. A rollback under way goes on at once. Otherwise the
    release holds until space lets it go forward; with --headless, until one look at the evidence.
    """
    refuse_read_only()
    if all_dead == (release is not None):
        raise UsageError("say what to resume", hint="a RELEASE, or --all that need it")
    if release is None:
        return _resume_all()
    folder = named(release)
    past = _dead(folder)
    order = _order(folder, attended=not headless)
    if headless:
        from screens.foreground import run_in_foreground  # noqa: PLC0415 - only this path needs asyncio

        return run_in_foreground(order, folder, output=output, release=past.release)
    from screens.watch import watch  # noqa: PLC0415 - imports textual

    start_worker(order, folder)
    wait_for_worker(folder)
    return watch(folder)


def _dead(folder: Path) -> Past:
    """Give the journal of a release that nobody drives and that has not ended."""
    pid = worker_of(folder)
    if pid is not None:
        raise UsageError(f"{folder.name} is driven by process {pid}", hint=f"pithead attach {folder.name}")
    past = read_past(journal_of(folder))
    if past.ended is not None:
        raise UsageError(f"{folder.name} has ended: {past.ended.outcome.replace('_', ' ')}")
    return past


def _order(folder: Path, *, attended: bool) -> Order:
    return order_to_resume(order_of(folder), who_is_there(), attended=attended)


def _resume_all() -> int:
    """Start a worker for each release that lost its own; one that can't be resumed holds up no other."""
    code = ExitCode.PROMOTED
    for folder in known_releases():
        if not run_in(folder).dead:
            continue
        trouble = ReleaseKeeper(folder).revive()
        if trouble:
            code = ExitCode.WORKER_DEAD
        say(f"{folder.name}: {trouble or 'a worker was started, it holds first'}", err=bool(trouble))
    return code
