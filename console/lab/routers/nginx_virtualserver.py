"""NGINX Ingress Controller's VirtualServer in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="k8s.nginx.org",
    versions=("v1",),
    plural="virtualservers",
    kind="VirtualServer",
    has_status=True,
    custom=True,
)
