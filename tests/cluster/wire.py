"""An API server over TLS and the proxies before it, in a thread: it notes what it was shown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

from tests.cluster.pki import Pki

Json = dict[str, Any]


class Seen(Struct, frozen=True, kw_only=True):
    """One request."""

    path: str
    headers: tuple[tuple[str, str], ...]
    certificate: str
    """The common name that was shown."""

    def all_of(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def authorization(self) -> str:
        return "".join(self.all_of("Authorization"))


class Wire:
    """Serves on loopback; `refuse` decides who gets a 401."""

    def __init__(self, pki: Pki | None, *, server: str = "server", host: str = "127.0.0.1") -> None:
        self.seen: list[Seen] = []
        self.names: list[str | None] = []
        """What each handshake asked for by name."""
        self.refuse: Callable[[Seen], bool] = lambda _seen: False
        self.tunnels: list[tuple[str, str]] = []
        """What each proxy was asked for, and the user and password that it was given."""
        self.port = 0
        self._host = host
        self._tls: ssl.SSLContext | None = None
        if pki is not None:
            self.show(pki, server)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()

    def show(self, pki: Pki, server: str) -> None:
        """Show this server's certificate from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.pem(server), pki.key(server))
        context.load_verify_locations(pki.pem("ca"))
        context.verify_mode = ssl.CERT_OPTIONAL
        if self._tls is None:
            self._tls = context
        self._now = context

        def choose(sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, _first: ssl.SSLContext) -> None:
            self.names.append(name)
            sock.context = self._now

        self._tls.sni_callback = choose

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._do(self._serve(self._answer, host=self._host, tls=self._tls))
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def cut(self) -> None:
        """Cut every connection: whoever asks again connects anew."""

        async def cut() -> None:
            for writer in self._open:
                writer.transport.abort()
            self._open.clear()

        self._do(cut())

    def proxy(self, pki: Pki | None = None) -> int:
        """Stand an HTTP proxy before it, behind TLS of its own where a `pki` is given."""
        tls = None
        if pki is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(pki.pem("server"), pki.key("server"))
        return int(self._do(self._serve(self._connect, tls=tls)))

    def socks(self) -> int:
        """Stand a SOCKS5 proxy before it, which looks names up itself and takes user and password."""
        return int(self._do(self._serve(self._sock)))

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _serve(
        self,
        handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> int:
        async def tried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await handle(reader, writer)
            writer.close()

        server = await asyncio.start_server(tried, host, 0, ssl=tls)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in self._open:
            # Until Python 3.11.4 a TLS transport that is closed has no protocol any more to abort.
            with contextlib.suppress(AttributeError):
                writer.transport.abort()
        await asyncio.sleep(0.01)  # a transport closes its socket in the loop's next rounds

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            headers = []
            while header := (await reader.readline()).decode("latin-1").strip():
                name, _, value = header.partition(":")
                headers.append((name, value.strip()))
            shown = writer.get_extra_info("peercert") or {}
            subject = dict(part[0] for part in shown.get("subject", ()))
            seen = Seen(
                path=line.decode().split()[1],
                headers=tuple(headers),
                certificate=subject.get("commonName", ""),
            )
            self.seen.append(seen)
            status = "401 Unauthorized" if self.refuse(seen) else "200 OK"
            body = json.dumps({"gitVersion": "v1.37.0"}).encode()
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked, user = (await reader.readline()).decode().split()[1], ""
        while header := (await reader.readline()).decode().strip():
            name, _, value = header.partition(":")
            user = value.strip() if name.lower() == "proxy-authorization" else user
        self.tunnels.append((asked, user))
        await self._join(reader, writer, b"HTTP/1.1 200 OK\r\n\r\n")

    async def _sock(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods, user = await reader.readexactly(count), ""
        if 2 in methods:
            writer.write(b"\x05\x02")
            _, length = await reader.readexactly(2)
            name = (await reader.readexactly(length)).decode()
            (length,) = await reader.readexactly(1)
            user = f"{name}:{(await reader.readexactly(length)).decode()}"
            writer.write(b"\x01\x00")
        else:
            writer.write(b"\x05\x00")
        *_, kind = await reader.readexactly(4)
        if kind == 3:
            (length,) = await reader.readexactly(1)
            asked = (await reader.readexactly(length)).decode()
        else:
            asked = ".".join(str(part) for part in await reader.readexactly(4))
        await reader.readexactly(2)
        self.tunnels.append((asked, user))
        await self._join(reader, writer, b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: bytes) -> None:
        writer.write(hello)
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self._open.add(back)
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await source.read(65536):
            sink.write(part)
            await sink.drain()
    sink.close()


def kubeconfig(path: Path, *, cluster: Json, user: Json, context: Json | None = None) -> Path:
    """Write the way in."""
    document = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **(context or {})}}],
        "current-context": "x",
    }
    path.write_text(json.dumps(document))
    return path
