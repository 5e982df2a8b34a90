"""Two clusters with objects of the same names, a kubeconfig that leads to both, and a release in one."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from console.cluster.lease import ClusterLease
from console.cluster.resolve import resolve
from console.host.order import Order, Reach, keep_identity, order_to_resume, write_order
from console.journal import Journal, read_past
from console.release import events as ev
from console.release.event import Event
from console.release.state import Release
from console.worker.book import Book
from console.worker.clock import Clock
from console.worker.connect import connect
from console.worker.record import by_the_record
from console.worker.spare_descriptors import SpareDescriptors
from console.worker.worker import Worker
from tests.releases import ANA, guard, stage
from tests.traffic.driving import SHORT, healthy_source, quick_plan
from tests.traffic.ground import pod_status, virtual_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.traffic.ground import Shop
    from tests.traffic.servers import LabServer, RealServer

Json = dict[str, Any]
WITHIN_S = 60.0


class TwoClusters:
    """The contexts `a` and `b` of one file, and what stands in each cluster."""

    def __init__(self, folder: Path, a: LabServer | RealServer, b: LabServer | RealServer) -> None:
        self.folder = folder
        self.kubeconfig = folder / "config"
        self._servers = {"a": a, "b": b}
        self.shops: dict[str, Shop] = {}
        self.point(a="a", b="b", current="a")

    async def lay_ground(self, namespace: str, *, only: str = "") -> None:
        """Put the same objects into both, or into one only."""
        for name, server in self._servers.items():
            if only and name != only:
                continue
            self.shops[name] = shop = server.open_shop(namespace)
            await shop.put(virtual_service())
            for deployment in ("checkout-v1", "checkout-v2"):
                await shop.deploy(deployment, replicas=1, pods=[pod_status(ready=True)])

    def point(self, *, a: str, b: str, current: str) -> None:
        """Let each context lead to one of the clusters, and one of them be the current one."""
        ways = {name: self._servers[to].kubeconfig() for name, to in (("a", a), ("b", b))}
        document = {
            "clusters": [{**way["clusters"][0], "name": name} for name, way in ways.items()],
            "users": [{**way["users"][0], "name": name} for name, way in ways.items()],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in ways],
            "current-context": current,
        }
        self.kubeconfig.write_text(json.dumps(document))

    def order(self, namespace: str) -> Order:
        """Write the order of a release that is begun now, by the current context."""
        plan = quick_plan(namespace)
        plan = replace(plan, interval_s=1.0, stages=(stage(10, guard(min_requests=1), hold_s=3600.0),))
        reach = Reach(kubeconfig=str(self.kubeconfig))
        found = resolve(
            kubeconfig=reach.kubeconfig, context=None, namespace=namespace, variables={}, plan="0" * 64
        )
        order = Order(
            release="checkout-1",
            plan=plan,
            reach=replace(reach, resolved=found),
            person=ANA,
            attended=True,
        )
        write_order(self.folder / "order.json", order)
        return order

    async def state_of(self, name: str) -> tuple[int, bool, bool]:
        """Give the canary's weight in a cluster, and whether its object is marked and a lease is there."""
        shop = self.shops[name]
        obj = await shop.get()
        leases = await shop.cluster.get(
            shop.path(group="coordination.k8s.io", plural="leases"), deadline_s=5.0
        )
        weight = int(obj["spec"]["http"][0]["route"][1]["weight"])
        return weight, bool(obj["metadata"].get("annotations")), bool(leases["items"])


class Life:
    """One worker's life, in this process: it is killed between two of its steps, and leaves all as it is.

    The next one knows of its death, as one of the same host does by its lock.
    """

    dead: ClassVar[set[str]] = set()

    def __init__(self, folder: Path, order: Order) -> None:
        path = folder / "journal.jsonl"
        past = read_past(path) if path.is_file() else None
        self._journal = Journal(path, past=past)
        self._spare = SpareDescriptors()
        self.book = Book(self._journal, now=Clock(not_before=past.place.at if past else 0.0), past=past)
        self.records: list[ev.Record] = []
        self.book.add_listener(self.records.append)
        self.book.add_listener(self._keep(folder))
        order = by_the_record(order, self.book.release)
        source = healthy_source()
        ports = replace(connect(order), source=lambda: source)
        if isinstance(ports.lease, ClusterLease):
            ports.lease.terms, ports.lease._is_dead = SHORT, self.dead.__contains__
        self._lease = ports.lease
        self.worker = Worker(order=order, book=self.book, ports=ports, spare=self._spare)
        self._others = asyncio.all_tasks()
        self.running = asyncio.ensure_future(self.worker.run())

    @property
    def release(self) -> Release:
        return self.worker.release

    def all_of(self, kind: type[Event]) -> list[Any]:
        return [record.event for record in self.records if isinstance(record.event, kind)]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a state; what was written down last is in the failure."""
        ends = asyncio.get_running_loop().time() + WITHIN_S
        while not holds():
            assert asyncio.get_running_loop().time() < ends, [record.event for record in self.records[-6:]]
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End all that this worker does, at once."""
        self.worker._ended.set()
        tasks = asyncio.all_tasks() - self._others
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._journal.close()
        self._spare.let_go()
        if isinstance(self._lease, ClusterLease):
            self.dead.add(self._lease._identity)

    def _keep(self, folder: Path) -> Callable[[ev.Record], None]:
        def keep(record: ev.Record) -> None:
            if isinstance(record.event, ev.Identified):
                keep_identity(folder / "order.json", record.event.identity)

        return keep


def order_again(folder: Path) -> Order:
    """Give the order as `pithead resume` reads it."""
    return order_to_resume(folder / "order.json", ANA)
