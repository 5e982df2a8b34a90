"""What a plan's release asks of the Kubernetes API, as rights, whatever its router is.

`console.traffic.registry.rights_of` adds what its router needs. `pithead rbac` prints them, and the preflight
asks for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cluster import lease_object
from console.cluster.rights import Right

if TYPE_CHECKING:
    from console.plan.model import Plan

DISCOVERY, ENDPOINT_SLICES = "discovery.k8s.io", "endpointslices"
ARGO, ROLLOUTS = "argoproj.io", "rollouts"


def rights_around(plan: Plan) -> tuple[Right, ...]:
    """Return what the look at both versions, and at who else steers their traffic, asks of any cluster."""
    deployments = (plan.stable.deployment, plan.canary.deployment)
    return (
        *(named("get", "apps", "deployments", name) for name in deployments),
        # Pods and rollouts are found by listing, which no name can narrow. A ReplicaSet tells whose a pod is.
        Right(verb="list", group="", plural="pods"),
        Right(verb="list", group="apps", plural="replicasets"),
        Right(verb="list", group=ARGO, plural=ROLLOUTS),
        # What a destination selects: the Service's name may stand in the route alone, and not in the plan.
        Right(verb="list", group="", plural="services"),
        Right(verb="list", group=DISCOVERY, plural=ENDPOINT_SLICES),
    )


def rights_to_the_lease(plan: Plan) -> tuple[Right, ...]:
    """Return what taking and keeping the router's lease asks."""
    # A name can't narrow a creation: the API server decides before it has read the object.
    return (
        Right(verb="create", group=lease_object.GROUP, plural=lease_object.PLURAL),
        *(named(verb, lease_object.GROUP, lease_object.PLURAL, plan.lock) for verb in ("get", "patch")),
    )


def to_read_the_lease(plan: Plan) -> Right:
    """Return the right that a release without a lease does not need, and uses where it has it."""
    return named("get", lease_object.GROUP, lease_object.PLURAL, plan.lock)


def rights_at_prometheus(plan: Plan) -> tuple[str, tuple[Right, ...]] | None:
    """Return the namespace and rights of asking Prometheus through the API server; None without that."""
    access = plan.metrics.access
    if not access or access.service is None:
        return None
    return access.service.namespace, (named("get", "", "services/proxy", access.service.target),)


def named(verb: str, group: str, plural: str, name: str) -> Right:
    """Return a right to one object."""
    return Right(verb=verb, group=group, plural=plural, name=name)
