"""VirtualServices."""

from __future__ import annotations

from typing import Any

from console.plan.routers.istio import Settings
from tests.traffic.ground import BY_SUBSET, CANARY, Shop, virtual_service
from tests.traffic.ground import STABLE as V1

Json = dict[str, Any]

SETTINGS = BY_SUBSET
NAMED = Settings(virtual_service="checkout", route="main", stable=BY_SUBSET.stable, canary=BY_SUBSET.canary)
STABLE = "subset:v1"
STEERED: Json = {"istio": {"virtualService": {"name": "checkout"}}}
TAKES_OTHERS = True


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [{"destination": {"host": f"other-{n}"}, "weight": each} for n, each in enumerate(weights[2:])]
    return virtual_service(V1 | {"weight": weights[0]}, CANARY | {"weight": weights[1]}, *others)


def swapped(*weights: int) -> Json:
    """Write one with the canary first."""
    return virtual_service(CANARY | {"weight": weights[1]}, V1 | {"weight": weights[0]})


def rich(stable: int, canary: int) -> Json:
    """Write one with other routes, headers, retries, a mirror, and a destination without weight."""
    routes = [
        {"name": "beta", "match": [{"headers": {"x-beta": {"exact": "1"}}}], "route": [CANARY]},
        {
            "name": "main",
            "timeout": "3s",
            "retries": {"attempts": 2, "perTryTimeout": "1s"},
            "mirror": {"host": "shadow"},
            "mirrorPercentage": {"value": 12.5},
            "route": [
                {"destination": {"host": "old", "port": {"number": 80}}, "weight": 0},
                {**V1, "weight": stable, "headers": {"request": {"set": {"x": "a/b~c"}}}},
                CANARY | {"weight": canary},
            ],
        },
    ]
    obj = virtual_service(http=routes, tcp=[{"route": [{"destination": {"host": "raw"}}]}])
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two subsets in the last route."""
    found = {target["destination"].get("subset"): target for target in obj["spec"]["http"][-1]["route"]}
    return found["v1"], found["v2"]


def status(_obj: Json) -> Json | None:
    """Istio need not write one."""
    return None


async def lay_behind(shop: Shop) -> None:
    """Store the Service and the rule."""
    await shop.lay_behind()
