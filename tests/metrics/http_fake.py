"""A server on loopback whose answers a test writes byte by byte."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

VECTOR = b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}}'


class Asked(BaseHTTPRequestHandler):
    """A call that has come."""

    form: dict[str, list[str]]
    """What was asked, by the names in the body, or in the address where there is no body."""

    def log_message(self, *_: object) -> None:
        """Nothing goes to the terminal."""


class FakePrometheus:
    """Answers as `answer` says, and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[Asked], None] = answering(VECTOR)
        self.forms: list[dict[str, list[str]]] = []
        self.headers: list[dict[str, str]] = []
        self.lines: list[str] = []
        self.asked_to_hang = Event()
        self.let_go = Event()
        """Ends every call that hangs."""
        self.url = ""

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        """An answer that never comes."""
        self.asked_to_hang.set()
        self.let_go.wait(60)

    def take(self, handler: Asked) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        address = urlsplit(handler.path)
        handler.path = address.path
        handler.form = parse_qs(body.decode() or address.query)
        self.forms.append(handler.form)
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        self.lines.append(handler.requestline)
        self.answer(handler)


def answering(
    body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def fake_prometheus(
    port: int = 0, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[FakePrometheus]:
    fake = FakePrometheus()

    class Handler(Asked):
        def do_GET(self) -> None:
            fake.take(self)

        def do_POST(self) -> None:
            fake.take(self)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, _address: object) -> None:
            """Read on until the client hangs up: a close before that takes what was said from under it.

            A client that hung up is what some tests are about.
            """
            if isinstance(request, ssl.SSLSocket):
                with suppress(OSError):
                    request.settimeout(10)
                    while socket.socket.recv(request, 4096):
                        pass

    server = Server((host, port), Handler)
    if tls is not None:
        # Hands are shaken in the thread of the call: one that fails holds up no other.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    fake.url = f"http{'s' if tls else ''}://{host}:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
