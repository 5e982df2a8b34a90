"""Bytes on a real pty: what an SSH line would have to carry."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyte

COLUMNS, ROWS = 120, 40
MOST_BYTES_FOR_SIXTY = 60_000
SETTLE, COUNTED = 2, 6
"""Updates before the counting begins, and how many are counted: one comes each second."""
WITHIN_S = 60.0
LAST_HINT = b" leave"


@contextmanager
def on_a_pty(*program: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a program on a pty of its own, and end it afterwards."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):  # the size is the terminal's own
        environ.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, *program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environ,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield process, master
    finally:
        process.kill()
        process.wait()
        os.close(master)


def read_some(master: int) -> bytes:
    """Read what comes within half a second."""
    return os.read(master, 65536) if select.select([master], [], [], 0.5)[0] else b""


def read_until(master: int, wanted: bytes) -> bytes:
    """Read until some text has come."""
    until, read = time.monotonic() + WITHIN_S, b""
    while wanted not in read:
        assert time.monotonic() < until, f"{wanted!r} did not come: {read[-2000:]!r}"
        read += read_some(master)
    return read


class Watched:
    """A screen that is read, and what each update of its clock has cost."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._stream.feed(read_until(master, LAST_HINT))

    def updates(self, count: int) -> int:
        """Read until the clock on the first line has moved this many times; how many bytes that took."""
        until, moved, read = time.monotonic() + WITHIN_S, 0, 0
        while moved < count:
            assert time.monotonic() < until, (
                f"the clock has moved {moved} times only: {self.screen.display[0]}"
            )
            before, some = self.screen.display[0], read_some(self._master)
            self._stream.feed(some)
            read += len(some)
            moved += self.screen.display[0] != before
        return read


def test_sixty_updates_cost_less_than_60_kb() -> None:
    with on_a_pty("-m", "tests.screens.pty_program") as (_, master):
        watched = Watched(master)
        watched.updates(SETTLE)
        read = watched.updates(COUNTED)
        assert "checkout" in watched.screen.display[0]
        assert "GOING WELL" in watched.screen.display[1]
        assert read * 60 / COUNTED < MOST_BYTES_FOR_SIXTY


def test_a_closed_terminal_ends_the_screen() -> None:
    with on_a_pty("-m", "tests.screens.pty_program") as (process, master):
        read_until(master, LAST_HINT)
        os.kill(process.pid, signal.SIGHUP)
        assert process.wait(timeout=WITHIN_S) == 0
