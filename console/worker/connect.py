"""From an order to the ports of a worker: the cluster, its router and pods, and Prometheus.

The adapters are imported here and only when a worker starts: the libraries behind them cost more than half
a second, which no first frame should wait for.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from console.cluster.api import Api
from console.errors import ClusterError
from console.evidence import Pods
from console.host.order import Order, Reach
from console.plan.model import Plan
from console.preflight import Check
from console.traffic.marks import Marks, way_back_of
from console.traffic.rights import lease_name, rights_of
from console.traffic.router import CALL_S, Split
from console.version import VERSION
from console.worker.lease import Lease
from console.worker.ports import Ports

if TYPE_CHECKING:
    from console.cluster.lease import Holder

ACCOUNT_DEADLINE_S = 2.0


def connect(order: Order) -> Ports:
    """Reach for everything that the plan names.

    A cluster that can't even be addressed (no kubeconfig, no such context) becomes a router that says so
    in the preflight, so that it is on record like everything else.
    """
    from console.cluster.client import Cluster  # noqa: PLC0415 - imports kubernetes
    from console.cluster.pods import PodWatch  # noqa: PLC0415 - belongs to the cluster
    from console.cluster.whoami import who_am_i  # noqa: PLC0415 - belongs to the cluster
    from console.metrics.evidence_source import PrometheusSource  # noqa: PLC0415 - belongs to Prometheus
    from console.metrics.prometheus import Prometheus  # noqa: PLC0415 - imports requests
    from console.traffic.istio import IstioVirtualService  # noqa: PLC0415 - belongs to the cluster

    plan = order.plan
    source = PrometheusSource(plan, Prometheus(plan.metrics.prometheus))
    try:
        cluster = Cluster.connect(
            kubeconfig=order.reach.kubeconfig, context=order.reach.context, namespace=plan.namespace
        )
    except ClusterError as error:
        missing = NoCluster(error)
        return Ports(
            router=missing,
            source=source,
            stable_pods=missing,
            canary_pods=missing,
            cluster="unreachable",
        )
    return Ports(
        router=IstioVirtualService(
            cluster,
            plan,
            rights=rights_of(plan, leased=order.leased),
            marks=_marks(order),
        ),
        source=source,
        stable_pods=PodWatch(cluster, namespace=plan.namespace, deployment=plan.stable.deployment),
        canary_pods=PodWatch(cluster, namespace=plan.namespace, deployment=plan.canary.deployment),
        cluster=cluster.context or cluster.server,
        lease=_lease(order, cluster),
        account=partial(who_am_i, cluster, certificate=cluster.certificate, deadline_s=ACCOUNT_DEADLINE_S),
    )


def lease_holder(plan: Plan, reach: Reach) -> Holder | None:
    """Ask the cluster who drives the plan's router now; None where nobody does. Raises `ClusterError`."""
    from console.cluster.client import Cluster  # noqa: PLC0415 - imports kubernetes
    from console.cluster.lease import ClusterLease  # noqa: PLC0415 - only a takeover needs it here

    cluster = Cluster.connect(kubeconfig=reach.kubeconfig, context=reach.context, namespace=plan.namespace)
    lease = ClusterLease(cluster, namespace=plan.namespace, name=lease_name(plan.driven), identity="")
    return asyncio.run(lease.holder())


def _lease(order: Order, api: Api) -> Lease | None:
    from console.cluster.lease import ClusterLease  # noqa: PLC0415 - only a worker needs it

    if not order.leased:
        return None
    return ClusterLease(
        api,
        namespace=order.plan.namespace,
        name=lease_name(order.plan.driven),
        identity=order.identity,
        notes=_marks(order).on_lease(),
    )


def _marks(order: Order) -> Marks:
    return Marks(
        release=order.release,
        driver=order.identity,
        version=VERSION,
        way_back=way_back_of(order.plan, leased=order.leased),
    )


class NoCluster:
    """Stands for a cluster that can't be addressed: everything asked of it gives the same error."""

    def __init__(self, error: ClusterError) -> None:
        self._error = error

    async def preflight(self) -> tuple[Check, ...]:
        """Say what is wrong."""
        return (Check(name="cluster", ok=False, words=self._error.with_hint),)

    async def read(self, *, deadline_s: float = CALL_S) -> Split:  # noqa: ARG002 - the protocol's names
        """Raise what was wrong."""
        raise self._error

    async def write(
        self,
        weight: int,  # noqa: ARG002 - the protocol's names
        *,
        base: Split,  # noqa: ARG002 - as above
        deadline_s: float = CALL_S,  # noqa: ARG002 - as above
    ) -> Split:
        """Raise what was wrong."""
        raise self._error

    async def sign_off(self) -> None:
        """Leave what was never reached."""

    async def look(self, *, deadline_s: float) -> Pods:  # noqa: ARG002 - the protocol's names
        """Raise what was wrong."""
        raise self._error
