"""From an order to the ports of a worker: the cluster, its router and pods, and Prometheus.

The adapters are imported here and only when a worker starts: the libraries behind them cost more than half
a second, which no first frame should wait for.
"""

from __future__ import annotations

import asyncio
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from console.cluster.api import Api
from console.errors import AnotherCluster, ClusterError
from console.host.died import died_here
from console.host.life import new_life
from console.host.order import Order, Reach
from console.identity import Identity
from console.plan.model import Plan
from console.traffic.marks import Marks, way_back_of
from console.version import VERSION
from console.worker.known_pods import KnownPods
from console.worker.lease import Lease
from console.worker.ports import Ports

if TYPE_CHECKING:
    from console.cluster.client import Cluster
    from console.cluster.holder import Holder
    from console.metrics.named import PodNames
    from console.metrics.source import Source

ACCOUNT_DEADLINE_S = 2.0
LOOK_S = 2.0
"""Seconds that the look at which cluster answers may take, before a worker goes on with a release."""
LOGIN_S = 60.0
"""Time limit of a credential plugin while a person waits, seconds: it may send them to a browser."""


def connect(order: Order) -> Ports:
    """Make the ports of everything that the plan names.

    A cluster that can't even be addressed now (no kubeconfig, no such context, a plugin that fails) says so
    with each call, and so in the preflight, so that it is on record like everything else; it is found when
    it can be.
    """
    from console.cluster.identity import identify  # noqa: PLC0415 - belongs to the cluster
    from console.cluster.pods import PodWatch  # noqa: PLC0415 - belongs to the cluster
    from console.cluster.whoami import who_am_i  # noqa: PLC0415 - belongs to the cluster
    from console.traffic.registry import open_router  # noqa: PLC0415 - belongs to the cluster

    plan = order.plan
    cluster = reached(order.reach, namespace=plan.namespace)
    stable_pods, canary_pods = (
        PodWatch(cluster, namespace=plan.namespace, deployment=version.deployment)
        for version in (plan.stable, plan.canary)
    )
    pods = KnownPods({plan.stable.deployment: stable_pods, plan.canary.deployment: canary_pods})
    hold_to = partial(_hold_to, cluster, plan)
    marks = _marks(order, identity=f"{order.identity}/{new_life()}")
    if expected := _expected(order.reach):
        hold_to(expected)
    return Ports(
        router=open_router(cluster, plan, leased=order.leased, marks=marks, is_dead=died_here),
        source=cache(partial(_source, plan, cluster, pods)),
        stable_pods=stable_pods,
        canary_pods=canary_pods,
        cluster=cluster.context or "unreachable",
        lease=_lease(order, cluster, marks),
        identify=partial(identify, cluster),
        hold_to=hold_to,
        account=partial(who_am_i, cluster, deadline_s=ACCOUNT_DEADLINE_S),
    )


def _source(plan: Plan, cluster: Cluster, pods: PodNames) -> Source:
    from console.metrics.evidence_source import PrometheusSource  # noqa: PLC0415 - belongs to Prometheus
    from console.metrics.prometheus import Prometheus  # noqa: PLC0415 - as above

    return PrometheusSource(plan, Prometheus.of(plan.metrics, cluster=cluster), pods=pods)


def lease_holder(plan: Plan, reach: Reach) -> Holder | None:
    """Ask the cluster who drives the plan's router now; None where nobody does. Raises `ClusterError`."""
    from console.cluster.lease import ClusterLease  # noqa: PLC0415 - only a takeover needs it here

    cluster = reached(reach, namespace=plan.namespace)
    lease = ClusterLease(cluster, namespace=plan.namespace, name=plan.lock, identity="")

    async def holder() -> Holder | None:
        await cluster.log_in(deadline_s=LOGIN_S)
        return await lease.holder()

    return asyncio.run(holder())


def led_elsewhere(plan: Plan, reach: Reach) -> AnotherCluster | None:
    """Return the error where this way leads to another cluster than the release's; None where it does not.

    A cluster that does not answer in time is no other one.
    """
    cluster = reached(reach, namespace=plan.namespace)
    if expected := _expected(reach):
        _hold_to(cluster, plan, expected)
    try:
        asyncio.run(cluster.log_in(deadline_s=LOOK_S))
    except AnotherCluster as error:
        return error
    except ClusterError:
        pass
    return None


def reached(reach: Reach, *, namespace: str) -> Cluster:
    """Go by what the words came to when the release began, and by the words where that is not on record."""
    from console.cluster.client import Cluster  # noqa: PLC0415 - imports kubernetes

    resolved = reach.resolved
    return Cluster.connect(
        kubeconfig=reach.kubeconfig,
        context=resolved.context if resolved else reach.context,
        namespace=namespace,
        files=tuple(map(Path, resolved.files)) if resolved else None,
    )


def _expected(reach: Reach) -> Identity | None:
    """Return what a login is held against: what the preflight found, before it what the words came to."""
    if reach.identity is not None or reach.resolved is None:
        return reach.identity
    return Identity(cluster=reach.resolved.cluster)


def _hold_to(cluster: Cluster, plan: Plan, identity: Identity) -> None:
    from console.cluster.identity import Vouch  # noqa: PLC0415 - belongs to the cluster
    from console.traffic.registry import paths_of  # noqa: PLC0415 - as above

    cluster.on_login(Vouch(identity, paths=paths_of(plan)))


def _lease(order: Order, api: Api, marks: Marks) -> Lease | None:
    from console.cluster.lease import ClusterLease  # noqa: PLC0415 - only a worker needs it

    if not order.leased:
        return None
    return ClusterLease(
        api,
        namespace=order.plan.namespace,
        name=order.plan.lock,
        identity=marks.driver,
        notes=marks.on_lease(),
        is_dead=died_here,
    )


def _marks(order: Order, *, identity: str) -> Marks:
    return Marks(
        release=order.release,
        driver=identity,
        version=VERSION,
        way_back=way_back_of(order.plan, leased=order.leased),
    )
