"""HTTPProxies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.contour import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    http_proxy="checkout", stable=Backend(service="checkout-v1"), canary=Backend(service="checkout-v2")
)
NAMED = Settings(
    http_proxy="checkout",
    route="/pay",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"plugins": {"argoproj-labs/contour": {"httpProxies": ["checkout"]}}}
TAKES_OTHERS = True


def proxy(*routes: Json, **spec: Any) -> Json:
    """Write one with these routes."""
    return {
        "apiVersion": "projectcontour.io/v1",
        "kind": "HTTPProxy",
        "metadata": {"name": "checkout"},
        "spec": {"virtualhost": {"fqdn": "checkout.example"}, "routes": list(routes), **spec},
    }


def to(service: str, weight: int | None = None, **more: Any) -> Json:
    """Write a Service of a route."""
    return {"name": service, "port": 8080, **({} if weight is None else {"weight": weight}), **more}


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    return proxy({"services": [to("checkout-v1", weights[0]), to("checkout-v2", weights[1]), *others]})


def swapped(*weights: int) -> Json:
    """Write one with the canary first."""
    return proxy({"services": [to("checkout-v2", weights[1]), to("checkout-v1", weights[0])]})


def rich(stable: int, canary: int) -> Json:
    """Write one with TLS, CORS, other routes, an include, and policies and a mirror beside the weights."""
    retries = {"count": 3, "perTryTimeout": "150ms", "retryOn": ["5xx", "reset"]}
    route: Json = {
        "conditions": [{"prefix": "/pay"}, {"header": {"name": "x-tenant", "notpresent": True}}],
        "timeoutPolicy": {"response": "3s", "idle": "10s"},
        "retryPolicy": retries,
        "healthCheckPolicy": {"path": "/healthz", "intervalSeconds": 5, "healthyThresholdCount": 2},
        "loadBalancerPolicy": {"strategy": "WeightedLeastRequest"},
        "requestHeadersPolicy": {"set": [{"name": "x", "value": "a/b~c"}]},
        "services": [
            to("shadow", 100, mirror=True),
            to("checkout-v2", 0, port=9090),
            to("checkout-v1", stable, requestHeadersPolicy={"set": [{"name": "x-v", "value": "1"}]}),
            to("checkout-v2", canary, protocol="h2c"),
        ],
    }
    cors = {"allowOrigin": ["*"], "allowMethods": ["GET", "POST"], "maxAge": "10m"}
    host = {"fqdn": "checkout.example", "tls": {"secretName": "tls/checkout"}, "corsPolicy": cors}
    obj = proxy(
        {"conditions": [{"exact": "/old"}], "requestRedirectPolicy": {"path": "/pay", "statusCode": 301}},
        {"conditions": [{"prefix": "/beta"}], "services": [to("checkout-v2")]},
        route,
        virtualhost=host,
        includes=[{"name": "blog", "namespace": "press", "conditions": [{"prefix": "/blog"}]}],
        ingressClassName="contour",
    )
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two Services in the last route."""
    entries = obj["spec"]["routes"][-1]["services"]
    found = {entry["name"]: entry for entry in entries if entry["port"] == 8080}
    return found["checkout-v1"], found["checkout-v2"]


def status(obj: Json) -> Json:
    """Write what Contour says of one that it serves as it is."""
    valid = {
        "type": "Valid",
        "status": "True",
        "reason": "Valid",
        "message": "Valid HTTPProxy",
        "observedGeneration": obj["metadata"].get("generation", 0),
        "lastTransitionTime": "2026-01-02T15:04:05Z",
    }
    return {"currentStatus": "valid", "description": "Valid HTTPProxy", "conditions": [valid]}


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
