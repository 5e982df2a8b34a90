"""The metrics pages of gateways, as far as they tell of the two versions that they send to.

Envoy's: names and labels as Contour 1.33 with Envoy 1.40 wrote them (a series of a status is not there before
its first request; a histogram has no status), edges as in envoyproxy/envoy#27878. Traefik's: traefik at
254ece98, pkg/observability/metrics/prometheus.go; a service's name as Traefik 3.7 wrote it. ingress-nginx's:
kubernetes/ingress-nginx at 038b023d, internal/ingress/metric/collectors/socket.go, with client_golang's
`DefBuckets`; as controller 1.11 wrote it, a canary's series name the main Ingress and Service, and only the
label `canary` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

Ends = Mapping[str, int]
"""Requests by their status."""
_ENVOY = (
    *("0.5", "1", "5", "10", "25", "50", "100", "250", "500"),
    *("1000", "2500", "5000", "10000", "30000", "60000", "300000", "600000"),
)
_NGINX = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10")
_TRAEFIK = ("0.1", "0.3", "1.2", "5")


class Gateway(NamedTuple):
    """What writes a page, and what it calls the versions."""

    name: str
    preset: str
    stable: str
    canary: str
    edges_ms: tuple[float, ...]
    page: Callable[[Mapping[str, Ends], float], str]
    """Of the requests to each version, all of which took so many seconds."""


def envoy(served: Mapping[str, Ends], seconds: float) -> str:
    name, lines = "envoy_cluster_upstream_rq", ["# TYPE envoy_cluster_upstream_rq counter"]
    for cluster, ends in served.items():
        lines += [
            f'{name}{{envoy_response_code="{status}",envoy_cluster_name="{cluster}"}} {count}'
            for status, count in ends.items()
        ]
    lines.append(f"# TYPE {name}_time histogram")
    for cluster, ends in served.items():
        labels = f'envoy_cluster_name="{cluster}"'
        lines += _histogram(f"{name}_time", labels, sum(ends.values()), seconds * 1000, edges=_ENVOY)
    return "\n".join((*lines, ""))


def traefik(served: Mapping[str, Ends], seconds: float) -> str:
    name = "traefik_service"
    lines = [f"# TYPE {name}_requests_total counter", f"# TYPE {name}_request_duration_seconds histogram"]
    for service, ends in served.items():
        for status, count in ends.items():
            labels = f'code="{status}",method="GET",protocol="http",service="{service}"'
            lines.append(f"{name}_requests_total{{{labels}}} {count}")
            lines += _histogram(f"{name}_request_duration_seconds", labels, count, seconds, edges=_TRAEFIK)
    return "\n".join((*sorted(lines), ""))


def ingress_nginx(served: Mapping[str, Ends], seconds: float) -> str:
    name, lines = "nginx_ingress_controller", []
    for workload, ends in served.items():
        canary = workload if workload != "checkout" else ""
        for status, count in ends.items():
            labels = (
                f'canary="{canary}",controller_class="k8s.io/ingress-nginx",controller_namespace="ingress",'
                'controller_pod="c-0",ingress="checkout",method="GET",namespace="shop",path="/",'
                f'service="checkout-v1",status="{status}"'
            )
            lines.append(f"{name}_requests{{{labels}}} {count}")
            lines += _histogram(f"{name}_request_duration_seconds", labels, count, seconds, edges=_NGINX)
    return "\n".join((*lines, ""))


GATEWAYS = (
    Gateway(
        "Envoy, as Contour names its clusters",
        "envoy",
        "shop_checkout-v1_80",
        "shop_checkout-v2_80",
        tuple(map(float, _ENVOY)),
        envoy,
    ),
    Gateway(
        "Traefik",
        "traefik",
        "shop-checkout-v1-80@kubernetescrd",
        "shop-checkout-v2-80@kubernetescrd",
        (100.0, 300.0, 1200.0, 5000.0),
        traefik,
    ),
    Gateway(
        "ingress-nginx",
        "ingress_nginx",
        "checkout",
        "shop-checkout-v2-80",
        (5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0),
        ingress_nginx,
    ),
)


def _histogram(name: str, labels: str, count: int, value: float, *, edges: tuple[str, ...]) -> Iterator[str]:
    for edge in edges:
        yield f'{name}_bucket{{{labels},le="{edge}"}} {count if value <= float(edge) else 0}'
    yield f'{name}_bucket{{{labels},le="+Inf"}} {count}'
