"""The kinds that the lab's Kubernetes API serves: Kubernetes' own, and the object of each kind of router."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from console.lab import routers
from console.lab.kube.resource import Resource
from console.plan.routers import NAMES

DEPLOYMENTS = Resource(
    group="apps",
    versions=("v1",),
    plural="deployments",
    kind="Deployment",
    short_names=("deploy",),
    has_status=True,
)
REPLICA_SETS = Resource(
    group="apps",
    versions=("v1",),
    plural="replicasets",
    kind="ReplicaSet",
    short_names=("rs",),
    has_status=True,
)
PODS = Resource(group="", versions=("v1",), plural="pods", kind="Pod", short_names=("po",), has_status=True)
EVENTS = Resource(group="", versions=("v1",), plural="events", kind="Event", short_names=("ev",))
LEASES = Resource(group="coordination.k8s.io", versions=("v1",), plural="leases", kind="Lease")
ACCESS_REVIEWS = Resource(
    group="authorization.k8s.io",
    versions=("v1",),
    plural="selfsubjectaccessreviews",
    kind="SelfSubjectAccessReview",
    namespaced=False,
    verbs=("create",),
)
SELF_REVIEWS = Resource(
    group="authentication.k8s.io",
    versions=("v1",),
    plural="selfsubjectreviews",
    kind="SelfSubjectReview",
    namespaced=False,
    verbs=("create",),
)

RESOURCES: tuple[Resource, ...] = (
    PODS,
    EVENTS,
    DEPLOYMENTS,
    REPLICA_SETS,
    LEASES,
    ACCESS_REVIEWS,
    SELF_REVIEWS,
    *dict.fromkeys(import_module(f"{routers.__name__}.{name}").OBJECT for name in NAMES),
)


def find(*, group: str, version: str, plural: str) -> Resource | None:
    """Find the kind that is served at this place, if one is."""
    for resource in RESOURCES:
        if resource.group == group and resource.plural == plural and version in resource.versions:
            return resource
    return None


def group_versions() -> dict[str, tuple[str, ...]]:
    """List the named groups with their versions, the preferred one first."""
    return {resource.group: resource.versions for resource in RESOURCES if resource.group}


def api_resource_list(*, group: str, version: str) -> dict[str, Any] | None:
    """Describe what one group and version hold, or None where it is not served."""
    held = [r for r in RESOURCES if r.group == group and version in r.versions]
    if not held:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": held[0].api_version(version),
        "resources": [entry for resource in held for entry in resource.discovery()],
    }


def api_group(group: str) -> dict[str, Any] | None:
    """Describe one named group, or None where it is not served."""
    versions = group_versions().get(group)
    if versions is None:
        return None
    served = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": group,
        "versions": served,
        "preferredVersion": served[0],
    }


def api_group_list() -> dict[str, Any]:
    """Describe every named group."""
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [api_group(group) for group in group_versions()],
    }
