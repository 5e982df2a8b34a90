"""Traefik's TraefikService in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="traefik.io",
    versions=("v1alpha1",),
    plural="traefikservices",
    kind="TraefikService",
    custom=True,
)
