"""A Kubernetes API over real TLS that goes wrong on order, and a real worker that drives against it.

The API is the lab's, in a thread of its own. The worker's cluster client, router, lease and pods are as they
are in a release; its waits take no time.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web
from msgspec.structs import replace

from console.command import Command
from console.evidence import Sample
from console.host.control import Ask
from console.host.order import Order, Reach
from console.journal import Journal
from console.lab.kube.resources import DEPLOYMENTS, PODS
from console.lab.kube.server import KubeApi
from console.lab.kube.store import ObjectStore
from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES
from console.plan.model import Plan
from console.policy.explain import explain
from console.release import events as ev
from console.release.event import Event
from console.release.state import Release
from console.worker.book import Book
from console.worker.connect import connect
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.worker import Worker
from tests.faults.patient_time import PatientLoop
from tests.faults.relay import Relay
from tests.releases import ANA, counts
from tests.traffic.ground import pod_status, virtual_service
from tests.worker.ports import EPOCH, ToyRouter, ToySource, split_at

Json = dict[str, Any]
NAMESPACE = "shop"
FIRST_TOKEN, NEW_TOKEN = "t0ken-of-yesterday", "t0ken-of-today"


class FaultyApi:
    """Serves the lab's objects over TLS behind a relay; whoever calls needs a token from a plugin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.api = KubeApi(ObjectStore(), token=FIRST_TOKEN)
        self.relay = Relay()
        self.weights: list[int] = []
        """What each write of the route has left as the canary's weight."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0
        self._credential = folder / "credential.json"
        self._plugin_runs = folder / "plugin-runs"
        self._refusal = folder / "refusal.sh"
        self._hang, self._hanging = folder / "hang", folder / "hanging"
        self.give(FIRST_TOKEN)

    def __enter__(self) -> Self:
        self._put_objects()
        self.api.store.subscribe(self._note)
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def weight(self) -> int:
        """The canary's, as the object has it."""
        return _weight_of(self.api.store.get(VIRTUAL_SERVICES, namespace=NAMESPACE, name="checkout"))

    def change_weight(self, weight: int, *, by: str) -> None:
        """Change the weight as somebody else would."""
        obj = self.api.store.get(VIRTUAL_SERVICES, namespace=NAMESPACE, name="checkout")
        for route, share in zip(obj["spec"]["http"][0]["route"], (100 - weight, weight), strict=True):
            route["weight"] = share
        self.api.store.replace(VIRTUAL_SERVICES, obj, manager=by)

    @property
    def patches(self) -> int:
        """How many writes of the route were asked for, done or not."""
        return sum(call.startswith("patch virtualservices") for call in self.api.audit)

    @property
    def plugin_runs(self) -> int:
        """How often the credential plugin was run."""
        return len(self._plugin_runs.read_text())

    def kubeconfig(self) -> Path:
        """Write the way in: a credential plugin, and the authority that our certificate is of."""
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "/bin/sh",
            "args": ["-c", f"{self._plugin_waits()}; cat {self._credential} || . {self._refusal}"],
            "interactiveMode": "Never",
        }
        server = {
            "server": f"https://127.0.0.1:{self._port}",
            "certificate-authority": str(self.folder / "server.crt"),
        }
        config = {
            "clusters": [{"name": "wire", "cluster": server}],
            "users": [{"name": "wire", "user": {"exec": plugin}}],
            "contexts": [{"name": "wire", "context": {"cluster": "wire", "user": "wire"}}],
            "current-context": "wire",
        }
        path = self.folder / "kubeconfig"
        path.write_text(json.dumps(config))
        return path

    def want(self, token: str) -> None:
        """Know nobody from now on but who brings this token."""
        self.api._token = token

    def give(self, token: str, *, ends_in_s: float | None = None) -> None:
        """Let the plugin give this token from now on."""
        status = {"token": token}
        if ends_in_s is not None:
            status["expirationTimestamp"] = (datetime.now(UTC) + timedelta(seconds=ends_in_s)).isoformat()
        self._credential.write_text(
            json.dumps(
                {
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "kind": "ExecCredential",
                    "status": status,
                }
            )
        )

    def hang_plugin(self) -> None:
        """Let the plugin answer nobody from now on."""
        self._hang.touch()

    def let_plugin_go(self) -> None:
        """Let it answer, also who waits for it."""
        self._hang.unlink()

    @property
    def plugin_hangs(self) -> bool:
        """Whether it runs, and does not answer."""
        return self._hanging.exists()

    def _plugin_waits(self) -> str:
        waits = f"touch {self._hanging}; while [ -e {self._hang} ]; do sleep 0.05; done; rm {self._hanging}"
        return f"printf x >> {self._plugin_runs}; if [ -e {self._hang} ]; then {waits}; fi"

    def say_on_failure(self, words: str) -> None:
        """Let the plugin give nothing from now on, and say this."""
        self._refusal.write_text(f"echo {shlex.quote(words)} >&2; exit 1")
        self._credential.unlink()

    def network(self, act: Callable[[Relay], None]) -> None:
        """Do something to the relay, in its own loop."""

        async def do() -> None:
            act(self.relay)

        self._do(do())

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self.api._serve), shutdown_timeout=0.1)
        await self._runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*make_certificate(self.folder))
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self._port = await self.relay.start(upstream_port=int(self._runner.addresses[0][1]))

    async def _stop(self) -> None:
        await self.relay.stop()
        await self._runner.cleanup()

    def _note(self, _type: str, obj: Json) -> None:
        if obj["kind"] == VIRTUAL_SERVICES.kind:
            self.weights.append(_weight_of(obj))

    def _put_objects(self) -> None:
        def put(resource: Any, name: str, obj: Json) -> None:
            metadata = {**obj.get("metadata", {}), "name": name, "namespace": NAMESPACE}
            self.api.store.create(resource, {**obj, "metadata": metadata})

        put(VIRTUAL_SERVICES, "checkout", virtual_service())
        for name in ("checkout-v1", "checkout-v2"):
            labels = {"app": name}
            spec = {"replicas": 1, "selector": {"matchLabels": labels}}
            put(DEPLOYMENTS, name, {"spec": spec, "status": {"replicas": 1, "readyReplicas": 1}})
            put(PODS, f"{name}-0", {"metadata": {"labels": labels}, "status": pod_status(ready=True)})


class Drive:
    """One release against the API; `heard` is called with each record, before anything is done about it."""

    def __init__(self, api: FaultyApi, plan: Plan) -> None:
        self.api = api
        self.records: list[ev.Record] = []
        self.lines: list[str] = []
        """What the operator's verdict line said after each write that failed."""
        self.heard: Callable[[ev.AnyEvent], None] = lambda _event: None
        order = Order(
            release="checkout-1",
            plan=plan,
            reach=Reach(kubeconfig=str(api.kubeconfig())),
            person=ANA,
            attended=True,
        )
        self._journal = Journal(api.folder / "journal.jsonl")
        self._spare = SpareDescriptors()
        book = Book(self._journal, now=_now, call=_at_once)
        book.add_listener(self._hear)
        source = SeenSource(api)
        ports = replace(connect(order), source=lambda: source)
        self.worker = Worker(order=order, book=book, ports=ports, spare=self._spare)

    @property
    def release(self) -> Release:
        return self.worker.release

    async def run(self, *, for_s: float = 3600.0) -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, PatientLoop)
        loop.unanswered = lambda: self.api.relay.waiting + self.api.plugin_hangs
        try:
            async with asyncio.timeout(for_s):
                return await self.worker.run()
        finally:
            self._journal.close()
            self._spare.let_go()

    @property
    def line(self) -> str:
        """The operator's verdict line now."""
        return explain(self.release, now=_now()).text

    def press_roll_back(self) -> None:
        """Press the key, as soon as what is going on is done."""
        ask = Ask(command=Command.ROLL_BACK, person=ANA, reason="pager")
        asyncio.get_running_loop().call_soon(self.worker.take, ask)

    def all_of(self, kind: type[Event]) -> list[ev.Record]:
        return [record for record in self.records if isinstance(record.event, kind)]

    def _hear(self, record: ev.Record) -> None:
        self.records.append(record)
        if isinstance(record.event, ev.WriteFailed):
            self.lines.append(self.line)
        self.heard(record.event)


class SeenSource(ToySource):
    """Sees what the API's object has the mesh do."""

    def __init__(self, api: FaultyApi) -> None:
        super().__init__(ToyRouter())
        self._api = api

    async def sample(self, *, deadline_s: float) -> Sample:  # noqa: ARG002 - the protocol's names
        return split_at(counts(100), self._api.weight)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine that is its own authority, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: apt-get install openssl")
    certificate, key = folder / "server.crt", folder / "server.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=tests", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def _weight_of(obj: Json) -> int:
    return int(obj["spec"]["http"][0]["route"][1].get("weight", 0))


def _now() -> float:
    try:
        return EPOCH + asyncio.get_running_loop().time()
    except RuntimeError:
        return EPOCH


async def _at_once(work: Callable[[], None]) -> None:
    work()
