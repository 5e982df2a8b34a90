"""A worker that is started early, before its order is known: it comes up while that is read.

Little is imported here: this process is what the way back waits for.
"""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from console.errors import ControlError
from console.host.places import log_of
from console.interpreter import own_module
from console.private import open_private

DIED = "the worker that was started has died"


class EarlyWorker:
    """A worker's process without an order; one that is given none ends by itself."""

    def __init__(self, folder: Path) -> None:
        """Start it, in a session of its own; raises ControlError where the system starts none."""
        self._folder = folder
        with ExitStack() as undone:
            try:
                self._line, theirs = socket.socketpair()
                undone.callback(self._line.close)
                with theirs, _log(folder) as log:
                    _start(own_module("console", "--handed", str(folder)), stdin=theirs, log=log)
            except OSError as error:
                raise ControlError(f"no worker could be started: {error.strerror}") from error
            undone.pop_all()

    def close(self) -> None:
        """Let go of it: without an order it ends, with one it goes on, and nobody hears how that goes."""
        self._line.close()

    def hand_over(self, order: bytes) -> socket.socket:
        """Give it its order, as JSON, and give the line on which it tells how that goes.

        Raises ControlError where it has died meanwhile.
        """
        try:
            self._line.sendall(order + b"\n")
        except OSError as error:
            log = f"see {log_of(self._folder)}"
            raise ControlError(f"{self._folder.name}: {DIED}", hint=log) from error
        return self._line


def _start(command: list[str], *, stdin: socket.socket, log: BinaryIO) -> None:
    worker = subprocess.Popen(
        command, stdin=stdin.fileno(), stdout=log, stderr=log, start_new_session=True, close_fds=True
    )
    worker.returncode = 0  # it is not ours to wait for: silences the warning about a child left running


def open_log(folder: Path) -> BinaryIO:
    """Open the log of a release's worker; raises OSError."""
    return os.fdopen(open_private(log_of(folder), os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")


def _log(folder: Path) -> BinaryIO:
    """Open the worker's log; a way back does without, where it can't be had."""
    try:
        return open_log(folder)
    except OSError:
        return Path(os.devnull).open("ab")
