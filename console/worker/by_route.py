"""What stands in the cluster of a release whose record is lost: its object, its lease, stable's pods."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from console.cluster.client import Cluster
from console.cluster.holder import Holder
from console.cluster.identity import identify
from console.cluster.lease import ClusterLease, Terms
from console.cluster.pods import PodWatch
from console.cluster.shapes import shaped
from console.errors import ClusterError, NotServed
from console.host.order import Order, Reach
from console.identity import Identity
from console.person import Person
from console.release.shown import Shown
from console.traffic.lost import Json, Lost, Route, lost_release
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from console.traffic.router import CALL_S
from console.worker.connect import LOGIN_S, reached


class Standing(Struct, frozen=True, kw_only=True):
    """A release without a record, as the cluster shows it now."""

    lost: Lost
    identity: Identity
    holder: Holder | None
    """Who holds the object's lease; None where nobody does, or it can't be read."""
    stable_ready: int | None
    """Ready pods of stable; None where nobody can tell."""

    @property
    def lives(self) -> bool:
        """Whether the lease was renewed within its time, by this host's clock."""
        return self.holder is not None and abs(self.holder.renewed_s) < Terms().duration_s


async def look(reach: Reach, *, route: Route, named: Named, prometheus: str) -> Standing:
    """Read the object, its lease and stable's pods.

    Raises `ClusterError` where the object can't be read, `UsageError` where it says too little.
    """
    cluster = reached(reach, namespace=route.namespace)
    await cluster.log_in(deadline_s=LOGIN_S)
    obj, (holder, notes), cluster_id = await asyncio.gather(
        _object(cluster, route), _lease(cluster, route), identify(cluster)
    )
    lost = lost_release(obj, notes, route=route, named=named, prometheus=prometheus)
    return Standing(
        lost=lost,
        identity=Identity(cluster=cluster_id, route=lost.uid),
        holder=holder,
        stable_ready=await _ready(cluster, lost),
    )


def order_by_route(standing: Standing, reach: Reach, *, release: str, person: Person, reason: str) -> Order:
    """Return the order of a new release that takes back what was found here, also from a living driver."""
    return Order(
        release=release,
        plan=standing.lost.plan,
        reach=Reach(
            kubeconfig=reach.kubeconfig,
            context=reach.context,
            resolved=reach.resolved,
            identity=standing.identity,
        ),
        person=person,
        attended=True,
        reason=reason,
        first="rollback",
        in_place_of=standing.lost.release,
        shown=_shown(standing.lost),
    )


def _shown(lost: Lost) -> Shown:
    return Shown(weight=lost.place.percent, uid=lost.uid, mark=lost.mark, generation=lost.generation)


async def _object(cluster: Cluster, route: Route) -> Json:
    kind, missing = object_of(route.kind), None
    for path in kind.paths(route.namespace, route.name):
        try:
            return shaped(await cluster.get(path, deadline_s=CALL_S), kind.SHAPE)
        except NotServed as error:
            missing = error
    assert missing is not None
    raise missing


async def _lease(cluster: Cluster, route: Route) -> tuple[Holder | None, Json]:
    """Read who holds the lease, and its marks; a rollback needs neither."""
    try:
        return await ClusterLease(cluster, namespace=route.namespace, name=route.lock, identity="").seen()
    except ClusterError:
        return None, {}


async def _ready(cluster: Cluster, lost: Lost) -> int | None:
    deployment = lost.plan.stable.deployment
    watch = PodWatch(cluster, namespace=lost.plan.namespace, deployment=deployment)
    try:
        return (await watch.look(deadline_s=CALL_S)).ready
    except ClusterError:
        return None
