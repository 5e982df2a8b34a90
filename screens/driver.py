"""The terminal under a screen: what is read from it, what is written, and that it is left as it was found.

Textual's own driver spins where its input has ended, loses its writing thread where the terminal has gone,
and dies of SIGTERM and SIGHUP with the terminal still in its hands. Here all of these end the screen, and
never the release, which has a process of its own. It leans on names of Textual 8's driver.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from io import TextIOBase
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from console.errors import ExitCode
from screens.reports import Reports

if TYPE_CHECKING:
    from types import FrameType

LEAVES = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""Signals that end a screen. Ctrl+C is a key there, so SIGINT too comes from elsewhere."""
LOOK_S = 0.1
READ_BYTES = 4096
HURRY_S = 2.0
"""A screen that was told to leave and has not, because its terminal takes nothing, is left at once then."""
AS_IT_WAS = (
    "\x18"  # CAN: whatever sequence was begun
    "\x1b[0m\x1b[?2026l\x1b[?2048l\x1b[?2004l\x1b[?1004l"
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
)
"""Ends every mode that the screen begins, in Textual's order: the keyboard's before the screen's."""


class TerminalRead(Message, bubble=False):
    """What came from the terminal at once: the keys that follow it, up to the next one, belong together."""

    def __init__(self, *, printable: int) -> None:
        super().__init__()
        self.printable = printable
        """How many of its keys are text."""


class ScreenDriver(LinuxDriver):
    """Reads and writes one terminal, and lets go of it whatever happens."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = Unfailing(sys.__stderr__, self._leave)  # type: ignore[assignment]  # all that Textual asks of it
        self._our_loop: asyncio.AbstractEventLoop | None = None
        self._leaves = False
        self._before: dict[signal.Signals, Any] = {}

    def start_application_mode(self) -> None:
        """Take the terminal, and the signals that would end it badly."""
        self._our_loop = asyncio.get_running_loop()
        for number in LEAVES:
            self._before.setdefault(number, signal.signal(number, self._on_signal))
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual left it so

    def close(self) -> None:
        """Let go of the terminal."""
        super().close()
        for number, before in self._before.items():
            signal.signal(number, before)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # Not asyncio's handler: the loop may stand at a terminal that takes nothing.
        self._leave()

    def _leave(self) -> None:
        """Leave the screen; where it can't be left in good time, at once."""
        if self._leaves:
            return
        self._leaves = True
        hurry = Timer(HURRY_S, self._leave_at_once)
        hurry.daemon = True
        hurry.start()
        if self._our_loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the screen is left already
                self._our_loop.call_soon_threadsafe(self._app.exit)

    def _leave_at_once(self) -> None:
        with suppress(OSError):
            # A description of its own: what is non-blocking here is so for nobody else.
            fd = os.open(os.ttyname(self.fileno), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            os.write(fd, AS_IT_WAS.encode())
        with suppress(termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        os._exit(ExitCode.LEFT)

    def run_input_thread(self) -> None:
        """Read until the screen or its terminal ends."""
        reader = _Reader(XTermParser(self._debug), self.process_message)
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            try:
                data = os.read(self.fileno, READ_BYTES) if poll.poll(LOOK_S * 1000) else None
            except OSError:  # the terminal is gone
                data = b""
            if data == b"":
                self._leave()
                return
            reader.take(data)


class _Reader:
    """Makes messages of bytes."""

    def __init__(self, parser: XTermParser, send: Callable[[Message], None]) -> None:
        self._parser = parser
        self._send = send
        self._reports = Reports()
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode

    def take(self, data: bytes | None) -> None:
        now = monotonic()
        text = (
            self._reports.overdue(at=now) if data is None else self._reports.keys(self._decode(data), at=now)
        )
        found = [*(self._parser.feed(text) if text else ()), *self._parser.tick()]
        if found:
            self._send(TerminalRead(printable=sum(is_text(message) for message in found)))
        for message in found:
            self._send(message)


def is_text(message: Message) -> bool:
    """Whether it is a key that writes something where text is written."""
    return isinstance(message, events.Key) and message.is_printable


class Unfailing(TextIOBase):
    """A terminal to write to that may be gone: then whoever must know is told once, and nothing is raised."""

    def __init__(self, terminal: TextIO | None, gone: Callable[[], None]) -> None:
        self._terminal = terminal
        self._gone = gone

    def fileno(self) -> int:
        """Give the terminal's descriptor."""
        assert self._terminal is not None
        return self._terminal.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._terminal is not None and self._terminal.isatty()

    def write(self, text: str) -> int:
        """Write it; a sign that the terminal's encoding does not have is a question mark, as wide as one."""
        assert self._terminal is not None
        try:
            encoding = self._terminal.encoding or "ascii"
            self._terminal.write(text.encode(encoding, "replace").decode(encoding))
        except (OSError, ValueError):
            self._gone()
        return len(text)

    def flush(self) -> None:
        """Hand it on."""
        assert self._terminal is not None
        try:
            self._terminal.flush()
        except (OSError, ValueError):
            self._gone()
