"""A relay of TCP connections that goes wrong on order: what a network does, to TLS as to anything else."""

from __future__ import annotations

import asyncio
from contextlib import suppress

CHUNK = 65536


class Line:
    """One connection through the relay."""

    def __init__(self, from_client: asyncio.StreamReader, *writers: asyncio.StreamWriter) -> None:
        self._from_client = from_client
        self._writers = writers
        self.free = asyncio.Event()
        self.withholds = False

    @property
    def waiting(self) -> bool:
        """Whether something that was sent is held back, and its sender still there."""
        gone = self._from_client.at_eof() or self._from_client.exception() is not None
        return self.withholds and not gone

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


class Relay:
    """Passes everything on, until it is told otherwise; `hold` and the rest are called in its own loop."""

    def __init__(self) -> None:
        self._upstream_port = 0
        self._lines: set[Line] = set()
        self._holding = False
        self._refusing = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many connections hold back something that was sent."""
        return sum(line.waiting for line in self._lines)

    async def start(self, *, upstream_port: int) -> int:
        self._upstream_port = upstream_port
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hold(self) -> None:
        """Pass on nothing more, of the connections of now and of those to come."""
        self._holding = True
        self.forget()

    def forget(self) -> None:
        """Pass on nothing more of the connections of now, and say nothing: new ones are passed."""
        for line in self._lines:
            line.free.clear()

    def refuse(self) -> None:
        """Reset the connections of now, and each new one."""
        self._refusing = True
        self.cut()

    def cut(self) -> None:
        """Reset the connections of now."""
        for line in self._lines:
            line.cut()

    def let_go(self) -> None:
        """Pass on all that was held back, and all that comes."""
        self._holding = self._refusing = False
        for line in self._lines:
            line.free.set()

    async def _connected(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self._refusing:
            to_client.transport.abort()
            return
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        line = Line(from_client, to_client, to_server)
        if not self._holding:
            line.free.set()
        self._lines.add(line)
        pumps = [
            asyncio.create_task(_pump(line, from_client, to_server)),
            asyncio.create_task(_pump(line, from_server, to_client)),
        ]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        line.cut()
        for pump in pumps:
            pump.cancel()
        self._tasks.difference_update(pumps)
        self._lines.discard(line)


async def _pump(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            line.withholds = not line.free.is_set()
            await line.free.wait()
            line.withholds = False
            writer.write(data)
