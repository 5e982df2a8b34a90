"""ApisixRoutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.apisix import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    apisix_route="checkout",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2"),
)
NAMED = Settings(
    apisix_route="checkout",
    rule="main",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"apisix": {"route": {"name": "checkout", "rules": ["main"]}}}
TAKES_OTHERS = True


def route(*rules: Json, **spec: Any) -> Json:
    """Write one with these HTTP rules."""
    return {
        "apiVersion": "apisix.apache.org/v2",
        "kind": "ApisixRoute",
        "metadata": {"name": "checkout"},
        "spec": {"http": list(rules), **spec},
    }


def rule(*backends: Json, name: str = "main", **more: Any) -> Json:
    """Write an HTTP rule."""
    return {"name": name, "match": {"paths": ["/*"]}, "backends": list(backends), **more}


def to(service: str, weight: int | None = None, port: int | str = 8080, **more: Any) -> Json:
    """Write a backend."""
    named = {"serviceName": service, "servicePort": port}
    return {**named, **({} if weight is None else {"weight": weight}), **more}


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    return route(rule(to("checkout-v1", weights[0]), to("checkout-v2", weights[1]), *others))


def swapped(*weights: int) -> Json:
    """Write one with the canary first."""
    return route(rule(to("checkout-v2", weights[1]), to("checkout-v1", weights[0])))


def rich(stable: int, canary: int) -> Json:
    """Write one with other rules, matches, plugins, a timeout, an upstream, a stream and other backends."""
    beta = {"subject": {"scope": "Header", "name": "x-beta"}, "op": "Equal", "value": "1"}
    cors = {"name": "cors", "enable": True, "config": {"allow_origins": "https://a.example", "max_age": 5.5}}
    off = {"name": "limit-count", "enable": False, "secretRef": "limits"}
    obj = route(
        rule(
            to("checkout-v2", port="http"),
            name="beta",
            priority=10,
            match={"hosts": ["checkout.example"], "paths": ["/*"], "exprs": [beta]},
        ),
        rule(
            to("old", 0, resolveGranularity="service"),
            to("checkout-v2", 0, 9090),
            to("checkout-v1", stable, subset="blue"),
            to("checkout-v2", canary),
            match={
                "hosts": ["checkout.example"],
                "paths": ["/pay", "/pay/*"],
                "methods": ["GET", "POST"],
                "remoteAddrs": ["10.0.0.0/8"],
            },
            timeout={"connect": "3s", "read": "10s", "send": "10s"},
            plugins=[cors, off],
            plugin_config_name="shared",
            authentication={"enable": True, "type": "keyAuth", "keyAuth": {"header": "x-key"}},
            websocket=True,
            upstreams=[{"name": "elsewhere", "weight": 0}],
        ),
        ingressClassName="apisix",
        stream=[
            {
                "name": "raw",
                "protocol": "TCP",
                "match": {"ingressPort": 9100},
                "backend": {"serviceName": "raw", "servicePort": 9100},
            }
        ],
    )
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two backends in the last HTTP rule."""
    backends = obj["spec"]["http"][-1]["backends"]
    found = {each["serviceName"]: each for each in backends if each["servicePort"] == 8080}
    return found["checkout-v1"], found["checkout-v2"]


def status(obj: Json) -> Json:
    """Write what the controller says of a route that it serves as it is."""
    accepted = {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": "The apisix route has been accepted",
        "observedGeneration": obj["metadata"].get("generation", 0),
        "lastTransitionTime": "2026-01-02T15:04:05Z",
    }
    return {"conditions": [accepted]}


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
