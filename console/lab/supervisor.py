"""The lab itself: starts every part, lets the scenario happen, and takes all down again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from console.errors import UsageError
from console.interpreter import own_module
from console.lab.envoy import find_envoy, start_envoy
from console.lab.ground_truth import TruthLog
from console.lab.kube.server import KubeApi
from console.lab.kube.store import ObjectStore
from console.lab.kubelet import Pod
from console.lab.leash import Leashed, last_words, start_on_leash
from console.lab.mesh import Mesh, virtual_service
from console.lab.order import (
    API,
    ENVOY,
    EVIDENCE,
    LOAD,
    PROMETHEUS,
    LabAddresses,
    LabOrder,
    LabPart,
    LabSaid,
)
from console.lab.ports import Ports
from console.lab.prometheus import Target, choose, start_prometheus
from console.lab.ready import READY_WITHIN_S, comes_up
from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES
from console.lab.scenarios import SCENARIOS, Turn
from console.lab.topology import CANARY, LOOPBACK, NAMESPACE, STABLE, VERSIONS

FIRST_EVIDENCE = "/api/v1/query?query=istio_request_duration_milliseconds_count"
"""Asked until there is an answer: a lab is ready when somebody who looks at its metrics sees stable's."""


class Lab:
    """All parts of one lab."""

    def __init__(self, order: LabOrder, *, say: Callable[[LabSaid], None]) -> None:
        self.order = order
        self._say = say
        self.scenario = SCENARIOS[order.scenario]
        self._folder = order.folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._truth = TruthLog(self._folder / "truth.jsonl")
        self._store = ObjectStore()
        self._store.create(VIRTUAL_SERVICES, virtual_service())
        self._api = KubeApi(self._store)
        self._mesh = Mesh(folder=self._folder / "routes", truth=self._truth)
        self._ports = Ports()
        self._pods = {version: self._pod(version) for version in VERSIONS}
        self._programs: dict[str, Leashed] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> LabAddresses:
        """Start every part and wait until all of them answer."""
        envoy, kind = find_envoy(), choose(self.order.prometheus)
        kubeconfig = self._folder / "kubeconfig"
        await self._api.start(LOOPBACK)
        self._api.write_kubeconfig(kubeconfig, namespace=NAMESPACE)
        self._say(LabPart(name=API))
        self._mesh.follow(self._store)
        self._tasks = [asyncio.create_task(pod.keep_running()) for pod in self._pods.values()]
        ingress, admin, metrics = (self._ports.take() for _ in range(3))
        self._start_envoy(envoy, ingress=ingress, admin=admin)
        self._start_prometheus(kind, port=metrics, admin=admin)
        await asyncio.gather(
            *(self._ready(pod) for pod in self._pods.values()),
            self._answers("envoy", ENVOY, port=admin, path="/ready"),
            self._answers("prometheus", PROMETHEUS, port=metrics, path="/-/ready"),
        )
        self._start_load(ingress)
        self._say(LabPart(name=LOAD))
        await self._answers("prometheus", EVIDENCE, port=metrics, path=FIRST_EVIDENCE, saying=b'"metric"')
        return LabAddresses(
            kubeconfig=kubeconfig,
            prometheus=f"http://{LOOPBACK}:{metrics}",
            prometheus_kind=kind,
            envoy_admin=f"http://{LOOPBACK}:{admin}",
            ingress=f"http://{LOOPBACK}:{ingress}",
            ledger=self._folder / "ledger.csv",
            truth=self._folder / "truth.jsonl",
        )

    async def last(self) -> None:
        """Let the scenario happen, and go on until a part fails."""
        await asyncio.gather(*self._tasks, self._happen())

    async def stop(self) -> None:
        """End every part: all are asked first, then waited for."""
        for task in self._tasks:
            task.cancel()
        for program in self._programs.values():
            program.let_go()
        for stop in (*(p.stop for p in self._pods.values()), *(p.stop for p in self._programs.values())):
            await asyncio.to_thread(stop)
        await self._api.stop()
        self._ports.give_back()
        self._truth.close()

    async def _happen(self) -> None:
        """Wait for the canary's first share of the traffic, then take the scenario's turns."""
        await self._mesh.canary_is_live.wait()
        clock = asyncio.get_running_loop().time
        began = clock()
        for turn in self.scenario.turns:
            await asyncio.sleep(began + turn.after_s / self.order.pace - clock())
            await self._take(turn)

    async def _take(self, turn: Turn) -> None:
        for version, faults in ((STABLE, turn.stable), (CANARY, turn.canary)):
            if self._pods[version].faults != faults:
                await self._pods[version].suffer(faults)
        if not turn.prometheus and self._programs["prometheus"].running:
            await asyncio.to_thread(self._programs["prometheus"].stop)
            self._truth.note("prometheus", up=False)

    def _pod(self, version: str) -> Pod:
        return Pod(
            version=version,
            port=self._ports.take(),
            store=self._store,
            truth=self._truth,
            folder=self._folder,
            pace=self.order.pace,
        )

    def _start_envoy(self, binary: str, *, ingress: int, admin: int) -> None:
        self._programs["envoy"] = start_envoy(
            binary,
            folder=self._folder,
            routes_file=self._mesh.routes_file,
            ingress=ingress,
            admin=admin,
            apps={version: pod.port for version, pod in self._pods.items()},
        )

    def _start_prometheus(self, kind: str, *, port: int, admin: int) -> None:
        targets = [Target(version=pod.version, pod=pod.name, port=pod.port) for pod in self._pods.values()]
        self._programs["prometheus"] = start_prometheus(
            kind, folder=self._folder, port=port, envoy_admin=admin, targets=targets
        )

    def _start_load(self, ingress: int) -> None:
        rps = self.order.rps or self.scenario.rps
        args = ["--port", str(ingress), "--rps", str(rps), "--ledger", str(self._folder / "ledger.csv")]
        self._programs["load"] = start_on_leash(
            own_module("console.lab.load", *args), log=self._folder / "load.log"
        )

    async def _answers(self, name: str, part: str, *, port: int, path: str, saying: bytes = b"") -> None:
        if not await comes_up(self._programs[name], port=port, path=path, saying=saying):
            log = self._folder / f"{name}.log"
            raise UsageError(f"The lab's {name} did not come up: {last_words(log)}")
        self._say(LabPart(name=part))

    async def _ready(self, pod: Pod) -> None:
        try:
            await asyncio.wait_for(pod.up.wait(), READY_WITHIN_S)
        except TimeoutError:
            raise UsageError(f"The lab's {pod.version} did not come up: {last_words(pod.log)}") from None
        self._say(LabPart(name=f"service {pod.version}"))


async def run_lab(order: LabOrder, *, say: Callable[[LabSaid], None], end: asyncio.Event) -> None:
    """Run a lab until `end` is set, be it in the middle of its start.

    `say` hears of each part that has come up, and at last where everything is.
    """
    lab = Lab(order, say=say)
    life = asyncio.create_task(_live(lab, say=say))
    ending = asyncio.create_task(end.wait())
    try:
        await asyncio.wait({life, ending}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
    finally:
        life.cancel()
        ending.cancel()
        await lab.stop()


async def _live(lab: Lab, *, say: Callable[[LabSaid], None]) -> None:
    say(await lab.start())
    await lab.last()
