"""Users: a steady stream of requests through Envoy, each answer a line of the ledger.

`python -m console.lab.load --port N --rps 200 --ledger FILE`. Requests are sent when they are due, whether
or not earlier ones were answered (as users do); what no connection is free for is left out and counted.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from console.lab.request_log import HEADER, ledger_line
from console.lab.topology import LOOPBACK, SERVICE

MAX_RPS = 2000.0
MAX_CONNECTIONS = 256
MAX_HOURS = 4.0

_REQUEST = f"GET /pay HTTP/1.1\r\nhost: {SERVICE}\r\n\r\n".encode()
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ROUTED_TO = re.compile(rb"\r\nx-routed-to: *([^\r]*)", re.IGNORECASE)


class Users:
    """Everyone who sends requests, and the connections that they share."""

    def __init__(self, *, port: int, rps: float, ledger: TextIO) -> None:
        self.left_out = 0
        self._port = port
        self._rps = rps
        self._ledger = ledger
        self._idle: list[Connection] = []
        self._open = 0
        self._opening: set[asyncio.Task[None]] = set()

    async def go_on(self, *, for_s: float) -> None:
        """Send requests, Poisson distributed, for this long."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        until = due + for_s
        while due < until:
            due += random.expovariate(self._rps)
            await asyncio.sleep(due - loop.time())
            self._send_one()

    def note(self, *, version: str, status: int, ms: float) -> None:
        """Enter an answer into the ledger."""
        self._ledger.write(ledger_line(at=time.time(), version=version, status=status, ms=ms))

    def free(self, connection: Connection) -> None:
        """Take back a connection that has its answer."""
        self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """Forget a connection that was closed."""
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)

    def _send_one(self) -> None:
        if self._idle:
            self._idle.pop().ask()
        elif self._open < MAX_CONNECTIONS:
            self._open += 1
            task = asyncio.create_task(self._open_and_ask())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        else:
            self.left_out += 1

    async def _open_and_ask(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(lambda: Connection(self), LOOPBACK, self._port)
        except OSError:
            self._open -= 1
            self.note(version="", status=0, ms=0.0)
        else:
            connection.ask()


class Connection(asyncio.Protocol):
    """One kept-alive connection to Envoy, with at most one request on its way."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._received = b""
        self._asked_at: float | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def ask(self) -> None:
        """Send one request."""
        assert self._transport is not None
        self._asked_at = time.perf_counter()
        self._transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        """Enter the answer into the ledger once it is whole."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            routed_to = _ROUTED_TO.search(head)
            self._note(version=routed_to[1].decode() if routed_to else "", status=int(head[9:12]))
            self._received = b""
            self._users.free(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Enter a request that will have no answer as status 0."""
        self._note(version="", status=0)
        self._users.lost(self)

    def _note(self, *, version: str, status: int) -> None:
        if self._asked_at is not None:
            ms = (time.perf_counter() - self._asked_at) * 1000
            self._asked_at = None
            self._users.note(version=version, status=status, ms=ms)


async def run(*, port: int, rps: float, ledger: Path) -> None:
    """Send requests until killed, or for the longest that a lab may live."""
    # Line by line: whoever asks for the last answer of a version wants it now, and kill -9 loses none.
    with ledger.open("w", buffering=1) as lines:
        lines.write(HEADER)
        users = Users(port=port, rps=rps, ledger=lines)
        await users.go_on(for_s=MAX_HOURS * 3600)
    sys.stderr.write(f"load: {users.left_out} requests left out, no connection was free\n")


def main(args: Sequence[str]) -> None:
    """Read the command line and go on until killed."""
    parser = argparse.ArgumentParser(prog="console.lab.load")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rps", type=float, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    asked = parser.parse_args(args)
    asyncio.run(run(port=asked.port, rps=min(asked.rps, MAX_RPS), ledger=asked.ledger))


if __name__ == "__main__":
    main(sys.argv[1:])
