"""Contour's HTTPProxy in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="projectcontour.io",
    versions=("v1",),
    plural="httpproxies",
    kind="HTTPProxy",
    short_names=("proxy", "proxies"),
    has_status=True,
    custom=True,
)
