"""What else a VirtualServer sends, beside the two splits that a release moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.exposure import FULL
from console.plan.model import Plan
from console.traffic.routers.nginx_virtualserver.virtual_server import Splits, called, routes_of, upstream_of
from console.traffic.shares import sent

Json = dict[str, Any]


def elsewhere(obj: Json, plan: Plan, place: Splits) -> tuple[Elsewhere, ...]:
    """Return the other routes, the matches of each, third splits of the release's own, and other objects."""
    return tuple(_found(obj, plan, place))


def _found(obj: Json, plan: Plan, place: Splits) -> Iterator[Elsewhere]:
    for at, route in enumerate(routes_of(obj)):
        where = called(at, route)
        if route.get("route"):
            yield Elsewhere(where=where, to=f"VirtualServerRoute {route['route']}", third=True)
        for number, match in enumerate(route.get("matches") or (), start=1):
            yield from _told(f"match {number} of {where}", match, plan, place)
        yield from _told(where, route, plan, place, ours=at == place.route)


def _told(where: str, part: Json, plan: Plan, place: Splits, *, ours: bool = False) -> list[Elsewhere]:
    """Say where one action, or several splits, send; nothing of what answers by itself."""
    splits: list[Json] = part.get("splits") or [{"weight": FULL, "action": part.get("action") or {}}]
    actions = [split.get("action") or {} for split in splits]
    weights = [
        int(split.get("weight") or 0) if upstream_of(action) else 0
        for split, action in zip(splits, actions, strict=True)
    ]
    names = [_name(action, plan, place) for action in actions]
    return sent(where, weights, names, plan, beside=place if ours else None)


def _name(action: Json, plan: Plan, place: Splits) -> str:
    upstream = place.service_of(action)
    for at, name in ((place.canary, plan.canary.name), (place.stable, plan.stable.name)):
        ours = place.service_of(place.splits[at]["action"])
        if upstream and all(upstream.get(key) == ours.get(key) for key in ("service", "port")):
            return name
    return str(upstream.get("service") or upstream_of(action))
