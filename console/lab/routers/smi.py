"""The Service Mesh Interface's TrafficSplit in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="split.smi-spec.io",
    versions=("v1alpha4", "v1alpha3", "v1alpha1", "v1alpha2"),
    plural="trafficsplits",
    kind="TrafficSplit",
    short_names=("ts",),
    custom=True,
)
