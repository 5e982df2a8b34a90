"""Linkerd's proxies, by what those of the callers tell of the backends of an HTTPRoute.

A workload is the Service that a route names as a backend. Each meshed caller counts how the requests to it
ended, those too that nobody answered: there the status is missing, and a label says why. A request that its
caller's proxy sends again counts each time. Latency is in seconds, from the request's last byte to the
answer's, within seven edges that are built in. What becomes of a gRPC call nobody tells here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.metrics.preset import Preset
from console.metrics.promql import COPIES, Part, part_of, scraped_every

if TYPE_CHECKING:
    from console.plan.model import MetricsSource

_SELECTED = 'backend_namespace="{{namespace}}",backend_name=~"{{workloads}}"'
_STATUSES = "outbound_http_route_backend_response_statuses_total"
_REQUESTS = f"{_STATUSES}{{{_SELECTED}}}"
_BUCKETS = f"outbound_http_route_backend_response_duration_seconds_bucket{{{_SELECTED}}}"

_OF_THE_BACKEND = ("backend_group", "backend_kind", "backend_namespace")
_OF_THE_REQUEST = (
    "backend_port",
    "backend_section_name",
    "error",
    "http_status",
    "parent_group",
    "parent_kind",
    "parent_name",
    "parent_namespace",
    "parent_port",
    "parent_section_name",
    "route_group",
    "route_kind",
    "route_name",
    "route_namespace",
)
_BACKEND = ", ".join(_OF_THE_BACKEND)
_ALL = ", ".join((*_OF_THE_BACKEND, *_OF_THE_REQUEST))


def _ended(promql: str) -> str:
    """Write the status `0` where there is none: nobody answered."""
    return f'label_replace({promql}, "http_status", "0", "http_status", "")'


PRESET = Preset(
    program="Linkerd's proxies",
    at_pods=False,
    workload_label="backend_name",
    workload_is="the Service that a route sends to",
    code_label="http_status",
    of_requests=("backend_", "error", "http_", "parent_", "route_"),
    latency_unit_ms=1000.0,
    latency_is="from a request's last byte to its answer's, each try by itself, at the callers' proxies",
    # How long a proxy has run it tells only without any label of the mesh: that would ask for all proxies.
    counters=" or ".join(
        (
            part_of(Part.REQUESTS, _ended(f"sum without ({_BACKEND}) ({_REQUESTS})")),
            part_of(Part.BUCKETS, f"sum without ({_ALL}) ({_BUCKETS})"),
            part_of(Part.SCRAPED, f"max without ({_ALL}) (timestamp({_REQUESTS}))"),
            part_of(Part.RESETS, f"sum without ({_ALL}) (resets({_REQUESTS}[5m]))"),
        )
    ),
    requests=_ended(
        f"sum by (backend_name, instance, pod, http_status) (max without ({COPIES}) ({_REQUESTS}))"
    ),
    buckets=f"sum by (backend_name, instance, pod, le) (max without ({COPIES}) ({_BUCKETS}))",
    newest=f"max by (backend_name) (timestamp({_REQUESTS}))",
    scraped_every=scraped_every(_REQUESTS),
    workloads=f"count by (backend_namespace, backend_name, backend_kind) ({_STATUSES})",
)


def preset(_metrics: MetricsSource) -> Preset:
    """Return the one that needs no telling."""
    return PRESET
