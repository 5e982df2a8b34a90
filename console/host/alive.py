"""Whether a release has a worker that lives, told by a lock that the kernel drops with its process.

A pid alone says nothing: after a crash it may be anyone's.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.errors import UsageError
from console.host.places import lock_of
from console.private import open_private, private_folder, refuse_link

_TRIES, _TRY_EVERY_S = 20, 0.01
"""A look of `worker_of` holds the lock for an instant: who wants it tries again before giving up."""


class Lock:
    """The right to be the release's one worker."""

    def __init__(self, folder: Path) -> None:
        """Take it; raises UsageError where another has it."""
        self._folder = folder
        self._fd = self._take()

    def renew(self) -> None:
        """Put the lock's file there again where it was deleted: a second worker would find none."""
        try:
            there = lock_of(self._folder).lstat().st_ino
        except FileNotFoundError:
            there = 0
        if there != os.fstat(self._fd).st_ino:
            former, self._fd = self._fd, self._take()
            os.close(former)

    def release(self) -> None:
        """Let go of it, as the end of the process would."""
        os.close(self._fd)

    def _take(self) -> int:
        private_folder(self._folder)
        refuse_link(self._folder)
        fd = open_private(lock_of(self._folder), os.O_RDWR | os.O_CREAT)
        if not _locked(fd):
            os.close(fd)
            raise UsageError(f"{self._folder.name} has a worker already: process {worker_of(self._folder)}")
        with suppress(OSError):  # a full disk: the lock is held all the same, and its holder has no name
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
        return fd


@contextmanager
def only_worker(folder: Path, *, can_do_without: bool = False) -> Iterator[Lock | None]:
    """Be the release's one worker while this lasts; raises UsageError where there is one already.

    Who `can_do_without` gets None where the folder can't be used: two that only roll back do no harm.
    """
    try:
        lock = Lock(folder)
    except OSError as error:
        if not can_do_without:
            raise UsageError(f"the release's folder {folder} can't be used: {error.strerror}") from error
        yield None
        return
    try:
        yield lock
    finally:
        lock.release()


def worker_of(folder: Path) -> int | None:
    """Give the process of the worker that drives the release of this folder; None where none lives.

    A worker that was started an instant ago may not have come to its lock yet, nor to its journal.
    """
    return holder_of(lock_of(folder))


def holder_of(path: Path) -> int | None:
    """Give the process that holds the lock of this file; None where none does."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        written = os.pread(lock, 20, 0)
        return int(written) if written.isdigit() else 0  # held, by whom its file does not say
    except OSError:  # a file system without locks: who wants to drive there is told
        return None
    else:
        return None
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_TRY_EVERY_S)
        else:
            return True
    return False
