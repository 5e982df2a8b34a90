"""Gateway API's HTTPRoute in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="gateway.networking.k8s.io",
    versions=("v1", "v1beta1"),
    plural="httproutes",
    kind="HTTPRoute",
    has_status=True,
    custom=True,
)
