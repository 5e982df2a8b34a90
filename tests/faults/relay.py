"""A relay of TCP connections that goes wrong on order: what a network does, to TLS as to anything else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self, TypeVar

T = TypeVar("T")
CHUNK = 65536


class Line:
    """One connection through the relay."""

    def __init__(self, *ends: asyncio.StreamWriter) -> None:
        self._ends = ends
        self._kept: list[tuple[asyncio.StreamWriter, bytes]] = []
        self.free = asyncio.Event()
        self._gone = False

    @property
    def waiting(self) -> bool:
        """Whether something that was sent is held back, and its sender still there."""
        return bool(self._kept) and not self._gone and not self.free.is_set()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes from one end; what was held back arrives even if that end is gone."""
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                self._kept.append((writer, data))
                self.flush()
        self._gone = True
        await self.free.wait()

    def flush(self) -> None:
        """Pass on what is held back, where that is allowed."""
        if self.free.is_set():
            for writer, data in self._kept:
                writer.write(data)
            self._kept.clear()

    def cut(self) -> None:
        """Reset both ends."""
        for end in self._ends:
            end.transport.abort()


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
        return sum(line.waiting for line in tuple(self._lines))

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
            line.flush()

    async def _connected(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self._refusing:
            to_client.transport.abort()
            return
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        line = Line(to_client, to_server)
        if not self._holding:
            line.free.set()
        self._lines.add(line)
        pumps = [
            asyncio.create_task(line.pump(from_client, to_server)),
            asyncio.create_task(line.pump(from_server, to_client)),
        ]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for end in (to_client, to_server):
            end.close()
        for pump in pumps:
            pump.cancel()
        self._tasks.difference_update(pumps)
        self._lines.discard(line)


class RelayThread:
    """A relay in a thread of its own, before a port of this machine."""

    def __init__(self, upstream_port: int) -> None:
        self.port = 0
        self._upstream_port = upstream_port
        self._relay = Relay()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._do(self._relay.start(upstream_port=self._upstream_port))
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._relay.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def tell(self, act: Callable[[Relay], None]) -> None:
        """Do something to the relay, in its own loop."""

        async def do() -> None:
            act(self._relay)

        self._do(do())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)
