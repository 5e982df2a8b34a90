"""Which series of the application count its requests, where a plan says so itself: the preset `pods`."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

PRESET = "pods"
"""The preset whose series a plan names."""
USUAL_STATUSES = ("status", "code", "status_code")
"""Labels that commonly hold an HTTP status, beside a counter that no known library names."""
UNITS_MS = {"s": 1000.0, "ms": 1.0}
"""Milliseconds in the unit of a histogram, by the plan's word for it."""


class Series(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Names of metrics and labels."""

    requests: str
    """The counter of requests."""
    status: str = ""
    """The label that holds the HTTP status; empty: the one of `USUAL_STATUSES` that holds one."""
    grpc: str = ""
    """The label that holds a gRPC status; with it there is no HTTP status."""
    errors: str = ""
    """Matchers of the requests that failed, where no label holds a status: all others count as good."""
    latency: str = ""
    """The buckets of the latency's histogram; empty where latency is not told."""
    unit: str = "s"
    """Of the buckets' edges: one of `UNITS_MS`."""
    pod: str = "pod"
    """The label that holds the pod's name."""
    address: str = ""
    """The label that holds the pod's IP, with or without a port; empty where its name is there."""
    version: str = ""
    """The label that holds a version's name; empty where pods tell the versions apart."""
    namespace: str = "namespace"
    """The label that holds the namespace; empty where there is none."""
    where: str = ""
    """More matchers, as between braces; `{{version}}` and `{{namespace}}` are filled in."""

    @property
    def statuses(self) -> tuple[str, ...]:
        """Name the labels that may hold the HTTP status; none where something else tells failures."""
        if self.status:
            return (self.status,)
        return () if self.grpc or self.errors else USUAL_STATUSES

    @property
    def in_words(self) -> str:
        """Say what counts, and what tells the versions apart."""
        if self.version:
            return f"{self.requests}, the versions told by the label {self.version}"
        held = f"address in the label {self.address}" if self.address else f"name in the label {self.pod}"
        return f"{self.requests}, the versions told by each pod's {held}"


class _Known(NamedTuple):
    """What a library that is much used writes."""

    requests: str
    status: str
    latency: str
    grpc: str = ""


KNOWN = (
    # prom-client, client_golang's promhttp and whoever follows Prometheus' own examples.
    _Known("http_requests_total", "", "http_request_duration_seconds_bucket"),
    _Known("http_request_duration_seconds_count", "", "http_request_duration_seconds_bucket"),
    # go-gin-prometheus, with the subsystem `gin` of its README.
    _Known("gin_requests_total", "code", "gin_request_duration_seconds_bucket"),
    # prometheus-net of ASP.NET.
    _Known("http_requests_received_total", "code", "http_request_duration_seconds_bucket"),
    # OpenTelemetry's semantic conventions, since 1.23 and before.
    _Known(
        "http_server_request_duration_seconds_count",
        "http_response_status_code",
        "http_server_request_duration_seconds_bucket",
    ),
    _Known(
        "http_server_duration_milliseconds_count",
        "http_status_code",
        "http_server_duration_milliseconds_bucket",
    ),
    # Micrometer, as Spring Boot has it.
    _Known("http_server_requests_seconds_count", "status", "http_server_requests_seconds_bucket"),
    # go-grpc-prometheus and go-grpc-middleware.
    _Known("grpc_server_handled_total", "", "grpc_server_handling_seconds_bucket", grpc="grpc_code"),
)
"""Each library's counter, and what stands beside it; the first is the default."""

_NAMED_UNITS = {"_seconds_bucket": "s", "_milliseconds_bucket": "ms", "_ms_bucket": "ms"}


def known_beside(requests: str) -> Series:
    """Return what stands beside this counter; of one that no library here has, only its name is known."""
    for each in KNOWN:
        if each.requests == requests:
            return Series(
                requests=requests,
                status=each.status,
                grpc=each.grpc,
                latency=each.latency,
                unit=unit_in(each.latency) or "s",
            )
    return Series(requests=requests)


def unit_in(latency: str) -> str:
    """Read the unit off a histogram's name; empty where it does not say."""
    return next((unit for ending, unit in _NAMED_UNITS.items() if latency.endswith(ending)), "")
