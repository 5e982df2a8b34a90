"""The Unix socket between a worker and its viewers: commands in, an answer out, one JSON line each.

The socket lies in a folder of mode 0700, has mode 0600, and each end asks the kernel for the
other's uid: only the user who started the release commands it, and only that user's worker is believed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from console.command import LONGEST_REASON, Command
from console.errors import ControlError, NoAnswer
from console.host.places import OPEN_FILES, former_sockets, is_short
from console.host.unheard import Unheard
from console.person import Person
from console.policy.headline import Line
from console.policy.progress import Progress
from console.private import private_folder

ANSWER_S = 5.0
NOBODY = "the worker can't be reached: it makes a new socket, has ended or died; try again, or R rolls back"
REACH_S, AGAIN_S = 3.0, 0.1
"""A rollback waits so long for a socket that was taken away, looking so often: its worker makes a new one."""
LINE_BYTES = 64 * 1024
_MACOS_SOL_LOCAL, _MACOS_LOCAL_PEERCRED = 0, 1


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A command and who gives it."""

    command: Command
    person: Person
    reason: str = ""
    read_only: bool = False
    """Whether it comes from a viewer that may only look: it is refused, and the refusal is on record."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker says."""

    refused: str = ""
    """Why not, in words; empty where the command was taken."""
    verdict: Line | None = None
    """How the release stands; from a worker of an older pithead for who asked for that only."""
    back: Progress | None = None
    """Where its rollback stands; None from a worker of an older pithead."""
    paused: bool = False


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a release stands, as its worker tells it."""

    line: Line
    back: Progress
    paused: bool = False


Take = Callable[[Ask], str]
"""The worker's side: takes a command at once, and gives the refusal or nothing."""
Tell = Callable[[], Standing | None]
"""The worker's side: says how the release stands, for viewers whom its journal does not reach."""

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HOW: Literal["how"] = "how"
"""What a viewer sends who asks for that."""


async def serve(
    path: Path, take: Take, *, tell: Tell | None = None, unheard: Unheard | None = None
) -> asyncio.Server:
    """Listen for viewers until the server is closed; `path`'s folder is made private first.

    Those that have said nothing yet are noted in `unheard`.
    """
    silent = unheard or Unheard()
    _make_private(path)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.add(writer)
        try:
            if _peer_uid(writer.get_extra_info("socket")) != os.getuid():
                return
            while line := await reader.readline():
                silent.discard(writer)
                writer.write(msgspec.json.encode(_answer(line, take, tell)) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.CancelledError):
            # A viewer that went away, a line beyond all measure, or the release's end, after which asyncio
            # would write a trace into the log: nothing that concerns the release.
            return
        finally:
            silent.discard(writer)
            writer.close()

    # The socket is made with the umask's mode; its folder is closed to others already.
    listening = socket.socket(socket.AF_UNIX)
    try:
        with _address(path) as address:
            listening.bind(address)
            os.chmod(address, 0o600)  # noqa: PTH101 - one local call, before anyone is served
            return await _server(listening, converse)
    except BaseException:
        listening.close()
        raise


async def _server(listening: socket.socket, converse: Converse) -> asyncio.Server:
    """Serve at a socket, which its worker takes away itself at the end."""
    if sys.version_info >= (3, 13):
        return await asyncio.start_unix_server(
            converse, sock=listening, limit=LINE_BYTES, cleanup_socket=False
        )
    return await asyncio.start_unix_server(converse, sock=listening, limit=LINE_BYTES)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give what names a socket to the system: its path, or by way of its open folder where it is long."""
    if is_short(path):
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"{OPEN_FILES}/{folder}/{path.name}"
    finally:
        os.close(folder)


async def _connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    line = socket.socket(socket.AF_UNIX)
    line.setblocking(False)
    try:
        with _address(path) as address:
            await asyncio.get_running_loop().sock_connect(line, address)
        return await asyncio.open_unix_connection(sock=line)
    except BaseException:
        line.close()
        raise


def is_served(path: Path) -> bool:
    """Whether somebody listens there, also one who is too busy to answer."""
    with socket.socket(socket.AF_UNIX) as line:
        line.setblocking(False)
        try:
            with _address(path) as address:
                line.connect(address)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True


def _make_private(path: Path) -> None:
    folder = path.parent
    private_folder(folder)
    # Another's link to a folder of ours is another's too.
    if {folder.lstat().st_uid, folder.stat().st_uid} != {os.getuid()}:
        raise ControlError(f"the folder {folder} belongs to someone else")
    folder.chmod(0o700)
    path.unlink(missing_ok=True)


def _answer(line: bytes, take: Take, tell: Tell | None) -> Answer:
    try:
        ask = msgspec.json.decode(line, type=Ask | Literal["how"])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Answer(refused="this is no command")
    refused = "" if ask == HOW else take(ask)
    standing = tell() if tell is not None else None
    if standing is None:
        return Answer(refused=refused)
    return Answer(refused=refused, verdict=standing.line, back=standing.back, paused=standing.paused)


def _peer_uid(peer: socket.socket) -> int:
    """Ask the kernel who is at the other end: SO_PEERCRED (unix(7)), LOCAL_PEERCRED on macOS and BSD."""
    peercred = getattr(socket, "SO_PEERCRED", None)
    if peercred is not None:
        _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, peercred, 12))
        return int(uid)
    _version, uid = struct.unpack("2I", peer.getsockopt(_MACOS_SOL_LOCAL, _MACOS_LOCAL_PEERCRED, 8))
    return int(uid)


class ControlClient:
    """A viewer's connection to the worker; opened anew for each command, so that it can't go stale."""

    def __init__(self, path: Path, person: Person, *, read_only: bool = False) -> None:
        self._path = path
        self._person = person
        self._read_only = read_only

    async def send(self, command: Command, *, reason: str = "") -> str:
        """Give a command; answers with why it was refused, or with nothing."""
        try:
            return (await self.ask(command, reason=reason)).refused
        except ControlError as error:
            return str(error)

    async def ask(self, command: Command, *, reason: str = "", lives: bool = True) -> Answer:
        """Give a command, and the worker's whole answer; raises `NoAnswer` where there is none.

        Where it is known that no worker `lives`, a socket that is not there is not waited for.
        """
        # What a terminal sends need not be UTF-8, nor short: no reason may keep a rollback from its worker.
        text = reason[:LONGEST_REASON].encode(errors="replace").decode()
        ask = Ask(command=command, person=self._person, reason=text, read_only=self._read_only)
        waits = lives and command is Command.ROLL_BACK
        return await self._answered(ask, reach_s=REACH_S if waits else 0.0)

    async def how(self) -> Line | None:
        """Ask how the release stands; None where nobody answers."""
        try:
            return (await self._answered(HOW, reach_s=0.0)).verdict
        except ControlError:
            return None

    async def back(self) -> Progress | None:
        """Ask where its rollback stands; raises `NoAnswer` where nobody answers."""
        return (await self._answered(HOW, reach_s=0.0)).back

    async def _answered(self, ask: Ask | Literal["how"], *, reach_s: float) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._converse(ask, reach_s=reach_s)
        except TimeoutError as error:
            why = f"the worker did not answer within {ANSWER_S:.0f} s; it takes the command once it wakes"
            raise NoAnswer(why, asleep=True) from error
        except (OSError, msgspec.DecodeError) as error:
            raise NoAnswer(NOBODY) from error

    async def _converse(self, ask: Ask | Literal["how"], *, reach_s: float) -> Answer:
        reader, writer = await self._reached(within_s=reach_s)
        try:
            if _peer_uid(writer.get_extra_info("socket")) != os.getuid():
                raise NoAnswer(f"{self._path} is served by another user: nothing is sent there")
            writer.write(msgspec.json.encode(ask) + b"\n")
            await writer.drain()
            return msgspec.json.decode(await reader.readline(), type=Answer)
        finally:
            writer.close()

    async def _reached(self, *, within_s: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while True:
            for path in (self._path, *former_sockets(self._path)):
                try:
                    return await _connected(path)
                except (FileNotFoundError, ConnectionRefusedError) as error:
                    trouble = error
            if loop.time() >= until:
                raise trouble
            await asyncio.sleep(AGAIN_S)
