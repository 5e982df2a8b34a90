"""Files and folders of this user alone: closed to others all the way down, and never reached by a link.

A folder that a person names (PITHEAD_HOME) may be a link of their own. In the place of a file that pithead
makes itself there is no reason for one: a lock, a log or a journal would be written into any other file.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

IS_A_LINK = "it is a link, and is not followed"
IS_NO_FILE = "it is no file"
IS_ANOTHERS = "it belongs to another user"
_ROOT = 0


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, each of them closed to others; raises OSError."""
    try:
        path.mkdir(mode=0o700)
    except FileNotFoundError:
        if path.parent.is_dir():  # as below /proc, which takes no folder and says it so
            raise
        private_folder(path.parent)
        private_folder(path)
    except FileExistsError:
        if not path.is_dir():
            raise


def open_private(path: Path, flags: int) -> int:
    """Open a file of ours that is no link, and make it closed to others; raises OSError."""
    fd = _opened(path, flags)
    found = os.fstat(fd)
    if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode):
        os.close(fd)
        ours = found.st_uid == os.geteuid()
        raise OSError(errno.EPERM, IS_NO_FILE if ours else IS_ANOTHERS)
    return fd


def _opened(path: Path, flags: int) -> int:
    try:
        # Without O_NONBLOCK a named pipe in its place would be waited for.
        return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise OSError(error.errno, IS_A_LINK) from error
        raise


def open_file(path: Path) -> BinaryIO:
    """Open a file of anybody to read it; raises OSError, also for a named pipe, which is not waited for."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, IS_NO_FILE)
    return os.fdopen(fd, "rb")


def put_private(path: Path, data: bytes) -> None:
    """Write a whole file, or leave it as it was; raises OSError."""
    draft = path.with_suffix(".draft")
    with os.fdopen(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
        file.write(data)
    draft.replace(path)


def read_private(path: Path) -> bytes:
    """Read a whole file of ours; raises OSError."""
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        return file.read()


def is_anothers(path: Path) -> bool:
    """Whether what lies there belongs to another user; what is not there belongs to nobody."""
    with suppress(OSError):
        return path.stat().st_uid != os.geteuid()
    return False


def refuse_unsafe(folder: Path) -> None:
    """Raise OSError where another user could put a folder of theirs in the place of one of ours in there."""
    link, found = folder.lstat(), folder.stat()
    ours = {link.st_uid, found.st_uid} <= {os.geteuid(), _ROOT}
    if not ours and not found.st_mode & stat.S_ISVTX:
        raise OSError(errno.EPERM, IS_ANOTHERS)


def refuse_link(folder: Path) -> None:
    """Raise OSError where a folder that pithead makes itself is a link, or another user's."""
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, IS_A_LINK)
    if found.st_uid != os.geteuid():
        raise OSError(errno.EPERM, IS_ANOTHERS)
