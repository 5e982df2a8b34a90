"""The metrics page of a caller's proxy of Linkerd, as far as it tells of a route's backends.

Names, labels and their order are those of linkerd2-proxy at 005f92d2 (2026): labels.rs and metrics.rs in
linkerd/app/outbound/src/http/logical/policy/route, and linkerd/http/prom/src/record_response/response.rs; how
they are written is prometheus-client's, src/encoding/text.rs. An answer that did not come has no status, and
an error: REQUEST_TIMEOUT, RESPONSE_HEADERS_TIMEOUT, FAIL_FAST, RESET and others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

EDGES = ("0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "10.0", "+Inf")
"""`RESPONSE_BUCKETS` of metrics.rs, seconds."""
ROUTE = "outbound_http_route_backend"

Ends = Mapping[tuple[str, str], int]
"""Requests by their status and their error."""


def page(*, ends: Mapping[str, Ends], below: Mapping[str, tuple[int, ...]]) -> str:
    """Write how the requests to each backend ended, and how many took no longer than each of `EDGES`."""
    return "\n".join((*_durations(below), *_statuses(ends), "# EOF", ""))


def _durations(below: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    name = f"{ROUTE}_response_duration_seconds"
    yield f"# HELP {name} The time between request completion and response completion."
    yield f"# TYPE {name} histogram"
    yield f"# UNIT {name} seconds"
    for backend, counts in below.items():
        yield f"{name}_sum{{{_labels(backend)}}} 280.96408839699998"
        yield f"{name}_count{{{_labels(backend)}}} {counts[-1]}"
        for edge, count in zip(EDGES, counts, strict=True):
            yield f'{name}_bucket{{le="{edge}",{_labels(backend)}}} {count}'


def _statuses(ends: Mapping[str, Ends]) -> Iterator[str]:
    name = f"{ROUTE}_response_statuses"
    yield f"# HELP {name} Completed responses."
    yield f"# TYPE {name} counter"
    for backend, counts in ends.items():
        for (status, error), count in counts.items():
            yield f'{name}_total{{{_labels(backend)},http_status="{status}",error="{error}"}} {count}'


def _labels(backend: str) -> str:
    return ",".join(
        (
            *_reference("parent", group="core", kind="Service", name="checkout"),
            *(f'parent_{label}="{text}"' for label, text in (("port", "80"), ("section_name", ""))),
            *_reference("route", group="gateway.networking.k8s.io", kind="HTTPRoute", name="checkout"),
            *_reference("backend", group="core", kind="Service", name=backend),
            *(f'backend_{label}="{text}"' for label, text in (("port", "80"), ("section_name", ""))),
        )
    )


def _reference(what: str, *, group: str, kind: str, name: str) -> Iterable[str]:
    labels = {"group": group, "kind": kind, "namespace": "shop", "name": name}
    return (f'{what}_{label}="{text}"' for label, text in labels.items())
