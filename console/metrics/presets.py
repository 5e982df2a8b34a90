"""The queries for each mesh: templates that `look` fills and asks.

They ask for raw counters, not for `rate()` or `increase()`: those extrapolate, need four scrapes in their
window before they are steady, and hide in a sum the moment when one process restarts. Requests are asked
for series by series: a sum shrinks when a proxy drops the series of an idle caller, and that is no restart.

What the destination reports is asked, so that requests of retries and of mirrors are told apart by the
mesh itself. What never reached a pod, or got no answer, the callers' proxies tell, where the mesh has them.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Part(StrEnum):
    """What a row of the counters' answer is."""

    REQUESTS = "requests"
    BUCKETS = "buckets"
    SCRAPED = "scraped"
    RESETS = "resets"
    CALLERS = "callers"
    """Requests that failed for their callers."""
    CALLED = "called"
    """When each caller was scraped."""


class Preset(Struct, frozen=True, kw_only=True):
    """The queries for one mesh.

    Those for both versions at once know `{{namespace}}` and `{{deployments}}`; those for one version
    `{{namespace}}`, `{{deployment}}` and `{{version}}`.
    """

    name: str
    workload_label: str
    """The label that holds the deployment's name."""
    code_label: str
    """The label that holds the HTTP status."""
    grpc_label: str
    """The label that holds a gRPC call's own status."""
    asked_label: str
    """The label that holds the `Part`."""
    flags_label: str
    """The label that holds what a proxy says of a failure."""
    host_label: str
    """The label that holds the name of the service that was called."""
    astray: str
    """For the counters' question, where each version has a host of its own: requests to one of `{{hosts}}`
    that never came to a pod."""
    of_requests: tuple[str, ...]
    """How the labels begin that the mesh gives its requests: each tells some of them from others."""
    counters: str
    """All that is counted, in one question: two may be answered by two Prometheis. A row is a counter of
    requests, of one process's requests below a bound, when a process was scraped, or how often counters of
    it began anew in the last minutes. Both versions."""
    requests: str
    """For the past: counters of requests by workload, instance, pod and both statuses; both versions."""
    buckets: str
    """For the past: cumulative buckets by workload, instance, pod and `le` in milliseconds; both versions."""
    newest: str
    """When the newest sample of each workload was scraped; both versions."""
    watched: str
    """Processes that are scraped now, with or without a request yet; both versions."""
    cpu: str
    """Cores used by all pods of one version."""
    memory: str
    """Bytes used by all pods of one version."""
    scraped_every: str
    """Seconds between two scrapes; empty where the series are too young to tell. Both versions."""
    workloads: str
    """Series by workload in the namespace: what is there, when a version is not found."""


# Two Prometheis that scrape the same pods, or one that scrapes them in two jobs, would count every request
# twice. `max without` folds their copies into one before the sum.
_COPIES = "job, prometheus_replica, replica"
_ISTIO = (
    'reporter="destination",destination_workload_namespace="{{namespace}}",'
    'destination_workload=~"{{deployments}}"'
)
# A Deployment's pods are named by its own name, a hash and five letters. A bare `.*` would take in the
# pods of checkout-worker when checkout is meant.
_POD_SUFFIX = "-[0-9a-z]+-[0-9a-z]{5}"
_POD = f'namespace="{{{{namespace}}}}",pod=~"{{{{deployment}}}}{_POD_SUFFIX}"'
# The row without a container is the pod's total, and POD is the pause container: either counts twice.
_CONTAINER = f'{_POD},container!="",container!="POD"'


def scraped_every(selector: str) -> str:
    """Ask how many seconds apart samples are.

    Only series that are older than a minute count, or a young one would look like a slow one.
    """
    return f"60 / max(count_over_time({selector}[1m]) < count_over_time({selector}[5m]))"


_ASKED = "pithead_asked"


def _part(part: Part, promql: str) -> str:
    return f'label_replace({promql}, "{_ASKED}", "{part}", "", "")'


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
_ALL = ", ".join((*_OF_THE_POD, *_OF_THE_REQUEST))
_REQUESTS = f"istio_requests_total{{{_ISTIO}}}"
_FAILED = 'response_code=~"0|5.."'
_CALLERS = (
    'reporter="source",destination_workload_namespace="{{namespace}}",'
    f'destination_workload=~"{{{{deployments}}}}",{_FAILED}'
)
_ASTRAY = (
    'reporter="source",destination_workload="unknown",destination_service_namespace="{{namespace}}",'
    f'destination_service_name=~"{{{{hosts}}}}",{_FAILED}'
)


def _callers(selector: str) -> tuple[str, str]:
    requests = f"istio_requests_total{{{selector}}}"
    return (
        _part(Part.CALLERS, f"sum without ({', '.join(_OF_THE_POD)}) ({requests})"),
        _part(Part.CALLED, f"max without ({_ALL}) (timestamp({requests}))"),
    )


_COUNTERS = " or ".join(
    (
        _part(Part.REQUESTS, f"sum without ({', '.join(_OF_THE_POD)}) ({_REQUESTS})"),
        _part(Part.BUCKETS, f"sum without ({_ALL}) (istio_request_duration_milliseconds_bucket{{{_ISTIO}}})"),
        _part(Part.SCRAPED, f"max without ({_ALL}) (timestamp({_REQUESTS}))"),
        _part(Part.RESETS, f"sum without ({_ALL}) (resets({_REQUESTS}[5m]))"),
        *_callers(_CALLERS),
    )
)

ISTIO = Preset(
    name="istio",
    workload_label="destination_workload",
    code_label="response_code",
    grpc_label="grpc_response_status",
    asked_label=_ASKED,
    flags_label="response_flags",
    host_label="destination_service_name",
    astray=" or ".join(_callers(_ASTRAY)),
    of_requests=("connection_", "destination_", "grpc_", "request_", "response_", "source_"),
    counters=_COUNTERS,
    requests=(
        "sum by (destination_workload, instance, pod, grpc_response_status, response_code) ("
        f"max without ({_COPIES}) (istio_requests_total{{{_ISTIO}}}))"
    ),
    buckets=(
        "sum by (destination_workload, instance, pod, le) ("
        f"max without ({_COPIES}) (istio_request_duration_milliseconds_bucket{{{_ISTIO}}}))"
    ),
    newest=f"max by (destination_workload) (timestamp(istio_requests_total{{{_ISTIO}}}))",
    watched=(
        'max by (instance, pod) (up{namespace="{{namespace}}",'
        f'pod=~"({{{{deployments}}}}){_POD_SUFFIX}"}}) == 1'
    ),
    # A window of 2 minutes holds two scrapes of the kubelet even where it is scraped once a minute.
    cpu=f"sum(rate(container_cpu_usage_seconds_total{{{_CONTAINER}}}[2m]))",
    memory=f"sum(container_memory_working_set_bytes{{{_CONTAINER}}})",
    scraped_every=scraped_every(f"istio_requests_total{{{_ISTIO}}}"),
    workloads=(
        "count by (destination_workload_namespace, destination_workload, reporter) (istio_requests_total)"
    ),
)

PRESETS = {preset.name: preset for preset in (ISTIO,)}


def event_query(selector: str) -> str:
    """Ask for an event's counter, as raw as the requests' are: one row a process."""
    return f"sum by (instance, pod) (max without ({_COPIES}) ({selector}))"
