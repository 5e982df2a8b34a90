"""ServiceSplitters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.routers.consul import Destination, Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    service_splitter="checkout",
    stable=Destination(service="checkout-v1"),
    canary=Destination(service="checkout-v2"),
)
NAMED = Settings(
    service_splitter="checkout",
    stable=Destination(subset="v1"),
    canary=Destination(service="checkout", subset="v2"),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"plugins": {"argoproj-labs/consul": {"serviceName": "checkout"}}}
TAKES_OTHERS = True


def splitter(*splits: Json) -> Json:
    """Write one with these splits."""
    return {
        "apiVersion": "consul.hashicorp.com/v1alpha1",
        "kind": "ServiceSplitter",
        "metadata": {"name": "checkout"},
        "spec": {"splits": list(splits)},
    }


def to(service: str, weight: float) -> Json:
    """Write a split that goes to a service."""
    return {"service": service, "weight": weight}


def plain(*weights: float) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    return splitter(to("checkout-v1", weights[0]), to("checkout-v2", weights[1]), *others)


def swapped(*weights: float) -> Json:
    """Write one with the canary first."""
    return splitter(to("checkout-v2", weights[1]), to("checkout-v1", weights[0]))


def rich(stable: float, canary: float) -> Json:
    """Write one by subsets, with headers both ways, a split without a weight, and a finalizer."""
    headers = {"set": {"x-version": "a/b~c"}, "add": {"x-seen": "1"}, "remove": ["x-old"]}
    obj = splitter(
        {"service": "checkout-old", "serviceSubset": "v2"},
        {"serviceSubset": "v2", "weight": canary, "requestHeaders": headers},
        {
            "service": "checkout",
            "serviceSubset": "v1",
            "weight": stable,
            "responseHeaders": {"set": {"x-from": "v1"}},
        },
    )
    obj["metadata"] |= {
        "labels": {"team": "pay"},
        "annotations": {"note/x": "kept", "consul.hashicorp.com/migrate-entry": "true"},
        "finalizers": ["finalizers.consul.hashicorp.com"],
    }
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give stable's split and the canary's, of a plain one or a rich one."""
    found = {split.get("serviceSubset") or split["service"][-2:]: split for split in obj["spec"]["splits"]}
    return found["v1"], found["v2"]


def status(_obj: Json) -> Json:
    """Write what the controller says of one that Consul has taken over."""
    synced = {"type": "Synced", "status": "True", "lastTransitionTime": "2026-01-02T15:04:05Z"}
    return {"conditions": [synced], "lastSyncedTime": "2026-01-02T15:04:05Z"}


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
