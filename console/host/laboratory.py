"""A demo's laboratory as its release knows it: whether it lives, and how the release ends with it.

The laboratory holds a lock in its release's folder, which the kernel drops with its process, however that
dies. Its worker watches the lock; where no worker is left to write the end down, whoever comes next does.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.errors import PitheadError, UsageError
from console.host.alive import holder_of, only_worker, worker_of
from console.host.places import (
    journal_of,
    kept_mark_of,
    known_releases,
    lab_releases_folder,
    laboratory_lock_of,
    socket_of,
)
from console.journal import Journal, read_past
from console.policy.ending import laboratory_closed
from console.private import open_private
from console.release.events import Record

ENDS_WITHIN_S = 20.0
"""A laboratory takes its programs down in one to three seconds, a worker leaves within one more."""
POLL_S = 0.05


@contextmanager
def living(lock: Path) -> Iterator[None]:
    """Be the laboratory that holds this lock while this lasts; raises UsageError where that can't be."""
    try:
        fd = open_private(lock, os.O_RDWR | os.O_CREAT)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UsageError(f"the laboratory's lock {lock} can't be taken: {error.strerror}") from error
    os.ftruncate(fd, 0)
    os.pwrite(fd, str(os.getpid()).encode(), 0)
    try:
        yield
    finally:
        os.close(fd)


def laboratory_of(folder: Path) -> int | None:
    """Give the process of the laboratory that this release runs in; None where it is gone."""
    return holder_of(laboratory_lock_of(folder))


def is_closed(folder: Path) -> bool:
    """Whether the release's laboratory is certainly gone: where the lock can't be looked at, it is not."""
    try:
        fd = os.open(laboratory_lock_of(folder), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def kept_laboratories() -> list[Path]:
    """Give the release of each laboratory that a person let run on and that still lives, the newest first."""
    return [one for one in living_laboratories() if kept_mark_of(one).exists()]


def living_laboratories() -> list[Path]:
    """Give the release of each laboratory that lives, on its screen or without one, the newest first."""
    return [one for one in known_releases(lab_releases_folder()) if laboratory_of(one) is not None]


def end_laboratory(folder: Path) -> None:
    """End a laboratory and its release, and wait for both; raises UsageError where it does not go."""
    laboratory = laboratory_of(folder)
    if laboratory is not None:
        with suppress(ProcessLookupError):
            os.kill(laboratory, signal.SIGTERM)
    if not _waited_for(lambda: laboratory_of(folder) is None):
        raise UsageError(f"the laboratory, process {laboratory}, does not end", hint=f"kill {laboratory}")
    close_release(folder)


def close_release(folder: Path) -> None:
    """See a release off whose laboratory is gone: its worker leaves, and the end stands in its journal."""
    if not _waited_for(lambda: worker_of(folder) is None):
        worker = worker_of(folder)
        with suppress(ProcessLookupError):
            if worker is not None:  # stopped, or stuck: it would drive on in a laboratory that is gone
                os.kill(worker, signal.SIGKILL)
        _waited_for(lambda: worker_of(folder) is None)
    _write_the_end(folder)


def close_what_is_left() -> None:
    """Write the end into the journal of each of the demo's releases whose laboratory died without it."""
    for folder in known_releases(lab_releases_folder()):
        if laboratory_of(folder) is None and worker_of(folder) is None:
            _write_the_end(folder)


def _write_the_end(folder: Path) -> None:
    with suppress(PitheadError, OSError):  # what can't be read or written has no worker either, and stays
        path = journal_of(folder)
        if not path.is_file() or (past := read_past(path)).ended is not None or past.release is None:
            return
        end = laboratory_closed(past.release)
        with only_worker(folder), Journal(path, past=past) as journal:
            at = max(time.time(), past.place.at)
            journal.append(Record(n=journal.last + 1, at=at, event=end))
            journal.flush()
            socket_of(folder).unlink(missing_ok=True)  # a worker that was killed left it


def _waited_for(done: Callable[[], bool]) -> bool:
    until = time.monotonic() + ENDS_WITHIN_S
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    return True
