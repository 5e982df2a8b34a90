"""The ground of one cell: a cluster and another one, a host's home, and a release brought into its state."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from msgspec.structs import replace

from console.cluster.resolve import resolve
from console.command import Command as Key
from console.errors import JournalError
from console.host.alive import worker_of
from console.host.control import ControlClient
from console.host.order import Order, Reach, write_order
from console.host.person import who_is_there
from console.host.places import journal_of, order_of, socket_of
from console.journal.ends import ends_of
from tests.releases import guard, stage
from tests.table.front import Front, weight_of
from tests.table.nursery import PLACE, PREPARING, WEIGHT, Nursery
from tests.table.rule import ENDED, Cell, State
from tests.traffic.driving import quick_plan
from tests.traffic.ground import pod_status, virtual_service

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.plan.model import Plan
    from tests.traffic.ground import Shop
    from tests.traffic.servers import LabServer, RealServer

NAME = "checkout-20260102-150405"
WITHIN_S = 60.0
INTERVAL_S = 1.0
PLAN = """\
pithead: 1
service: checkout
namespace: {namespace}
stable: {{name: v1, deployment: checkout-v1}}
canary: {{name: v2, deployment: checkout-v2}}
router: {{istio: {{virtual_service: checkout, stable: {{subset: v1}}, canary: {{subset: v2}}}}}}
metrics: {{prometheus: "http://127.0.0.1:9090", preset: istio}}
interval: 1s
patience: 1h
guards: [{{metric: error_rate, max: 5%, min_requests: 1}}]
stages: [{{weight: 10%, hold: 1h}}, {{weight: 100%, hold: 1h}}]
"""
_LAYING = Lock()
"""The servers of all tests write one file for whoever logs in."""

LOOKS = 4
"""Fewer may show nobody who was answered at the weight, without which nothing goes forward."""


class Ground:
    """Where one cell is tried; at the end nothing of it runs."""

    def __init__(
        self, cell: Cell, folder: Path, *, nursery: Nursery, here: LabServer | RealServer, there: LabServer
    ) -> None:
        self.cell = cell
        self.folder = folder
        self.home = folder / "disk" / "home"
        self.release = self.home / "releases" / NAME
        self.namespace = f"cell-{folder.name}"
        self._nursery = nursery
        self._servers = (here, there)
        self._shops: list[Shop] = []
        self._stack = ExitStack()
        self._started: list[int] = []
        self.credential = folder / "credential.json"
        self.plugin_hangs = folder / "hang"

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True)
        (self.folder / WEIGHT).write_text("0")
        self.give("first")
        with _LAYING:
            asyncio.run(self._lay())
            self.front, self.other = (self._stack.enter_context(_front(server)) for server in self._servers)
        self.front.on_weight = self._weight_is
        self.point(self.front)
        return self

    def __exit__(self, *_: object) -> None:
        for pid in {*self._started, *self._workers()}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.plugin_hangs.unlink(missing_ok=True)
        self._stack.close()

    # -- the cluster ----------------------------------------------------------------------------------

    async def _lay(self) -> None:
        self._shops = [server.open_shop(self.namespace) for server in self._servers]
        for shop in self._shops:
            await shop.put(virtual_service())
            for deployment in ("checkout-v1", "checkout-v2"):
                await shop.deploy(deployment, replicas=1, pods=[pod_status(ready=True)])

    def _weight_is(self, weight: int) -> None:
        draft = self.folder / f"{WEIGHT}.draft"
        draft.write_text(str(weight))
        draft.replace(self.folder / WEIGHT)

    @property
    def path(self) -> str:
        """The one object that may be written."""
        return f"/apis/networking.istio.io/v1/namespaces/{self.namespace}/virtualservices/checkout"

    def object(self, front: Front | None = None, method: str = "GET", body: Any = None) -> Any:
        """Ask for the object as its administrator, past the door."""
        front = front or self.front
        connection = front.connect()
        headers = {"Authorization": f"Bearer {front.token}", "Content-Type": "application/json"}
        path = self.path if method != "POST" else self.path.rpartition("/")[0]
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return told if answer.status < 300 else None

    @property
    def weight(self) -> int | None:
        """The canary's weight in force; None where there is no object."""
        obj = self.object()
        return None if obj is None else weight_of(obj)

    # -- the host -------------------------------------------------------------------------------------

    def give(self, token: str) -> None:
        """Let the credential plugin give this token."""
        status = {"token": token}
        body = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
        self.credential.write_text(json.dumps(body))

    def point(self, front: Front) -> None:
        """Let the context lead to a cluster."""
        hang, credential = shlex.quote(str(self.plugin_hangs)), shlex.quote(str(self.credential))
        failure = "{ echo 'Error loading SSO Token: it has expired' >&2; exit 1; }"
        script = f"while [ -e {hang} ]; do sleep 0.1; done; cat {credential} 2>/dev/null || {failure}"
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "/bin/sh",
            "args": ["-c", script],
            "interactiveMode": "Never",
        }
        config = {
            "clusters": [{"name": "shop", "cluster": {"server": front.url}}],
            "users": [{"name": "ana", "user": {"exec": plugin}}],
            "contexts": [{"name": "shop", "context": {"cluster": "shop", "user": "ana"}}],
            "current-context": "shop",
        }
        draft = self.folder / "kubeconfig.draft"
        draft.write_text(json.dumps(config))
        draft.replace(self.kubeconfig)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def plan(self) -> Path:
        """The plan's file, for who runs it."""
        path = self.folder / "plan.yaml"
        path.write_text(PLAN.format(namespace=self.namespace))
        return path

    def start(self, *args: str, home: Path | None = None) -> Program:
        """Start a program of ours on this host."""
        out, err = (self.folder / f"{len(self._started)}.{name}" for name in ("out", "err"))
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PITHEAD_HOME": str(home or self.home),
            "KUBECONFIG": str(self.kubeconfig),
            PLACE: str(self.folder),
        }
        with out.open("wb") as to_out, err.open("wb") as to_err:
            pid = self._nursery.start(*args, env=env, out=to_out.fileno(), err=to_err.fileno())
        self._started.append(pid)
        return Program(self._nursery, pid, out, err)

    def logs(self) -> list[Path]:
        """Give what workers have printed."""
        return [*self.folder.rglob("worker.log")]

    def _workers(self) -> set[int]:
        """Give the workers that live: a command may have started one."""
        found = {pid for folder in self.folder.rglob("worker.lock") if (pid := worker_of(folder.parent))}
        return found - {0}

    # -- the release ----------------------------------------------------------------------------------

    def bring_about(self) -> None:
        """Let the release come into the cell's state."""
        state = self.cell.state
        if state is State.PREFLIGHT:
            (self.folder / PREPARING).touch()
        self._begin()
        if state is State.PREFLIGHT:
            self.until(lambda: self.line() is not None)
            return
        if state is State.PROMOTED:
            self._until_ended()
            return
        self.until(lambda: self.weight == 10)
        self.until(lambda: (self.line() or "").startswith("GOING WELL"))
        self.until(lambda: journal_of(self.release).read_bytes().count(b':"sample"') >= LOOKS)
        if state is State.PAUSED:
            self.until(lambda: self.press(Key.PAUSE) == "")
        elif state is State.ROLLED_BACK:
            self.until(lambda: self.press(Key.ROLL_BACK) == "")
            self._until_ended()
        elif state is not State.RUNNING:
            self._kill()
        if state is State.BROKEN:
            journal_of(self.release).write_bytes(b"\x00" * 300)

    @property
    def later_home(self) -> Path:
        """The home of who gives the command: another host's, where the state folder is lost."""
        return self.folder / "elsewhere" if self.cell.state is State.LOST else self.home

    def _begin(self) -> None:
        self.release.mkdir(parents=True)
        reach = Reach(kubeconfig=str(self.kubeconfig))
        found = resolve(
            kubeconfig=reach.kubeconfig, context=None, namespace=self.namespace, variables={}, plan="0" * 64
        )
        order = Order(
            release=NAME,
            plan=self._driven(),
            reach=replace(reach, resolved=found),
            person=who_is_there(),
            attended=self.cell.state not in ENDED,
        )
        write_order(order_of(self.release), order)
        self.start("worker", str(self.release))

    def _driven(self) -> Plan:
        hold_s = 0.3 if self.cell.state is State.PROMOTED else 3600.0
        stages = tuple(stage(weight, guard(min_requests=1), hold_s=hold_s) for weight in (10, 50, 100))
        plan = quick_plan(self.namespace)
        return replace(plan, interval_s=INTERVAL_S, patience_s=3600.0, stages=stages)

    def _until_ended(self) -> None:
        self.until(lambda: self._has_ended() and worker_of(self.release) is None)

    def _has_ended(self) -> bool:
        with suppress(JournalError):
            return ends_of(journal_of(self.release)).ended is not None
        return False

    def _kill(self) -> None:
        pid = worker_of(self.release)
        assert pid
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: worker_of(self.release) is None)

    def press(self, key: Key) -> str:
        """Give a command by the socket; gives the refusal."""
        return asyncio.run(ControlClient(socket_of(self.release), who_is_there()).send(key))

    def line(self) -> str | None:
        """What any worker of this ground says of how its release stands; None where none answers."""
        for folder in sorted(self.folder.glob("*/**/releases/*")):
            verdict = asyncio.run(ControlClient(socket_of(folder), who_is_there()).how())
            if verdict is not None:
                return f"{verdict.word}: {verdict.text}"
        return None

    def until(self, holds: Callable[[], bool], *, what: str = "") -> None:
        """Wait for a state; what stands there is in the failure."""
        ends = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < ends, f"{what} has not come: {self.told()}"
            time.sleep(0.02)

    def told(self) -> str:
        """Say what stands there, and what the programs have said."""
        files = [*self.folder.glob("*.out"), *self.folder.glob("*.err"), *self.folder.rglob("worker.log")]
        said = "\n".join(f"[{path.name}] {path.read_text()[-1500:]}" for path in files)
        return f"weight {self.weight}, line {self.line()}, writes {self.front.writes}\n{said}"

    # -- the disk -------------------------------------------------------------------------------------

    def mount(self) -> None:
        """Put the home on a small disk of its own."""
        self._mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.home.parent))
        self.home.mkdir()

    def mount_read_only(self) -> None:
        """Let nothing be written in the home any more, by who comes anew."""
        home = str(self.home)
        self._mounted("--bind", home, home)
        _mount("-o", "remount,bind,ro", home)

    def _mounted(self, *words: str) -> None:
        _mount(*words)
        self._stack.callback(_umount, words[-1])


class Program:
    """A program that was started, and what it says."""

    def __init__(self, nursery: Nursery, pid: int, out: Path, err: Path) -> None:
        self._nursery = nursery
        self.pid = pid
        self._out = out
        self._err = err
        self._code: int | None = None

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None:
            self._code = self._nursery.code_of(self.pid)
        return self._code

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()


def _front(server: LabServer | RealServer) -> Front:
    way = server.kubeconfig()
    cluster = way["clusters"][0]["cluster"]
    authority = cluster.get("certificate-authority")
    token = way["users"][0]["user"].get("token", "")
    assert urlsplit(cluster["server"]).port
    return Front(cluster["server"], token=token, authority=Path(authority) if authority else None)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], capture_output=True, check=True)


def _umount(place: str) -> None:
    subprocess.run(["umount", "-l", place], capture_output=True, check=True)


@cache
def can_mount() -> bool:
    """Whether a disk can be put somewhere here."""
    with tempfile.TemporaryDirectory() as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", place]
        if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            return False
        _umount(place)
        return True
