"""Lines for a reader who may stall or go away: they wait in a bounded queue for a thread that writes them.

A `write` to a pipe that nobody empties, to a terminal behind Ctrl-S or to a laptop that sleeps lasts for as
long as the reader likes. So no event loop writes there itself. The thread writes with `os.write` and not
through Python's buffers: a daemon thread that holds a buffer's lock would hang the interpreter at its end.
"""

from __future__ import annotations

import errno
import os
import select
from collections import deque
from collections.abc import Callable
from io import TextIOBase
from threading import Condition, Thread
from time import monotonic

from console.redact import without_secrets

MOST_WAITING = 1000
"""Lines that wait for a reader, at most: 17 minutes of a release that ticks each second, about 200 kB."""
_GONE = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO, errno.ECONNRESET})
"""Nobody will ever read there again: the pipe's reader has gone, the terminal is closed."""


def _no_words(_lines: int) -> str:
    return ""


class LineWriter:
    """Writes to one descriptor; whoever gives it a line never waits."""

    def __init__(
        self, fd: int | None, *, encoding: str = "utf-8", gap: Callable[[int], str] = _no_words
    ) -> None:
        """`fd` None: nobody is there. `gap` says in a line that some are missing; empty: it is not said."""
        self._fd = fd
        self._encoding = encoding
        self._gap = gap
        self._lines: deque[str] = deque()
        self._skipped = 0
        """Lines that were let go since the last one that was written."""
        self._telling = 0
        """Of how many such lines the text tells that is being written."""
        self._lost = 0
        self._trouble = ""
        self._torn = False
        """Whether the last write stopped in the middle of a line."""
        self._busy = False
        """Whether the thread is writing a line now."""
        self._news = Condition()
        self._open = fd is not None
        if self._open:
            self._start()

    def put(self, text: str) -> None:
        """Let a text be written, newlines and all; the oldest that waits is let go where too many do."""
        with self._news:
            if not self._open:
                self._lost += 1
                return
            if len(self._lines) == MOST_WAITING:
                self._lines.popleft()
                self._skipped += 1
                self._lost += 1
            self._lines.append(text)
            self._news.notify_all()

    def finish(self, *, within_s: float) -> str:
        """Wait for a while until all is written; says what was not, and why, or nothing."""
        until = monotonic() + within_s
        with self._news:
            while self._open and (self._lines or self._busy) and (left_s := until - monotonic()) > 0:
                self._news.wait(left_s)
            missing = self._lost + len(self._lines) + self._busy
            why = self._trouble or "nobody reads it"
        lines = "line was" if missing == 1 else "lines were"
        return f"{missing} {lines} not shown ({why})" if missing else ""

    def _start(self) -> None:
        try:
            Thread(target=self._write_on, name="lines", daemon=True).start()
        except RuntimeError as error:  # no thread can be had: the release goes on, and nobody reads of it
            self._open, self._trouble = False, str(error)

    def _write_on(self) -> None:
        while True:
            with self._news:
                self._busy = False
                self._news.notify_all()
                while not self._lines:
                    self._news.wait()
                text, self._busy = self._with_gap(self._lines.popleft()), True
            if not self._written(text):
                return

    def _with_gap(self, text: str) -> str:
        self._telling, self._skipped = self._skipped, 0
        words = self._gap(self._telling) if self._telling else ""
        torn = "\n" if self._torn else ""
        return f"{torn}{words}\n{text}" if words else f"{torn}{text}"

    def _written(self, text: str) -> bool:
        """Write; False where nothing more can ever be written."""
        assert self._fd is not None
        data = text.encode(self._encoding, "backslashreplace")
        left = data
        try:
            while left:
                left = left[_write_some(self._fd, left) :]
        except OSError as error:
            self._torn = len(left) < len(data)
            return self._failed(error)
        self._torn = False
        return True

    def _failed(self, error: OSError) -> bool:
        """Count what was lost; a full disk may be cleared, so the next line is tried."""
        with self._news:
            self._trouble = error.strerror or type(error).__name__
            self._lost += 1
            self._skipped += self._telling + 1
            if error.errno not in _GONE:
                return True
            self._lost += len(self._lines)
            self._lines.clear()
            self._open = self._busy = False
            self._news.notify_all()
            return False


class Aside(TextIOBase):
    """A stream such as standard error is: what a library says into it takes this way too, without secrets."""

    def __init__(self, writer: LineWriter) -> None:
        self._writer = writer

    def write(self, text: str) -> int:
        """Write it without its secrets, and never wait."""
        self._writer.put(without_secrets(text))
        return len(text)


def _write_some(fd: int, data: bytes) -> int:
    try:
        return os.write(fd, data)
    except BlockingIOError:  # who shares the terminal may have made it so
        _wait_for_room(fd)
        return 0


def _wait_for_room(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll()
