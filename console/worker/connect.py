"""From an order to the ports of a worker: the cluster, its router and pods, and Prometheus.

The adapters are imported here and only when a worker starts: the libraries behind them cost more than half
a second, which no first frame should wait for.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from console.cluster.api import Api
from console.host.order import Order, Reach
from console.plan.model import Plan
from console.traffic.marks import Marks, way_back_of
from console.traffic.rights import lease_name, rights_of
from console.version import VERSION
from console.worker.lease import Lease
from console.worker.ports import Ports

if TYPE_CHECKING:
    from console.cluster.lease import Holder

ACCOUNT_DEADLINE_S = 2.0


def connect(order: Order) -> Ports:
    """Reach for everything that the plan names.

    A cluster that can't even be addressed now (no kubeconfig, no such context, a plugin that fails) says so
    with each call, and so in the preflight, so that it is on record like everything else; it is found when
    it can be.
    """
    from console.cluster.client import Cluster  # noqa: PLC0415 - imports kubernetes
    from console.cluster.pods import PodWatch  # noqa: PLC0415 - belongs to the cluster
    from console.cluster.whoami import who_am_i  # noqa: PLC0415 - belongs to the cluster
    from console.metrics.evidence_source import PrometheusSource  # noqa: PLC0415 - belongs to Prometheus
    from console.metrics.prometheus import Prometheus  # noqa: PLC0415 - imports requests
    from console.traffic.istio import IstioVirtualService  # noqa: PLC0415 - belongs to the cluster

    plan = order.plan
    source = PrometheusSource(plan, Prometheus(plan.metrics.prometheus))
    cluster = Cluster.connect(
        kubeconfig=order.reach.kubeconfig, context=order.reach.context, namespace=plan.namespace
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
        cluster=cluster.context or "unreachable",
        lease=_lease(order, cluster),
        account=partial(who_am_i, cluster, otherwise=lambda: cluster.account, deadline_s=ACCOUNT_DEADLINE_S),
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
