"""Whether a release has a worker that lives, told by a lock that the kernel drops with its process.

A pid alone says nothing: after a crash it may be anyone's.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.errors import UsageError
from console.places import lock_of

_TRIES, _TRY_EVERY_S = 20, 0.01
"""A look of `worker_of` holds the lock for an instant: who wants it tries again before giving up."""


@contextmanager
def only_worker(folder: Path) -> Iterator[None]:
    """Be the release's one worker while this lasts; raises UsageError where there is one already."""
    try:
        lock = os.open(lock_of(folder), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(f"the release's folder {folder} can't be used: {error.strerror}") from error
    try:
        if not _locked(lock):
            raise UsageError(f"{folder.name} has a worker already: process {worker_of(folder)}")
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def worker_of(folder: Path) -> int | None:
    """Give the process of the worker that drives the release of this folder; None where none lives.

    A worker that was started an instant ago may not have come to its lock yet, nor to its journal.
    """
    try:
        lock = os.open(lock_of(folder), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(lock, 20, 0) or 0)
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
