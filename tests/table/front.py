"""A door before an API server: it passes calls on, notes writes of routes, and goes wrong on order."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUTES = "/virtualservices/"
_PASSED_ON = ("Authorization", "Content-Type", "Accept", "User-Agent")


class Write(Struct, frozen=True, kw_only=True):
    """One write of a route that has arrived here."""

    at: float
    """Epoch seconds."""
    path: str
    done: bool
    """Whether the API server did it."""
    weight: int | None
    """The canary's weight after it."""


class Front:
    """One door to an API server: a port of its own, and faults that nobody else meets."""

    def __init__(
        self,
        server: str,
        *,
        token: str,
        authority: Path | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        """`token` is that of the server behind; whoever comes brings `self.wanted`.

        With a `certificate` and its key it is reached by TLS.
        """
        self._upstream = urlsplit(server)
        self.token = token
        self._trust = ssl.create_default_context(cafile=str(authority)) if authority else None
        self.wanted = "first"
        """The token that is known here."""
        self.writes: list[Write] = []
        self.forbids_writes = False
        self.free = threading.Event()
        """While it is not set, nothing is answered."""
        self.free.set()
        self.on_weight: Callable[[int], object] = lambda _weight: None
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            self._server.socket = _with_tls(self._server.socket, certificate)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.free.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def connect(self) -> HTTPConnection:
        """Open a connection to the server behind."""
        host, port = self._upstream.hostname or "", self._upstream.port
        if self._trust is None:
            return HTTPConnection(host, port, timeout=30)
        return HTTPSConnection(host, port, timeout=30, context=self._trust)

    def passed_on(self, connection: HTTPConnection, ask: BaseHTTPRequestHandler, body: bytes) -> Answer:
        """Ask the server behind."""
        headers = {name: ask.headers[name] for name in _PASSED_ON if name in ask.headers}
        headers["Authorization"] = f"Bearer {self.token}"
        connection.request(ask.command, ask.path, body or None, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), answer.headers.get("Content-Type", "application/json"))

    def refusal(self, ask: BaseHTTPRequestHandler) -> Answer | None:
        """Give the answer of a fault; None where there is none."""
        if ask.headers.get("Authorization") != f"Bearer {self.wanted}":
            return _status(401, "Unauthorized", "Unauthorized")
        if self.forbids_writes and ask.command == "PATCH" and ROUTES in ask.path:
            name = urlsplit(ask.path).path.rpartition("/")[2]
            words = f'virtualservices.networking.istio.io "{name}" is forbidden: User "ana" cannot patch'
            return _status(403, "Forbidden", f'{words} resource "virtualservices"')
        return None

    def note(self, ask: BaseHTTPRequestHandler, answer: Answer | None, *, at: float) -> None:
        """Note a write of a route."""
        if ask.command not in ("PATCH", "PUT", "DELETE") or ROUTES not in ask.path:
            return
        done = answer is not None and answer.status < 300
        weight = weight_of(json.loads(answer.body)) if answer is not None and done else None
        if weight is not None:
            self.on_weight(weight)
        self.writes.append(Write(at=at, path=urlsplit(ask.path).path, done=done, weight=weight))


class Answer:
    """What is answered."""

    def __init__(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.status = status
        self.body = body
        self.kind = kind


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that goes away is what happens here."""


def _with_tls(listening: socket.socket, certificate: tuple[Path, Path]) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context.wrap_socket(listening, server_side=True)


def _status(code: int, reason: str, message: str) -> Answer:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code}
    return Answer(code, json.dumps(body | {"message": message}).encode())


def weight_of(obj: dict[str, Any]) -> int:
    """Give the canary's weight in a route's object."""
    return int(obj["spec"]["http"][0]["route"][1].get("weight", 0))


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self._behind = front.connect()

        def finish(self) -> None:
            self._behind.close()
            super().finish()

        def _pass_on(self) -> None:
            at = time.time()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not front.free.is_set():
                front.free.wait()
                self.close_connection = True  # whoever asked has given up: what was asked is lost
                return
            answer = front.refusal(self)
            if answer is None:
                with suppress(OSError, HTTPException):
                    answer = front.passed_on(self._behind, self, body)
            front.note(self, answer, at=at)
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_PATCH = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
