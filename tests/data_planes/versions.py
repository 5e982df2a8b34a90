"""Two versions of a service, plain servers that say who they are, and their users on kept connections."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = 8
"""Connections that are kept open, each with one request at a time."""
REQUEST = b"GET / HTTP/1.1\r\nHost: checkout.example\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Version: %b\r\n\r\n%b"


def own_address() -> str | None:
    """Find an address of this machine's beyond loopback: an EndpointSlice takes no other; None without one.

    Nothing is sent: a connected datagram socket only chooses its own end.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as chosen:
        try:
            chosen.connect(("192.0.2.1", 9))
            address = str(chosen.getsockname()[0])
        except OSError:
            return None
    return None if address.startswith("127.") else address


class Versions:
    """A server of each version, at a port of its own, in a thread."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.ports: dict[str, int] = {}
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        for version in ("v1", "v2"):
            begun = asyncio.run_coroutine_threadsafe(self._begin(version.encode()), self._loop)
            self.ports[version] = begun.result(timeout=60)

    def stop(self) -> None:
        """Answer no more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        kept = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in kept:
            connection.cancel()
        await asyncio.gather(*kept, return_exceptions=True)

    async def _begin(self, name: bytes) -> int:
        server = await asyncio.start_server(partial(_serve, name), self.address, 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


async def _serve(name: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(ANSWER % (name, name))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


class Users:
    """Requests without a pause, until they are told to stop; who answered each, and when."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.answers: list[tuple[float, str]] = []
        """Of each request: the monotonic time of its answer, and the version; else its status line."""

    async def ask(self, count: int) -> Counter[str]:
        """Ask so often, and count who answered."""
        before = len(self.answers)
        left = iter(range(count))
        await asyncio.gather(*(self._one(left) for _ in range(USERS)))
        return Counter(version for _, version in self.answers[before:])

    async def _one(self, left: Iterator[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for _ in left:  # all users share the iterator
                writer.write(REQUEST)
                self.answers.append((time.monotonic(), await _answer(reader)))
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> str:
    """Read one answer, and say who gave it."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return fields.get("x-version") or f"{lines[0]} {body[:80].decode('latin-1')}"
