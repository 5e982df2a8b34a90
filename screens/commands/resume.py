"""`pithead resume`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from console.errors import ExitCode, JournalError, UsageError
from console.host.alive import worker_of
from console.host.launch import start_worker, wait_for_worker
from console.host.order import Order, order_to_resume
from console.host.person import who_is_there
from console.host.places import journal_of, known_releases, order_of
from console.host.revival import OLDER_THAN, revive_each, to_revive
from console.host.runs import run_in
from console.journal import Past, read_past
from console.release.events import Outcome
from console.worker.record import by_the_record
from screens.commands.found import named
from screens.commands.meant import led_by, refuse_elsewhere, way_named
from screens.commands.options import age_s, headless_options, refuse_read_only, way_options
from screens.on_terminal import HEADLESS, refuse_without_terminal
from screens.say import say


@click.command()
@click.argument("release", required=False)
@click.option(
    "--all", "all_dead", is_flag=True, help="All that need it, in the background, without a screen."
)
@click.option(
    "--older-than", "older_than", callback=age_s, metavar="AGE", default=OLDER_THAN, show_default=True,
    help="With --all: leave alone what nobody has driven for longer.",
)  # fmt: skip
@way_options
@headless_options
def command(
    release: str | None,
    *,
    all_dead: bool,
    older_than: float,
    context: str | None,
    kubeconfig: str | None,
    output: str,
    headless: bool,
) -> int:
    """Go on with RELEASE, whose worker died: by a crash, a kill, or the machine's restart.

    What became of the last write is read from the router. A rollback under way goes on at once. Otherwise the
    release holds until space lets it go forward; with --headless, until one look at the evidence.

    It goes on in the cluster in which it began, by the kubeconfig and the context of then, whatever the
    current context is; --context and --kubeconfig name another way into that same cluster.

    --all starts a few workers at a time. It leaves alone, and names, what is older than --older-than, what a
    newer release of the same route has overtaken, and releases of a laboratory that is gone.
    """
    refuse_read_only()
    if all_dead == (release is not None):
        raise UsageError("say what to resume", hint="a RELEASE, or --all that need it")
    if release is None and (context or kubeconfig):
        raise UsageError("--context and --kubeconfig are for one release", hint="name it")
    if release is None:
        return _resume_all(older_than_s=older_than)
    if not headless:
        refuse_without_terminal(HEADLESS)
    folder = named(release)
    past = _dead(folder)
    way = way_named(kubeconfig=kubeconfig, context=context)
    order = led_by(_order(folder, attended=not headless), way)
    refuse_elsewhere(by_the_record(order, past.release))
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
    try:
        past = read_past(journal_of(folder))
    except JournalError as error:
        raise JournalError(
            str(error), hint=f"pithead rollback {folder.name} sends all traffic back"
        ) from error
    if past.ended is not None:
        raise UsageError(
            f"{folder.name} has ended: {past.ended.outcome.replace('_', ' ')}", hint=_mend(past, folder)
        )
    return past


def _mend(past: Past, folder: Path) -> str:
    """Say what can be done about a release that has ended."""
    back = past.ended is not None and past.ended.outcome is Outcome.ROLLED_BACK
    return "nothing is left to do" if back else f"pithead rollback {folder.name} takes it back"


def _order(folder: Path, *, attended: bool) -> Order:
    return order_to_resume(order_of(folder), who_is_there(), attended=attended)


def _resume_all(*, older_than_s: float) -> int:
    """Start a worker for each release that lost its own; one that can't be resumed holds up no other."""
    folders = known_releases()
    runs = [run_in(folder) for folder in folders]
    taken, left = to_revive(folders, runs, now=time.time(), older_than_s=older_than_s)
    for one in left:
        say(one.in_words, err=True)
    if not taken and not left:
        say("no release of this host has lost its worker: see pithead runs", err=True)
    failed = False

    def hear(name: str, trouble: str) -> None:
        nonlocal failed
        failed |= bool(trouble)
        say(f"{name}: {trouble or 'a worker was started, it holds first'}", err=bool(trouble))

    def start(folder: Path) -> int:
        return start_worker(order_to_resume(order_of(folder), who_is_there()), folder)

    revive_each(taken, start, say=hear)
    return ExitCode.WORKER_DEAD if failed else ExitCode.PROMOTED
