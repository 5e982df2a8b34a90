"""The metrics pages of applications, each as its library writes them, as far as it tells of requests served.

Read off: go-gin-prometheus at 0d8defda, middleware.go (labels; a histogram without buckets of its own has
those of client_golang's `DefBuckets`); spring-framework at 0705c260,
DefaultServerRequestObservationConvention.java (a request without a response has the status UNKNOWN), with the
label `error` that Micrometer adds and the way of writing seen in micrometer-metrics/micrometer#5462;
opentelemetry-go-contrib at 177173ef, instrumentation/net/http/otelhttp/internal/semconv/server.go (edges; a
status of 0 has no label), named as OpenTelemetry's exporter for Prometheus does; go-grpc-middleware at
28351d27, providers/prometheus/server_metrics.go (all statuses of a method are there from the start, and the
histogram has no status).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from console.evidence import Counts

_DEFAULTS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10")
"""`DefBuckets` of client_golang, seconds."""
_OTEL = (*_DEFAULTS[:4], "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5", "10")
_SPRING = ("0.05", "0.1", "0.2", "0.5", "1.0", "5.0")
"""As `management.metrics.distribution.slo` would name them; without it Spring has no buckets."""
FAST_S, SLOW_S = 0.04, 3.0

Served = Mapping[tuple[str, float], int]
"""Requests by their status and their latency in seconds."""


class Library(NamedTuple):
    """What writes a page, and what a plan says of it."""

    name: str
    series: dict[str, str]
    edges: tuple[str, ...]
    page: Callable[[Served], str]
    ends: dict[str, str]
    """How it writes an answer, a failure, a caller's fault, and no answer at all; absent where it can't."""


def gin(served: Served) -> str:
    requests = (
        f'gin_requests_total{{code="{status}",handler="main.pay",host="checkout.shop",method="GET",'
        f'url="/pay"}} {count}'
        for status, count in _by_status(served).items()
    )
    name = "gin_request_duration_seconds"
    return _page(
        "# HELP gin_requests_total How many HTTP requests processed, partitioned by status code and HTTP"
        " method.",
        "# TYPE gin_requests_total counter",
        *requests,
        f"# HELP {name} The HTTP request latencies in seconds.",
        f"# TYPE {name} histogram",
        *(
            line
            for status in _by_status(served)
            for line in _histogram(
                name, f'code="{status}",method="GET",url="/pay"', _of(served, status), edges=_DEFAULTS
            )
        ),
        *_started(),
    )


def spring(served: Served) -> str:
    name = "http_server_requests_seconds"
    outcomes = {"2": "SUCCESS", "4": "CLIENT_ERROR", "5": "SERVER_ERROR", "U": "UNKNOWN"}
    lines = (
        line
        for status in _by_status(served)
        for line in _histogram(
            name,
            f'error="none",exception="none",method="GET",outcome="{outcomes[status[0]]}",status="{status}",uri="/pay"',
            _of(served, status),
            edges=_SPRING,
        )
    )
    return _page(f"# HELP {name}  ", f"# TYPE {name} histogram", *lines, *_started())


def otel(served: Served) -> str:
    name = "http_server_request_duration_seconds"
    shown = (
        'http_request_method="GET",http_route="/pay",network_protocol_name="http",'
        'network_protocol_version="1.1",otel_scope_version="0.66.0",'
        'otel_scope_name="go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",'
        'server_address="checkout.shop",url_scheme="http"'
    )
    lines = (
        line
        for status in _by_status(served)
        for line in _histogram(
            name,
            (f'http_response_status_code="{status}",' if status else "") + shown,
            _of(served, status),
            edges=_OTEL,
        )
    )
    return _page(f"# HELP {name} Duration of HTTP server requests.", f"# TYPE {name} histogram", *lines)


def grpc(served: Served) -> str:
    method = 'grpc_method="Pay",grpc_service="shop.Checkout",grpc_type="unary"'
    counts = {"OK": 0, "Unavailable": 0, "NotFound": 0, "Internal": 0} | _by_status(served)
    name = "grpc_server_handling_seconds"
    every = {seconds: 0 for _, seconds in served}
    for (_, seconds), count in served.items():
        every[seconds] += count
    return _page(
        "# HELP grpc_server_handled_total Total number of RPCs completed on the server, regardless of success"
        " or failure.",
        "# TYPE grpc_server_handled_total counter",
        *(
            f'grpc_server_handled_total{{grpc_code="{status}",{method}}} {count}'
            for status, count in counts.items()
        ),
        f"# HELP {name} Histogram of response latency (seconds) of gRPC that had been application-level"
        " handled by the server.",
        f"# TYPE {name} histogram",
        *_histogram(name, method, every, edges=_DEFAULTS),
        *_started(),
    )


def own(served: Served) -> str:
    """Write what many applications have by hand, after Prometheus' examples: a counter, no histogram."""
    requests = (
        f'http_requests_total{{method="GET",path="/pay",status_code="{status}"}} {count}'
        for status, count in _by_status(served).items()
    )
    return _page("# TYPE http_requests_total counter", *requests)


LIBRARIES = (
    Library(
        "go-gin-prometheus",
        {"requests": "gin_requests_total"},
        _DEFAULTS,
        gin,
        {"answer": "200", "failure": "500", "refusal": "404"},
    ),
    Library(
        "Spring Boot, Micrometer",
        {"requests": "http_server_requests_seconds_count"},
        _SPRING,
        spring,
        {"answer": "200", "failure": "500", "refusal": "404", "nothing": "UNKNOWN"},
    ),
    Library(
        "OpenTelemetry, otelhttp",
        {"requests": "http_server_request_duration_seconds_count"},
        _OTEL,
        otel,
        {"answer": "200", "failure": "500", "refusal": "404", "nothing": ""},
    ),
    Library(
        "go-grpc-middleware",
        {"requests": "grpc_server_handled_total"},
        _DEFAULTS,
        grpc,
        {"answer": "OK", "failure": "Unavailable", "refusal": "NotFound"},
    ),
    Library(
        "a counter of one's own, no histogram",
        {"requests": "http_requests_total"},
        (),
        own,
        {"answer": "200", "failure": "503", "refusal": "422"},
    ),
)


def expected(library: Library, kind: str, count: int) -> Counts:
    """Count so many requests that ended in this way, beside their latency."""
    of_grpc = library.page is grpc
    field = {
        "answer": "",
        "failure": "grpc_server" if of_grpc else "errors_5xx",
        "refusal": "grpc_caller" if of_grpc else "errors_4xx",
        "nothing": "no_answer",
    }[kind]
    counts = Counts(requests=count)
    return replace(counts, **{field: count}) if field else counts


def bounds_ms(library: Library) -> tuple[float, ...]:
    return tuple(float(f"{float(edge) * 1000:.12g}") for edge in library.edges)


def _page(*lines: str) -> str:
    return "\n".join((*lines, ""))


def _started() -> tuple[str, ...]:
    return ("# TYPE process_start_time_seconds gauge", "process_start_time_seconds 1.75e+09")


def _by_status(served: Served) -> dict[str, int]:
    counts: dict[str, int] = {}
    for (status, _), count in served.items():
        counts[status] = counts.get(status, 0) + count
    return counts


def _of(served: Served, status: str) -> dict[float, int]:
    return {seconds: count for (each, seconds), count in served.items() if each == status}


def _histogram(name: str, labels: str, took: Mapping[float, int], *, edges: tuple[str, ...]) -> Iterator[str]:
    for edge in edges:
        below = sum(count for seconds, count in took.items() if seconds <= float(edge))
        yield f'{name}_bucket{{{labels},le="{edge}"}} {below}'
    total = sum(took.values())
    yield f'{name}_bucket{{{labels},le="+Inf"}} {total}'
    yield f"{name}_sum{{{labels}}} {sum(seconds * count for seconds, count in took.items())}"
    yield f"{name}_count{{{labels}}} {total}"
