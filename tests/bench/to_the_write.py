"""From the key, and from the shell's start, to the write that arrives: at any age, under faults.

The release is at 75%, and its journal is one that a service of 300 requests a second leaves. The key's time
begins where a screen sends the order to the socket, the shell's where `pithead rollback` is started as a
process. Both end where the PATCH with 0% arrives at a stand-in for the API server, by TLS. Beside the shell's
stands how many times that is what `pithead --version` took in the same minute: on a busy machine both grow.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

from console.cluster.api import MERGE_PATCH
from console.cluster.session import RENEWED_EARLY_S
from console.command import Command
from console.host.alive import worker_of
from console.host.control import ControlClient
from console.host.launch import start_worker
from console.host.order import Order, Reach, order_to_resume, write_order
from console.host.person import who_is_there
from console.host.places import order_of, socket_of
from console.policy.progress import Step
from console.traffic.marks import Marks, way_back_of
from tests.bench.figure import Figure, load_now, median
from tests.bench.old_release import NAME, aged
from tests.cluster.pki import Pki
from tests.processes.ground import workers_of
from tests.processes.terminal import PITHEAD
from tests.replay.days import day_plan
from tests.table.front import Front
from tests.traffic.ground import CANARY, STABLE, pod_status, virtual_service
from tests.traffic.servers import LabServer

KEY_MS, SHELL_MS = 60.0, 700.0
"""The bars, for the median."""
RUNS = 5
WITHIN_S = 60.0
DAY_TICKS = 24 * 720
AGES = {"1 min": 12, "1 day": DAY_TICKS, "7 days": 7 * DAY_TICKS}
"""Ticks of a plan with an interval of 5 s."""
FAULTS = ("nothing", "plugin hangs", "disk full", "reader stalled")
NAMESPACE = "shop"
WEIGHT = 75
"""At the end of such a journal."""


class Way(Struct, frozen=True, kw_only=True):
    """One way to ask for a rollback."""

    what: str
    bar_ms: float
    lives: bool
    ask: Callable[[Stand], float]
    """Asks, and gives when it began."""
    faults: tuple[str, ...] = FAULTS
    """Those that it can meet."""
    is_a_process: bool = True


def measure() -> Iterator[Figure]:
    """Measure each way at each age under each fault that it can meet."""
    with tempfile.TemporaryDirectory(prefix="pithead-bench-") as folder, _server(Path(folder)) as lab:
        for age, ticks in AGES.items():
            home = aged(Path(folder, age.replace(" ", "-")), ticks)
            with Stand(Path(folder), home, lab, ticks=ticks) as stand:
                for way in WAYS:
                    for fault in way.faults:
                        yield from _figure(stand, way, fault, age=age)
            shutil.rmtree(home)


def _figure(stand: Stand, way: Way, fault: str, *, age: str) -> Iterator[Figure]:
    taken, starts = [], []
    for _ in range(RUNS):
        with stand.standing(fault, lives=way.lives) as can:
            if not can:
                return
            if way.is_a_process:
                starts.append(_start_ms())
            began = way.ask(stand)
            taken.append((stand.arrived(since=began) - began) * 1000)
    times = f"{median(taken) / median(starts):.1f} times pithead --version; " if starts else ""
    yield Figure(
        what=f"{way.what} to the write, {age}, {fault}",
        value=median(taken),
        unit="ms",
        below=way.bar_ms,
        detail=f"{times}worst of {RUNS}: {max(taken):.0f} ms; load {load_now()}",
    )


def _start_ms() -> float:
    """Measure what any command takes to start and to end: the least that a shell waits for."""
    began = time.time()
    subprocess.run([PITHEAD, "--version"], stdout=subprocess.DEVNULL, check=True)
    return (time.time() - began) * 1000


class Stand:
    """A host with one aged release, and a stand-in for its cluster."""

    def __init__(self, folder: Path, home: Path, lab: LabServer, *, ticks: int) -> None:
        self._folder = folder
        self._aged = home
        self._lab = lab
        self._pki = Pki(folder / "pki")
        self._pki.server("front", "IP:127.0.0.1")
        self._order = Order(
            release=NAME,
            plan=day_plan(ticks),
            reach=Reach(kubeconfig=str(self.kubeconfig)),
            person=who_is_there(),
            attended=True,
        )
        self._stack = ExitStack()
        self._standing = ExitStack()
        self._out: int = subprocess.DEVNULL
        self.home = home

    def __enter__(self) -> Self:
        way = self._lab.kubeconfig()
        front = Front(
            way["clusters"][0]["cluster"]["server"],
            token="",
            certificate=(self._pki.pem("front"), self._pki.key("front")),
        )
        self.front = self._stack.enter_context(front)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def release(self) -> Path:
        """The release's folder."""
        return self.home / "releases" / NAME

    @property
    def env(self) -> dict[str, str]:
        """What a command of this host is started with."""
        return {**os.environ, "PITHEAD_HOME": str(self.home)}

    @contextmanager
    def standing(self, fault: str, *, lives: bool) -> Iterator[bool]:
        """Let the release stand as its journal says, its worker alive or dead, and the fault be there."""
        with tempfile.TemporaryDirectory(prefix="pithead-bench-") as made, ExitStack() as stack:
            if fault == "disk full" and not _small_disk(Path(made), self._aged, stack):
                yield False
                return
            self.home = Path(shutil.copytree(self._aged, Path(made, "home")))
            self._place()
            stack.callback(self._end)
            stalled = fault == "reader stalled"
            self._out = stack.enter_context(_full_pipe(stack)) if stalled else subprocess.DEVNULL
            self._standing = stack
            if lives:
                self._begin(stalled=stalled)
            if fault in _SUFFER:
                _SUFFER[fault](self)
            yield True

    def arrived(self, *, since: float) -> float:
        """Wait for the write, and say when it arrived."""
        until = time.monotonic() + WITHIN_S
        while True:
            found = [write.at for write in self.front.writes if write.at >= since and write.weight == 0]
            if found:
                return found[0]
            assert time.monotonic() < until, self._told()
            time.sleep(0.01)

    def _place(self) -> None:
        order = self._order  # of one identity in all runs: the lease is its own
        write_order(order_of(self.release), order)
        marks = Marks(
            release=NAME, driver=order.identity, version="0", way_back=way_back_of(order.plan, leased=True)
        )
        shares = (STABLE | {"weight": 100 - WEIGHT}, CANARY | {"weight": WEIGHT})
        change = {
            "metadata": {"annotations": marks.annotations(at=time.time())},
            "spec": virtual_service(*shares)["spec"],
        }
        asyncio.run(self._change(change))
        (self._folder / "hang").unlink(missing_ok=True)
        self.point()

    async def _change(self, change: dict[str, Any]) -> None:
        cluster = self._lab.connect()
        path = f"/apis/networking.istio.io/v1/namespaces/{NAMESPACE}/virtualservices/checkout"
        await cluster.patch(
            path, change, content_type=MERGE_PATCH, query={"fieldManager": "pithead"}, deadline_s=5.0
        )

    @property
    def kubeconfig(self) -> Path:
        """The way in."""
        return self._folder / "kubeconfig.bench"

    def point(self, *, ends_in_s: float = 3600.0) -> None:
        """Write the way in: a plugin whose credential ends in so long."""
        ends = (datetime.now(UTC) + timedelta(seconds=ends_in_s)).isoformat()
        credential = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": "first", "expirationTimestamp": ends},
        }
        (self._folder / "credential").write_text(json.dumps(credential))
        script = f"while [ -e {self._folder}/hang ]; do sleep 0.1; done; cat {self._folder}/credential"
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "/bin/sh",
            "args": ["-c", script],
            "interactiveMode": "Never",
        }
        cluster = {"server": self.front.url, "certificate-authority-data": self._pki.data("ca.pem")}
        config = {
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "ana", "user": {"exec": plugin}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "ana"}}],
            "current-context": "lab",
        }
        self.kubeconfig.write_text(json.dumps(config))

    def hang(self) -> None:
        """Let the plugin not answer from now on."""
        (self._folder / "hang").touch()

    def run(self, *command: str) -> None:
        """Start a command, which is ended with this standing; what it says goes to the stalled reader."""
        running = subprocess.Popen([PITHEAD, *command], env=self.env, stdout=self._out, stderr=self._out)
        self._standing.callback(running.wait)
        self._standing.callback(running.kill)

    def _begin(self, *, stalled: bool) -> None:
        """Start the worker, and wait until it has looked at the router and ticks."""
        self.point(ends_in_s=RENEWED_EARLY_S + 5.0)
        if stalled:
            self.run("resume", NAME, "--headless")
        else:
            start_worker(order_to_resume(order_of(self.release), who_is_there()), self.release)
        self._until(self._looks)
        time.sleep(1.0)

    def _looks(self) -> bool:
        verdict = asyncio.run(self.line.how())
        return verdict is not None and "looked at" not in verdict.text and verdict.word != "STARTING"

    @property
    def line(self) -> ControlClient:
        """A screen's line to the worker."""
        return ControlClient(socket_of(self.release), who_is_there())

    def _until(self, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < until, self._told()
            time.sleep(0.05)

    def _told(self) -> str:
        log = (self.release / "worker.log").read_text()[-2000:]
        return f"line {asyncio.run(self.line.how())}, writes {self.front.writes[-5:]}, log {log}"

    def _end(self) -> None:
        for pid in workers_of(self.home):  # a full disk's lock does not name it
            os.kill(pid, signal.SIGKILL)
        self._until(lambda: worker_of(self.release) is None)


def _key(stand: Stand) -> float:
    async def send() -> float:
        began = time.time()
        answer = await stand.line.ask(Command.ROLL_BACK)
        assert not answer.refused, answer.refused
        assert answer.back is not None
        assert answer.back.step is not Step.NONE
        return began

    return asyncio.run(send())


def _shell(stand: Stand) -> float:
    began = time.time()
    stand.run("rollback", NAME)
    return began


WAYS = (
    Way(what="key", bar_ms=KEY_MS, lives=True, ask=_key, is_a_process=False),
    Way(what="shell", bar_ms=SHELL_MS, lives=True, ask=_shell),
    # Where the plugin hangs a new worker has no credential, and nothing can be written.
    Way(
        what="shell, worker dead,",
        bar_ms=SHELL_MS,
        lives=False,
        ask=_shell,
        faults=tuple(fault for fault in FAULTS if fault != "plugin hangs"),
    ),
)


@contextmanager
def _server(folder: Path) -> Iterator[LabServer]:
    lab = LabServer(folder)
    lab.start()
    try:
        asyncio.run(_lay(lab))
        yield lab
    finally:
        lab.stop()


async def _lay(lab: LabServer) -> None:
    shop = lab.open_shop(NAMESPACE)
    await shop.put(virtual_service())
    for deployment in ("checkout-v1", "checkout-v2"):
        await shop.deploy(deployment, replicas=1, pods=[pod_status(ready=True)])


def _small_disk(made: Path, home: Path, stack: ExitStack) -> bool:
    """Put a disk there that the home nearly fills; whether that can be done here."""
    held = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    size = f"size={(held * 11 // 10 + 2**20) // 1024}k"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(made)]
    done = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if done:
        stack.callback(lambda: subprocess.run(["umount", "-l", str(made)], check=True))
    return done


def _fill(stand: Stand) -> None:
    """Let nothing fit on the release's disk any more, and wait until its worker, if any, has met that."""
    with (stand.home / "ballast").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\x00" * 4096)
    if worker_of(stand.release):
        stand._until(
            lambda: "can't be written" in (verdict.text if (verdict := asyncio.run(stand.line.how())) else "")
        )


_SUFFER: dict[str, Callable[[Stand], None]] = {"disk full": _fill, "plugin hangs": Stand.hang}


@contextmanager
def _full_pipe(stack: ExitStack) -> Iterator[int]:
    """Give a pipe that is full and that nobody reads."""
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    fcntl(writing, F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"\x00" * 512)
    os.set_blocking(writing, True)
    try:
        yield writing
    finally:
        os.close(writing)
