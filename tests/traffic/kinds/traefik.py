"""TraefikServices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.traefik import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    traefik_service="checkout", stable=Backend(service="checkout-v1"), canary=Backend(service="checkout-v2")
)
NAMED = Settings(
    traefik_service="checkout",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"traefik": {"weightedTraefikServiceName": "checkout"}}
TAKES_OTHERS = True


def weighted(*services: Json, **more: Any) -> Json:
    """Write one with these services."""
    return {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "TraefikService",
        "metadata": {"name": "checkout"},
        "spec": {"weighted": {"services": list(services), **more}},
    }


def to(service: str, weight: int | None = None, **more: Any) -> Json:
    """Write a service."""
    return {"name": service, "port": 8080, **({} if weight is None else {"weight": weight}), **more}


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    return weighted(to("checkout-v1", weights[0]), to("checkout-v2", weights[1]), *others)


def swapped(*weights: int) -> Json:
    """Write one with the canary first."""
    return weighted(to("checkout-v2", weights[1]), to("checkout-v1", weights[0]))


def rich(stable: int, canary: int) -> Json:
    """Write one with a cookie, health checks, transports, a port's name, and a service of another kind."""
    cookie = {"name": "lb", "httpOnly": True, "secure": True, "sameSite": "lax", "maxAge": 3600}
    check = {"path": "/healthz", "interval": "10s", "timeout": 3, "headers": {"x": "a/b~c"}}
    obj = weighted(
        {"name": "legacy", "kind": "TraefikService", "namespace": "other", "weight": 0},
        to("checkout-v2", 0, port="grpc", scheme="h2c"),
        to(
            "checkout-v1",
            stable,
            kind="Service",
            healthCheck=check,
            sticky={"cookie": {"name": "pod"}},
            serversTransport="mtls",
        ),
        to(
            "checkout-v2",
            canary,
            passHostHeader=False,
            responseForwarding={"flushInterval": "1ms"},
            strategy="p2c",
        ),
        sticky={"cookie": cookie},
    )
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two services that have the port's number."""
    entries = obj["spec"]["weighted"]["services"]
    found = {entry["name"]: entry for entry in entries if entry.get("port") == 8080}
    return found["checkout-v1"], found["checkout-v2"]


def status(_obj: Json) -> Json | None:
    """Traefik writes none."""
    return None


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
