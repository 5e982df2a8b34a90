"""ingress-nginx, by its label `canary`.

Stable is the main Ingress, by its name; the canary is what the label says, `NAMESPACE-SERVICE-PORT`: on its
series `ingress` and `service` name the main ones too. The Ingress's namespace is the label `namespace`, or
`exported_namespace` where Prometheus keeps that name for the scraped pod's. What nobody answered is a 502,
503 or 504 of its own, a caller that left a 499. Latency is in seconds, from a request's first byte to
its answer's last, at the gateway. What becomes of a gRPC call nobody tells here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.metrics.preset import Preset
from console.metrics.promql import AtGateway, at_gateway

if TYPE_CHECKING:
    from console.plan.model import MetricsSource

_WORKLOAD = "pithead_workload"


def _named(promql: str) -> str:
    """Name the main Ingress, and where there is one the canary instead."""
    of_stable = f'label_replace({promql}, "{_WORKLOAD}", "$1", "ingress", "(.+)")'
    return f'label_replace({of_stable}, "{_WORKLOAD}", "$1", "canary", "(.+)")'


def _inside(namespace: str) -> AtGateway:
    """Ask for the Ingresses whose namespace this label holds."""
    selected = f'{namespace}="{{{{namespace}}}}",ingress=~"{{{{workloads}}}}",canary=~"(|{{{{workloads}}}})"'
    return at_gateway(
        requests=f"nginx_ingress_controller_requests{{{selected}}}",
        buckets=f"nginx_ingress_controller_request_duration_seconds_bucket{{{selected}}}",
        workload=_WORKLOAD,
        code="status",
        others=("canary", "host", "ingress", "method", "path", "service"),
        named=_named,
    )


_EITHER = zip(_inside("namespace"), _inside("exported_namespace"), strict=True)

PRESET = Preset(
    program="ingress-nginx",
    at_pods=False,
    unanswered=False,
    workload_label=_WORKLOAD,
    workload_is="the main Ingress, or the canary as the label canary has it",
    code_label="status",
    of_requests=("status",),
    latency_unit_ms=1000.0,
    latency_is="from a request's first byte to its answer's last, at the gateway",
    edges="the controller's flag --time-buckets has its edges",
    workloads=f"count by ({_WORKLOAD}) ({_named('nginx_ingress_controller_requests')})",
    **AtGateway(*(" or ".join(queries) for queries in _EITHER))._asdict(),
)


def preset(_metrics: MetricsSource) -> Preset:
    """Give the one that needs no telling."""
    return PRESET
