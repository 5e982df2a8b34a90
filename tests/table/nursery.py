"""Programs of ours that are forked from one process with all of it loaded: half a second of imports once.

`python -m tests.table.nursery SOCKET` listens there. What is asked for is started as `pithead` or as a worker
would be, in a session of its own; a worker that a command starts is forked here, too. Two things are others:
the evidence, which is what the cell's folder says, and the lease's terms, which are short.
"""

from __future__ import annotations

import array
import asyncio
import gc
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Self

import msgspec
from msgspec.structs import replace

from tests.releases import counts
from tests.traffic.driving import SHORT
from tests.worker.ports import split_at

PLACE = "PITHEAD_TABLE"
"""The variable that names a cell's folder."""
WEIGHT, PREPARING = "weight", "preparing"
"""Files in it: the canary's weight in force; one that lets no preflight end while it is there."""
LONGEST_S = 120
"""A program that lasts longer hangs."""
LONGEST_BYTES = 256 * 1024


class Start(msgspec.Struct, frozen=True, tag=True):
    """Start a program; its descriptors 0, 1 and 2 come with the message."""

    args: tuple[str, ...]
    """As on the command line, without Python's own: `pithead`, `worker` or `key` and what follows."""
    env: dict[str, str]


class Ended(msgspec.Struct, frozen=True, tag=True):
    """Ask for the exit code of a program."""

    pid: int


class Answer(msgspec.Struct, frozen=True):
    """The program's number, or its exit code once it has ended."""

    pid: int = 0
    code: int | None = None


def ask(path: str, what: Start | Ended, fds: tuple[int, ...] = ()) -> Answer:
    """Ask the nursery at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.connect(path)
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        line.sendmsg([msgspec.json.encode(what)], passed)
        return msgspec.json.decode(line.recv(LONGEST_BYTES), type=Answer)


class Nursery:
    """The process, as a test sees it."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "nursery")
        self._process = subprocess.Popen([sys.executable, "-m", "tests.table.nursery", self._path])
        until = time.monotonic() + LONGEST_S
        while not Path(self._path).exists():
            assert self._process.poll() is None, "the nursery has died"
            assert time.monotonic() < until, "the nursery does not come up"
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def start(self, *args: str, env: dict[str, str], out: int, err: int) -> int:
        """Start a program; gives its number."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            env = env | {"PITHEAD_NURSERY": self._path}
            return ask(self._path, Start(args, env), (nothing, out, err)).pid
        finally:
            os.close(nothing)

    def code_of(self, pid: int) -> int | None:
        """Give the exit code of a program; None while it runs."""
        return ask(self._path, Ended(pid)).code


# -- the process itself -----------------------------------------------------------------------------


def main(path: str) -> None:
    """Serve until we are ended, and leave no child."""
    _load()
    children: dict[int, int | None] = {}
    signal.signal(signal.SIGTERM, lambda *_: _leave(children))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(f"{path}.draft")
        listening.listen(64)
        Path(f"{path}.draft").rename(path)
        while True:
            line, _ = listening.accept()
            with line:
                _bury(children)
                _serve(line, listening, children)


def _bury(children: dict[int, int | None]) -> None:
    """Note the exit codes of all that have ended."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            children[found[0]] = os.waitstatus_to_exitcode(found[1])


def _serve(line: socket.socket, listening: socket.socket, children: dict[int, int | None]) -> None:
    told, passed, _flags, _address = line.recvmsg(LONGEST_BYTES, socket.CMSG_SPACE(12))
    asked = msgspec.json.decode(told, type=Start | Ended)
    if isinstance(asked, Ended):
        line.send(msgspec.json.encode(Answer(pid=asked.pid, code=children.get(asked.pid))))
        return
    fds = array.array("i", b"".join(data for _level, _kind, data in passed))
    pid = os.fork()
    if pid == 0:
        line.close()
        listening.close()
        _become(asked, tuple(fds))
    children[pid] = None
    for fd in fds:
        os.close(fd)
    line.send(msgspec.json.encode(Answer(pid=pid)))


def _leave(children: dict[int, int | None]) -> NoReturn:
    for pid in (pid for pid, code in children.items() if code is None):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _load() -> None:
    for package in ("screens.commands", "console.worker", "console.cluster"):
        for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    for name in ("console.worker.process", "kubernetes.client", "screens.entry", "screens.foreground"):
        import_module(name)
    for room in ("console.worker.by_route", "console.traffic.prerequisites"):
        import_module(room).LOGIN_S = 3.0  # type: ignore[attr-defined]  # no browser is coming
    import_module("console.worker.drive").connect = _connect  # type: ignore[attr-defined]  # what is other here
    for starts in ("launch", "early"):
        import_module(f"console.host.{starts}").subprocess = _Forked  # type: ignore[attr-defined]  # as above
    gc.collect()
    gc.freeze()


def _become(what: Start, fds: tuple[int, ...]) -> NoReturn:
    """Be the program that was asked for; its end is the process's."""
    code = 70
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(LONGEST_S)
        for to, fd in enumerate(fds):
            os.dup2(fd, to)
            os.close(fd)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(fd, mode) for fd, mode in enumerate("rww"))
        os.environ.clear()
        os.environ.update(what.env)
        gc.enable()
        code = _run(what.args)
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException:  # noqa: BLE001 - as Python would: the trace is what a test looks for
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run(args: tuple[str, ...]) -> int:
    kind, *words = args
    sys.argv = [kind, *words]
    if kind == "worker":
        return int(import_module("console.__main__").main())
    if kind == "key":
        return int(import_module("tests.table.keys").press(*words))
    import_module("screens.cli").main()
    raise AssertionError("a command leaves by itself")


class _Forked:
    """Stands in the place of `subprocess` where a worker is started."""

    DEVNULL = subprocess.DEVNULL

    class Popen:
        """A worker that the nursery forks."""

        def __init__(self, command: list[str], *, stdin: Any, stdout: Any, stderr: Any, **more: Any) -> None:
            given = stdin if stdin != subprocess.DEVNULL else os.open(os.devnull, os.O_RDONLY)
            *_python, _module, _console = command[: command.index("console") + 1]
            words = command[command.index("console") + 1 :]
            env = dict(more.get("env") or os.environ)
            fds = (given, stdout.fileno(), stderr.fileno())
            self.pid = ask(env["PITHEAD_NURSERY"], Start(("worker", *words), env), fds).pid
            self.returncode: int | None = None


# -- what is other ----------------------------------------------------------------------------------


class Told:
    """Evidence as the cell's folder says it: healthy, and the canary serves where it has a weight."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.program = "Told 1.0"
        self.scrape_s: float | None = None

    async def preflight(self) -> tuple[Any, ...]:
        while (self._folder / PREPARING).exists():  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.02)
        return ()

    async def proposals(self, *, deadline_s: float) -> tuple[Any, ...]:  # noqa: ARG002 - the protocol's names
        return ()

    async def sample(self, *, deadline_s: float) -> Any:  # noqa: ARG002 - the protocol's names
        weight = int((self._folder / WEIGHT).read_text() or 0)
        return split_at(counts(100), weight)

    async def history(self, *, deadline_s: float) -> None:
        """Give none."""


def _connect(order: Any) -> Any:
    ports = import_module("console.worker.connect").connect(order)
    if ports.lease is not None:
        ports.lease.terms = SHORT
    told = Told(Path(os.environ[PLACE]))
    return replace(ports, source=lambda: told)


if __name__ == "__main__":
    __import__("tests.table.nursery", fromlist=["main"]).main(sys.argv[1])
