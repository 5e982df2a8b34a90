"""A webhook on loopback: it keeps what it is sent, and answers as a test wants."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mood(StrEnum):
    OK = "ok"
    ERROR = "error"
    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"


class Webhook(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, mood: Mood) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mood = mood
        self.got: list[Got] = []
        self.over = Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Got(msgspec.Struct, frozen=True):
    path: str
    authorization: str
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.got.append(Got(self.path, self.headers.get("Authorization", ""), body))
        match self.server.mood:
            case Mood.OK:
                self._answer(200)
            case Mood.ERROR:
                self._answer(500)
            case Mood.HANG:
                self.server.over.wait()
            case Mood.RESET:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
            case Mood.DRIP:
                self._drip()

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def _drip(self) -> None:
        """Send a byte now and then: no time between two reads is long, and the answer never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.over.is_set():
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def webhook(mood: Mood = Mood.OK) -> Iterator[Webhook]:
    server = Webhook(mood)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
