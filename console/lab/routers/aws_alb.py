"""Kubernetes' Ingress in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="networking.k8s.io",
    versions=("v1",),
    plural="ingresses",
    kind="Ingress",
    short_names=("ing",),
    has_status=True,
)
