"""Apache APISIX's ApisixRoute in the lab: stored and written, and served by nobody."""

from __future__ import annotations

from console.lab.kube.resource import Resource

OBJECT = Resource(
    group="apisix.apache.org",
    versions=("v2",),
    plural="apisixroutes",
    kind="ApisixRoute",
    short_names=("ar",),
    has_status=True,
    custom=True,
)
