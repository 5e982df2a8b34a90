"""Consul's ServiceSplitter in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="consul.hashicorp.com",
    versions=("v1alpha1",),
    plural="servicesplitters",
    kind="ServiceSplitter",
    short_names=("service-splitter",),
    has_status=True,
    custom=True,
)
