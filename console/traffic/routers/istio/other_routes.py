"""What else a VirtualService sends, beside the two destinations that a release moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.exposure import FULL
from console.plan.model import Plan
from console.traffic.hosts import same_host
from console.traffic.routers.istio.virtual_service import Destinations, called
from console.traffic.shares import sent

Json = dict[str, Any]

PROTOCOLS = ("http", "tls", "tcp")


def elsewhere(obj: Json, plan: Plan, place: Destinations) -> tuple[Elsewhere, ...]:
    """Return each other route that sends anywhere, and the third destinations of the release's own route."""
    return tuple(_found(obj, plan, place))


def _found(obj: Json, plan: Plan, place: Destinations) -> Iterator[Elsewhere]:
    namespace = str(obj.get("metadata", {}).get("namespace", ""))
    for protocol in PROTOCOLS:
        for at, route in enumerate((obj.get("spec") or {}).get(protocol) or ()):
            targets = route.get("route") or []
            alone = len(targets) == 1
            weights = [FULL if alone else int(target.get("weight") or 0) for target in targets]
            names = [_name(target.get("destination") or {}, plan, place, namespace) for target in targets]
            where = f"{'' if protocol == 'http' else f'{protocol} '}{called(at, route)}"
            ours = place if protocol == "http" and at == place.route else None
            yield from sent(where, weights, names, plan, beside=ours)


def _name(destination: Json, plan: Plan, place: Destinations, namespace: str) -> str:
    for ours, name in (
        (place.canary_destination, plan.canary.name),
        (place.stable_destination, plan.stable.name),
    ):
        if _same(destination, ours, namespace):
            return name
    return "/".join(str(part) for part in (destination.get("host"), destination.get("subset")) if part)


def _same(one: Json, other: Json, namespace: str) -> bool:
    hosts = str(one.get("host", "")), str(other.get("host", ""))
    return one.get("subset") == other.get("subset") and same_host(*hosts, namespace=namespace)
