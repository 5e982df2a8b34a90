"""Where a command's words lead: to which cluster, and to which namespace where nobody names one."""

from __future__ import annotations

import os

from msgspec.structs import replace

from console.errors import ClusterError
from console.host.order import Order, Reach
from console.identity import Resolved
from console.plan.model import Plan


def resolved(reach: Reach, plan: Plan, *, namespace: str | None, digest: str = "") -> Resolved | None:
    """Find what the words come to; None where there is no way in, which the preflight then says.

    `digest` is that of the plan's file.
    """
    from console.cluster.resolve import resolve  # noqa: PLC0415 - imports ssl, which not every command needs

    try:
        return resolve(
            kubeconfig=reach.kubeconfig,
            context=reach.context,
            namespace=namespace or plan.namespace or None,
            variables=os.environ,
            plan=digest,
        )
    except ClusterError:
        return None


def in_its_namespace(plan: Plan, *, namespace: str | None = None, reach: Reach | None = None) -> Plan:
    """Give the plan with the namespace that is said, its own, or the context's, as kubectl does."""
    if namespace or plan.namespace:
        return replace(plan, namespace=namespace or plan.namespace)
    return placed(plan, resolved(reach or Reach(), plan, namespace=None))


def placed(plan: Plan, found: Resolved | None) -> Plan:
    """Give the plan with the namespace that was found; without a way in with kubectl's own default."""
    from console.cluster.resolve import NAMESPACE  # noqa: PLC0415 - as above

    return replace(plan, namespace=found.namespace if found else plan.namespace or NAMESPACE)


def way_named(*, kubeconfig: str | None, context: str | None) -> Reach | None:
    """Give the way into a cluster that a person names; None where they name none.

    Raises `ClusterError` where that is no way in.
    """
    if kubeconfig is None and context is None:
        return None
    from console.cluster.resolve import resolve  # noqa: PLC0415 - as above

    found = resolve(kubeconfig=kubeconfig, context=context, namespace=None, variables=os.environ)
    return Reach(kubeconfig=kubeconfig, context=context, resolved=found)


def led_by(order: Order, way: Reach | None) -> Order:
    """Give the order of a release with another way into its cluster, where there is one.

    The cluster's identity stays what it was: a way that leads elsewhere is not gone.
    """
    if way is None or way.resolved is None:
        return order
    before = order.reach.resolved
    found = replace(way.resolved, namespace=order.plan.namespace, plan=before.plan if before else "")
    reach = replace(order.reach, kubeconfig=way.kubeconfig, context=way.context, resolved=found)
    return replace(order, reach=reach)


def refuse_elsewhere(order: Order) -> None:
    """Raise `AnotherCluster` where the way of a release leads to another cluster than its own.

    Only that is refused here: a cluster that can't be reached now is the worker's to wait for.
    """
    if order.reach.identity is None:
        return
    from console.worker.connect import led_elsewhere  # noqa: PLC0415 - imports asyncio

    if error := led_elsewhere(order.plan, order.reach):
        raise error
