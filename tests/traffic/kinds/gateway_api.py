"""HTTPRoutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.gateway_api import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    http_route="checkout",
    rule=None,
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2"),
)
NAMED = Settings(
    http_route="checkout",
    rule="main",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoutes": [{"name": "checkout"}]}}}
TAKES_OTHERS = True
CONTROLLER = "example.net/gateway-controller"


def route(*rules: Json, **spec: Any) -> Json:
    """Write one with these rules."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "checkout"},
        "spec": {"parentRefs": [{"name": "front"}], "rules": list(rules), **spec},
    }


def to(service: str, weight: int | None = None, **more: Any) -> Json:
    """Write a backend."""
    return {"name": service, "port": 8080, **({} if weight is None else {"weight": weight}), **more}


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    ours = [to("checkout-v1", weights[0]), to("checkout-v2", weights[1])]
    return route({"backendRefs": [*ours, *others]})


def swapped(*weights: int) -> Json:
    """Write one with the canary first."""
    return route({"backendRefs": [to("checkout-v2", weights[1]), to("checkout-v1", weights[0])]})


def rich(stable: int, canary: int) -> Json:
    """Write one with other rules, matches, filters of a rule and of a backend, timeouts, other backends."""
    header = {
        "type": "RequestHeaderModifier",
        "requestHeaderModifier": {"set": [{"name": "x", "value": "a/b~c"}]},
    }
    mirror = {
        "type": "RequestMirror",
        "requestMirror": {"backendRef": {"name": "shadow", "port": 80}, "percent": 12},
    }
    away = {"type": "RequestRedirect", "requestRedirect": {"hostname": "old.example", "statusCode": 301}}
    obj = route(
        {
            "name": "beta",
            "matches": [{"headers": [{"name": "x-beta", "value": "1"}]}],
            "backendRefs": [to("checkout-v2")],
        },
        {"matches": [{"path": {"type": "PathPrefix", "value": "/old"}}], "filters": [away]},
        {
            "name": "main",
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}, "method": "GET"}],
            "filters": [header, mirror],
            "timeouts": {"request": "3s"},
            "backendRefs": [
                to("old", 0),
                to("checkout-v2", 7, port=9090) | {"weight": 0},
                to("checkout-v1", stable, filters=[header]),
                to("checkout-v2", canary),
            ],
        },
        hostnames=["checkout.example"],
        parentRefs=[
            {"name": "front", "sectionName": "web"},
            {"name": "mesh", "namespace": "infra", "port": 80},
        ],
    )
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two backends in the last rule."""
    found = {ref["name"]: ref for ref in obj["spec"]["rules"][-1]["backendRefs"] if ref["port"] == 8080}
    return found["checkout-v1"], found["checkout-v2"]


def status(obj: Json) -> Json:
    """Write what a controller says of a route that it serves as it is."""
    accepted: Json = {
        "status": "True",
        "observedGeneration": obj["metadata"].get("generation", 0),
        "lastTransitionTime": "2026-01-02T15:04:05Z",
        "message": "",
    }
    conditions = [accepted | {"type": each, "reason": each} for each in ("Accepted", "ResolvedRefs")]
    return {
        "parents": [
            {"parentRef": parent, "controllerName": CONTROLLER, "conditions": conditions}
            for parent in obj["spec"]["parentRefs"]
        ]
    }


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
