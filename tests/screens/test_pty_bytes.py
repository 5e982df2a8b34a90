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
MOST_BYTES_A_MINUTE = 60_000
SETTLE_S, WATCH_S = 2.0, 6.0


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


def read_for(master: int, seconds: float) -> bytes:
    """Read what comes within a time."""
    until, chunks = time.monotonic() + seconds, []
    while (left := until - time.monotonic()) > 0:
        if select.select([master], [], [], left)[0]:
            chunks.append(os.read(master, 65536))
    return b"".join(chunks)


def read_until(master: int, wanted: bytes, *, most_s: float = 20.0) -> bytes:
    """Read until some text has come."""
    until, read = time.monotonic() + most_s, b""
    while wanted not in read and time.monotonic() < until:
        if select.select([master], [], [], 0.5)[0]:
            read += os.read(master, 65536)
    return read


def test_a_minute_of_one_update_a_second_costs_less_than_60_kb() -> None:
    with on_a_pty("-m", "tests.screens.pty_program") as (_, master):
        stream = pyte.ByteStream(screen := pyte.Screen(COLUMNS, ROWS))
        stream.feed(read_until(master, b"q"))
        stream.feed(read_for(master, SETTLE_S))
        before = screen.display[0]
        steady = read_for(master, WATCH_S)
        stream.feed(steady)
        assert "checkout" in screen.display[0]
        assert "GOING WELL" in screen.display[1]
        assert screen.display[0] != before, "the clock on the first line has not moved"
        assert len(steady) * 60 / WATCH_S < MOST_BYTES_A_MINUTE


def test_a_closed_terminal_ends_the_screen() -> None:
    with on_a_pty("-m", "tests.screens.pty_program") as (process, master):
        read_until(master, b"q")
        os.kill(process.pid, signal.SIGHUP)
        assert process.wait(timeout=20) != 0
