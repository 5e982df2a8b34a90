"""Programs that end with this process, even where it is killed with -9.

Linux can ask the kernel for this, macOS can't, and neither for what a program has started in turn. A pipe
works on both: this process alone holds its write end, and the kernel closes that however the process ends.
At the other end waits a shell that then ends the program's whole process group.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

SHELL = "/bin/sh"
_WATCH = 'read -r _; kill -9 -"$0"'


@contextmanager
def tethered(group: int) -> Iterator[None]:
    """Let a process group end with this process, for as long as this lasts.

    Where nobody can be started to see to it the program runs all the same: a login is needed more than that.
    """
    watch = _watch(group)
    try:
        yield
    finally:
        if watch is not None:
            watch.kill()
            watch.communicate()


def _watch(group: int) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(
            [SHELL, "-c", _WATCH, str(group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
