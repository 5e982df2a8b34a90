"""The kinds that the lab's Kubernetes API serves, and how it tells clients about them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

READ = ("get", "list", "watch")
WRITE = ("create", "delete", "patch", "update")


class Resource(Struct, frozen=True, kw_only=True):
    """One kind of object, as the API's paths and discovery name it."""

    group: str
    """Empty for the core group."""
    versions: tuple[str, ...]
    """Served versions, the preferred one first; all are served from one store."""
    plural: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    has_status: bool = False
    """Whether status is written only at `/status`, and never by a write to the object."""
    verbs: tuple[str, ...] = READ + WRITE

    @property
    def full_name(self) -> str:
        """The name in the API's own messages: `virtualservices.networking.istio.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def api_version(self, version: str) -> str:
        """Say `version` as objects do: `networking.istio.io/v1`, or `v1` in the core group."""
        return f"{self.group}/{version}" if self.group else version

    def discovery(self) -> list[dict[str, Any]]:
        """Describe the kind, and its status where that is a resource of its own."""
        entry: dict[str, Any] = {
            "name": self.plural,
            "singularName": self.kind.lower(),
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": list(self.verbs),
        }
        if self.short_names:
            entry["shortNames"] = list(self.short_names)
        if not self.has_status:
            return [entry]
        status = {
            "name": f"{self.plural}/status",
            "singularName": "",
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": ["get", "patch", "update"],
        }
        return [entry, status]


VIRTUAL_SERVICES = Resource(
    group="networking.istio.io",
    versions=("v1", "v1beta1", "v1alpha3"),
    plural="virtualservices",
    kind="VirtualService",
    short_names=("vs",),
    has_status=True,
)
DEPLOYMENTS = Resource(
    group="apps",
    versions=("v1",),
    plural="deployments",
    kind="Deployment",
    short_names=("deploy",),
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

RESOURCES = (PODS, EVENTS, DEPLOYMENTS, LEASES, ACCESS_REVIEWS, SELF_REVIEWS, VIRTUAL_SERVICES)


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
