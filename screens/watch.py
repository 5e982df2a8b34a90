"""The screen put together with the release that it watches: a journal to read, a line for commands."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from console.errors import ExitCode
from console.host.control import ControlClient
from console.host.laboratory import kept_laboratories
from console.host.launch import start_worker
from console.host.order import Order
from console.host.person import who_is_there
from console.host.places import journal_of, socket_of
from console.journal.checkpoint import checkpoint_of
from screens.app import PitheadApp
from screens.feed import JournalFeed
from screens.left import goes_on, laboratory_goes_on, program, say_end
from screens.reader import Latest
from screens.say import say
from screens.watched import Watched
from screens.worker_supervisor import WorkerSupervisor


def run_with_screen(order: Order, folder: Path) -> int:
    """Start the worker in the background and watch it."""
    start_worker(order, folder)
    return watch(folder, keeper=WorkerSupervisor(folder, just_started=True))


def watch(folder: Path, *, keeper: WorkerSupervisor | None = None, read_only: bool = False) -> int:
    """Show the release of `folder` until the person leaves; gives its exit code, once it has ended."""
    words = goes_on(folder)
    watched = Watched(
        JournalFeed(journal_of(folder)),
        None if read_only else ControlClient(socket_of(folder), who_is_there()),
        keeper=keeper or WorkerSupervisor(folder),
        latest=_latest(folder),
    )
    app = PitheadApp(
        watched,
        clock=time.time,
        leave_words=f"the release goes on; come back with: {program()} attach {folder.name}",
    )
    code = show(app, leave_words=lambda: words)
    if code != ExitCode.LEFT and folder in kept_laboratories():
        say(laboratory_goes_on(), err=True)
    return code


def show(app: PitheadApp, *, leave_words: Callable[[], str]) -> int:
    """Let an app run until the person leaves; gives the release's exit code, once it has ended.

    `leave_words` are asked for where it goes on.
    """
    app.run(mouse=False)
    if app.failure is not None:
        raise app.failure
    if app.crash:
        say(f"pithead: {app.crash}", err=True)
    release = app.release
    if release is None or release.end is None:
        say(leave_words(), err=True)
        return ExitCode.LEFT
    say_end(release)
    return release.end.exit_code


def _latest(folder: Path) -> Latest | None:
    """Give how the release stands by its checkpoint; None where it has none, as while it is young."""
    found = checkpoint_of(journal_of(folder))
    if found is None:
        return None
    feed = JournalFeed(journal_of(folder), after=found.place)
    return Latest(release=found.release, last_at=found.place.at, feed=feed)
