"""Istio's VirtualService in the lab."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="networking.istio.io",
    versions=("v1", "v1beta1", "v1alpha3"),
    plural="virtualservices",
    kind="VirtualService",
    short_names=("vs",),
    has_status=True,
    custom=True,
)
