"""Istio's sidecars, by its standard metrics.

They are asked for raw counters, not for `rate()` or `increase()`: those extrapolate, need four scrapes in
their window before they are steady, and hide in a sum the moment when one process restarts. Requests are
asked for series by series: a sum shrinks when a proxy drops the series of an idle caller, and that is no
restart.

What the destination reports is asked, so that requests of retries and of mirrors are told apart by the
mesh itself. What never reached a pod, or got no answer, the callers' proxies tell, where the mesh has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.metrics.preset import OfCallers, Preset
from console.metrics.promql import COPIES, Part, part_of, scraped_every

if TYPE_CHECKING:
    from console.plan.model import MetricsSource

_SELECTED = (
    'reporter="destination",destination_workload_namespace="{{namespace}}",'
    'destination_workload=~"{{workloads}}"'
)
_REQUESTS = f"istio_requests_total{{{_SELECTED}}}"
_BUCKETS = f"istio_request_duration_milliseconds_bucket{{{_SELECTED}}}"
# Envoy's own word, which Istio's proxies give unless they are told not to.
_UPTIME = (
    f'envoy_server_uptime{{namespace="{{{{namespace}}}}"}} and on (namespace, pod, instance) {_REQUESTS}'
)

# What Istio says of a pod is the same for all of its requests; what it says of a request is not.
_OF_THE_POD = (
    "destination_app",
    "destination_canonical_revision",
    "destination_canonical_service",
    "destination_cluster",
    "destination_principal",
    "destination_version",
    "destination_workload_namespace",
    "reporter",
)
_OF_THE_REQUEST = (
    "connection_security_policy",
    "destination_service",
    "destination_service_name",
    "destination_service_namespace",
    "grpc_response_status",
    "request_protocol",
    "response_code",
    "response_flags",
    "source_app",
    "source_canonical_revision",
    "source_canonical_service",
    "source_cluster",
    "source_principal",
    "source_version",
    "source_workload",
    "source_workload_namespace",
)
_POD = ", ".join(_OF_THE_POD)
_ALL = ", ".join((*_OF_THE_POD, *_OF_THE_REQUEST))

_FAILED = 'response_code=~"0|5.."'
_FAILED_FOR_CALLERS = (
    'reporter="source",destination_workload_namespace="{{namespace}}",'
    f'destination_workload=~"{{{{workloads}}}}",{_FAILED}'
)
_ASTRAY = (
    'reporter="source",destination_workload="unknown",destination_service_namespace="{{namespace}}",'
    f'destination_service_name=~"{{{{hosts}}}}",{_FAILED}'
)


def _told_by_callers(selector: str) -> tuple[str, str]:
    requests = f"istio_requests_total{{{selector}}}"
    return (
        part_of(Part.CALLERS, f"sum without ({_POD}) ({requests})"),
        part_of(Part.CALLED, f"max without ({_ALL}) (timestamp({requests}))"),
    )


PRESET = Preset(
    program="the mesh's proxies",
    workload_label="destination_workload",
    code_label="response_code",
    grpc_label="grpc_response_status",
    of_requests=("connection_", "destination_", "grpc_", "request_", "response_", "source_"),
    latency_is="from a request's first byte to its answer's last, at the pod's own proxy",
    edges="the annotation sidecar.istio.io/statsHistogramBuckets of the pods has the mesh's edges",
    callers=OfCallers(
        flags_label="response_flags",
        host_label="destination_service_name",
        astray=" or ".join(_told_by_callers(_ASTRAY)),
        # No healthy host, no connection, no route, no cluster, too many at once.
        sent_nowhere=frozenset({"UH", "UF", "NR", "NC", "UO"}),
        # The connection ended or was reset, too late, tried too often.
        lost=frozenset({"UC", "UR", "UT", "URX", "LR"}),
    ),
    counters=" or ".join(
        (
            part_of(Part.REQUESTS, f"sum without ({_POD}) ({_REQUESTS})"),
            part_of(Part.BUCKETS, f"sum without ({_ALL}) ({_BUCKETS})"),
            part_of(Part.SCRAPED, f"max without ({_ALL}) (timestamp({_REQUESTS}))"),
            part_of(Part.RESETS, f"sum without ({_ALL}) (resets({_REQUESTS}[5m]))"),
            part_of(Part.UPTIME, f"max without ({_ALL}) ({_UPTIME})"),
            *_told_by_callers(_FAILED_FOR_CALLERS),
        )
    ),
    requests=(
        "sum by (destination_workload, instance, pod, grpc_response_status, response_code) ("
        f"max without ({COPIES}) ({_REQUESTS}))"
    ),
    buckets=f"sum by (destination_workload, instance, pod, le) (max without ({COPIES}) ({_BUCKETS}))",
    raw=f'{{__name__=~"istio_requests_total|istio_request_duration_milliseconds_bucket",{_SELECTED}}}',
    raw_requests="istio_requests_total",
    newest=f"max by (destination_workload) (timestamp({_REQUESTS}))",
    scraped_every=scraped_every(_REQUESTS),
    workloads=(
        "count by (destination_workload_namespace, destination_workload, reporter) (istio_requests_total)"
    ),
    instead={
        (
            "reporter",
            "waypoint",
        ): "a waypoint of the ambient mesh counts them, which names no pod: its pods need sidecars",
        (
            "reporter",
            "source",
        ): "its callers alone count them: give its pods a sidecar, and have that scraped",
    },
)


def preset(_metrics: MetricsSource) -> Preset:
    """Return the one that needs no telling."""
    return PRESET
