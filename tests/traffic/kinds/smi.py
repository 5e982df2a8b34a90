"""TrafficSplits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.smi import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = NAMED = Settings(
    traffic_split="checkout",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2"),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"smi": {"trafficSplitName": "checkout", "rootService": "checkout"}}
TAKES_OTHERS = True


def split(*backends: Json, **spec: Any) -> Json:
    """Write one between these."""
    return {
        "apiVersion": "split.smi-spec.io/v1alpha4",
        "kind": "TrafficSplit",
        "metadata": {"name": "checkout"},
        "spec": {"service": "checkout", "backends": list(backends), **spec},
    }


def to(service: str, weight: float | str) -> Json:
    """Write a backend."""
    return {"service": service, "weight": weight}


def plain(*weights: float | str) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    return split(to("checkout-v1", weights[0]), to("checkout-v2", weights[1]), *others)


def swapped(*weights: float | str) -> Json:
    """Write one with the canary first."""
    return split(to("checkout-v2", weights[1]), to("checkout-v1", weights[0]))


def rich(stable: int, canary: int) -> Json:
    """Write one for the requests of two groups, with a backend at nothing, labels and annotations."""
    matches = [{"kind": "HTTPRouteGroup", "name": name} for name in ("reads", "writes")]
    obj = split(to("old", 0), to("checkout-v2", canary), to("checkout-v1", stable), matches=matches)
    obj["metadata"] |= {
        "labels": {"team": "pay", "linkerd.io/extension": "smi"},
        "annotations": {"note/x": "kept"},
    }
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two backends."""
    found = {each["service"]: each for each in obj["spec"]["backends"]}
    return found["checkout-v1"], found["checkout-v2"]


def status(_obj: Json) -> Json | None:
    """It has none."""
    return None


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
