"""All that a plan's release asks of the Kubernetes API, as rights.

`pithead rbac` prints them, and the preflight asks for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cluster import lease
from console.cluster.rights import Right

if TYPE_CHECKING:
    from console.plan.model import IstioRouter, Plan

ISTIO, VIRTUAL_SERVICES = "networking.istio.io", "virtualservices"
DESTINATION_RULES = "destinationrules"
DISCOVERY, ENDPOINT_SLICES = "discovery.k8s.io", "endpointslices"
ARGO, ROLLOUTS = "argoproj.io", "rollouts"


def lease_name(router: IstioRouter) -> str:
    """Name the lease after the object that is driven: two plans for one object exclude each other."""
    return lease_of(router.virtual_service)


def lease_of(virtual_service: str) -> str:
    """Name the lease of a VirtualService."""
    return f"pithead-istio-{virtual_service}"


def rights_of(plan: Plan, *, leased: bool) -> tuple[Right, ...]:
    """Give the rights in the plan's namespace, and not one more."""
    router = plan.driven.virtual_service
    deployments = (plan.stable.deployment, plan.canary.deployment)
    return (
        *(_named(verb, ISTIO, VIRTUAL_SERVICES, router) for verb in ("get", "patch")),
        *(_named("get", "apps", "deployments", name) for name in deployments),
        # Pods and rollouts are found by listing, which no name can narrow.
        Right(verb="list", group="", plural="pods"),
        Right(verb="list", group=ARGO, plural=ROLLOUTS),
        # What a destination selects: the Service's name may stand in the route alone, and not in the plan.
        Right(verb="list", group="", plural="services"),
        Right(verb="list", group=DISCOVERY, plural=ENDPOINT_SLICES),
        *(Right(verb="list", group=ISTIO, plural=DESTINATION_RULES) for _ in _subsets(plan)[:1]),
        *(_of_the_lease(lease_name(plan.driven)) if leased else ()),
    )


def to_read_the_lease(plan: Plan) -> Right:
    """Give the right that a release without a lease does not need, and uses where it has it."""
    return _named("get", lease.GROUP, lease.PLURAL, lease_name(plan.driven))


def rights_at_prometheus(plan: Plan) -> tuple[str, tuple[Right, ...]] | None:
    """Give what asking Prometheus through the API server takes, and in which namespace; None without that."""
    access = plan.metrics.access
    if not access or access.service is None:
        return None
    return access.service.namespace, (_named("get", "", "services/proxy", access.service.target),)


def _subsets(plan: Plan) -> list[str]:
    return [each.subset for each in (plan.driven.stable, plan.driven.canary) if each.subset]


def _of_the_lease(name: str) -> tuple[Right, ...]:
    # A name can't narrow a creation: the API server decides before it has read the object.
    return (
        Right(verb="create", group=lease.GROUP, plural=lease.PLURAL),
        *(_named(verb, lease.GROUP, lease.PLURAL, name) for verb in ("get", "patch")),
    )


def _named(verb: str, group: str, plural: str, name: str) -> Right:
    return Right(verb=verb, group=group, plural=plural, name=name)
