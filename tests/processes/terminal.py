"""A program on a real terminal: a pty that is its controlling one, so that closing it hangs up."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

PITHEAD = str(Path(sys.executable).with_name("pithead"))
"""The command as it was installed beside this Python."""
COLUMNS, ROWS = 120, 40
_IN_CHARGE = 'exec "$@" <>"$0" >&0 2>&0'
"""For sh, which leads a new session: the terminal that it opens becomes the session's own."""
LAST_HINT = b" leave"
"""The last words of a full frame: the key hints end in them."""


class Terminal:
    """A terminal and the program in it; both end with the context."""

    def __init__(self, args: Sequence[str], *, env: Mapping[str, str] | None = None) -> None:
        self.read = b""
        """All that has come so far."""
        self._master, slave = pty.openpty()
        self._name = os.ttyname(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _IN_CHARGE, self._name, *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**_environment(), **(env or {})},
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Close the window: the program's session is hung up."""
        if self.is_open:
            os.close(self._master)
        self._master = -1

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def read_for(self, seconds: float) -> bytes:
        """Read what comes within a time, and give it."""
        until, before = time.monotonic() + seconds, len(self.read)
        while (left_s := until - time.monotonic()) > 0 and self._read_some(left_s):
            pass
        return self.read[before:]

    def read_until(self, wanted: bytes, *, within_s: float = 90.0) -> bytes:
        """Read until some bytes have come that had not come before, and give all since."""
        until, before = time.monotonic() + within_s, len(self.read)
        while wanted not in self.read[before:]:
            more = self._read_some(until - time.monotonic())
            assert more, f"the terminal ended before {wanted!r}: {self.read[-2000:]!r}"
            assert time.monotonic() < until, f"{wanted!r} did not come: {self.read[-2000:]!r}"
        return self.read[before:]

    @property
    def master(self) -> int:
        """The window's side of the terminal."""
        return self._master

    @property
    def is_open(self) -> bool:
        """Whether the window is still there."""
        return self._master >= 0

    @property
    def is_full(self) -> bool:
        """Whether the terminal takes no byte more: whoever writes to it waits now."""
        slave = os.open(self._name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return not select.select([], [slave], [], 0)[1]
        finally:
            os.close(slave)

    def _read_some(self, within_s: float) -> bool:
        """Read once; False where nothing can come any more."""
        if not select.select([self._master], [], [], max(0.0, within_s))[0]:
            return True
        try:
            some = os.read(self._master, 65536)
        except OSError:  # Linux says that the last program has closed the other side in this way
            return False
        self.read += some
        return bool(some)


_NOT_OURS = frozenset({"NO_COLOR", "COLUMNS", "LINES"})
"""Textual takes even an empty NO_COLOR for one, and believes a size that stands here; xdist sets one."""


def _environment() -> dict[str, str]:
    """Give a colourful terminal's, whose size is the terminal's own."""
    theirs = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return {**theirs, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
