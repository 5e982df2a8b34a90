"""A TCP proxy that loses an answer on order: the server has done what was asked, and nobody hears of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 65536


class CuttingProxy:
    """Forwards everything, TLS too, until it is told to lose the next answer."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._losing = False
        self._connections: list[asyncio.Task[None]] = []
        self.port = 0

    def lose_next_answer(self) -> None:
        """Close the connection in place of the next bytes from the server."""
        self._losing = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CuttingProxy]:
        """Listen on a port of loopback."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            yield self
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _connect(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._connections.append(asyncio.create_task(self._forward(from_client, to_client)))

    async def _forward(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        forth = asyncio.create_task(_pump(from_client, to_server))
        try:
            while (data := await from_server.read(CHUNK)) and not self._is_lost():
                to_client.write(data)
        finally:
            forth.cancel()
            for writer in (to_client, to_server):
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()

    def _is_lost(self) -> bool:
        lost, self._losing = self._losing, False
        return lost


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
    writer.close()
