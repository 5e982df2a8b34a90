"""The screen put together with the release that it watches: a journal to read, a line for commands."""

from __future__ import annotations

import time
from pathlib import Path

from console.host.control import Line
from console.host.launch import start_worker
from console.host.order import Order
from console.host.person import who_is_there
from console.host.places import journal_of, socket_of
from console.journal.checkpoint import checkpoint_of
from screens.app import PitheadApp
from screens.feed import Feed, JournalFeed
from screens.keeper import ReleaseKeeper
from screens.reader import Latest
from screens.say import say
from screens.scene import FIRST_RECORD

LEAVE_WORDS = "the release goes on without this screen; come back with: pithead attach {name}"


def run_with_screen(order: Order, folder: Path) -> int:
    """Start the worker in the background and watch it."""
    start_worker(order, folder)
    return watch(folder, keeper=ReleaseKeeper(folder, just_started=True))


def watch(
    folder: Path,
    *,
    feed: Feed | None = None,
    keeper: ReleaseKeeper | None = None,
    waiting_for: str = FIRST_RECORD,
    leave_words: str = LEAVE_WORDS,
    read_only: bool = False,
) -> int:
    """Show the release of `folder` until the person leaves; gives its exit code, once it has ended.

    `feed` stands for its journal where there is more to do than to read it.
    """
    words = leave_words.format(name=folder.name)
    app = PitheadApp(
        feed or JournalFeed(journal_of(folder)),
        None if read_only else Line(socket_of(folder), who_is_there()),
        clock=time.time,
        leave_words=words,
        waiting_for=waiting_for,
        keeper=keeper or ReleaseKeeper(folder),
        latest=_latest(folder) if feed is None else None,
    )
    release = app.run(mouse=False)
    if app.failure is not None:
        raise app.failure
    if release is None or release.end is None:
        say(words, err=True)
        return 0
    say(release.end.reason, err=True)
    return release.end.exit_code


def _latest(folder: Path) -> Latest | None:
    """Give how the release stands by its checkpoint; None where it has none, as while it is young."""
    found = checkpoint_of(journal_of(folder))
    if found is None:
        return None
    feed = JournalFeed(journal_of(folder), after=found.place)
    return Latest(release=found.release, last_at=found.place.at, feed=feed)
