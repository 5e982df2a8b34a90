"""Ending a blocking call from outside its thread."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, local
from typing import Any


class Cut:
    """Ends one call from outside its thread: a thread that reads a drip would read on for ever."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: Any = None
        self._socket: Any = None
        self._done = False

    def on(self, connection: Any) -> None:
        """Note over which connection the call goes; raises `TimeoutError` where it has ended."""
        with self._lock:
            if self._done:
                raise TimeoutError
            # Both: while hands are shaken only the connection has the socket, and it lets go of it while an
            # answer is read behind which the server will close.
            self._connection, self._socket = connection, connection.sock

    def now(self) -> None:
        """Shut the connection down: its thread reads no further byte."""
        with self._lock:
            self._done = True
            found = getattr(self._connection, "sock", None) or self._socket
        if isinstance(found, socket.socket):
            with suppress(OSError):
                # Not the method of a TLS socket, which takes its session from under the reading thread.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    def leave(self) -> None:
        """Note that the answer has come: the connection is another call's by now."""
        with self._lock:
            self._connection = self._socket = None


class _Calls(local):
    """Has the `Cut` of the call that a thread makes."""

    cut: Cut


calls = _Calls()
