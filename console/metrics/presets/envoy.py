"""Envoy gateways, by the clusters that they send to: Contour, kgateway, Envoy Gateway with merged backends.

A workload is an Envoy cluster, one a version: Contour calls it `NAMESPACE_SERVICE_PORT`, kgateway
`kube_NAMESPACE_SERVICE_PORT`, Envoy Gateway with `mergeBackends` `service/NAMESPACE/SERVICE/PORT/PROTOCOL`.
Each gateway counts the answers of the cluster: what nobody answered is a 503 or 504 of its own, a mirrored
request counts as any other. Latency is in milliseconds, from a request's last byte to its answer's. What
becomes of a gRPC call nobody tells here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.metrics.preset import Preset
from console.metrics.promql import at_gateway

if TYPE_CHECKING:
    from console.plan.model import MetricsSource

_SELECTED = 'envoy_cluster_name=~"{{workloads}}"'

PRESET = Preset(
    program="the gateways' Envoys",
    at_pods=False,
    unanswered=False,
    workload_label="envoy_cluster_name",
    workload_is="the Envoy cluster",
    code_label="envoy_response_code",
    of_requests=("envoy_",),
    latency_is="from a request's last byte to its answer's, at the gateway",
    workloads="count by (envoy_cluster_name) (envoy_cluster_upstream_rq)",
    **at_gateway(
        requests=f"envoy_cluster_upstream_rq{{{_SELECTED}}}",
        buckets=f"envoy_cluster_upstream_rq_time_bucket{{{_SELECTED}}}",
        workload="envoy_cluster_name",
        code="envoy_response_code",
        others=(),
    )._asdict(),
)


def preset(_metrics: MetricsSource) -> Preset:
    """Return the one that needs no telling."""
    return PRESET
