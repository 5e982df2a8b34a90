"""Traefik, by the services that it sends to; it counts them with `addServicesLabels`, its default.

A workload is a service as Traefik names it: `NAMESPACE-SERVICE-PORT@kubernetescrd` for a TraefikService's.
Where Prometheus names the scraped target's own Service `service`, Traefik's label is `exported_service`: have
its job honor labels. What nobody answered is a 502 or 504 of its own, a caller that left a 499. Latency is in
seconds, from a request's first byte to its answer's last, at the gateway, within four edges unless it is told
others. What becomes of a gRPC call nobody tells here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.metrics.preset import Preset
from console.metrics.promql import at_gateway

if TYPE_CHECKING:
    from console.plan.model import MetricsSource

_SELECTED = 'service=~"{{workloads}}"'

PRESET = Preset(
    program="Traefik",
    at_pods=False,
    unanswered=False,
    workload_label="service",
    workload_is="the service of Traefik's, like shop-checkout-v1-80@kubernetescrd",
    code_label="code",
    of_requests=("code", "method", "protocol"),
    latency_unit_ms=1000.0,
    latency_is="from a request's first byte to its answer's last, at the gateway",
    edges="Traefik's metrics.prometheus.buckets has its edges",
    workloads="count by (service) (traefik_service_requests_total)",
    **at_gateway(
        requests=f"traefik_service_requests_total{{{_SELECTED}}}",
        buckets=f"traefik_service_request_duration_seconds_bucket{{{_SELECTED}}}",
        workload="service",
        code="code",
        others=("method", "protocol"),
    )._asdict(),
)


def preset(_metrics: MetricsSource) -> Preset:
    """Return the one that needs no telling."""
    return PRESET
