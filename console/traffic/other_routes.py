"""What else a VirtualService sends, beside the two destinations that a release moves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.traffic.virtual_service import FULL, called, same_host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.plan.model import Plan
    from console.traffic.virtual_service import Place

Json = dict[str, Any]

PROTOCOLS = ("http", "tls", "tcp")


class Share(Struct, frozen=True, kw_only=True):
    """What one destination of a route gets."""

    at: int
    """Its place in the route."""
    name: str
    """As the plan calls it where it is one of the plan's, else its host and subset."""
    percent: int


def elsewhere(obj: Json, plan: Plan, place: Place) -> tuple[Elsewhere, ...]:
    """Give each other route that sends anywhere, and the third destinations of the release's own route."""
    return tuple(_found(obj, plan, place))


def _found(obj: Json, plan: Plan, place: Place) -> Iterator[Elsewhere]:
    namespace = str(obj.get("metadata", {}).get("namespace", ""))
    for protocol in PROTOCOLS:
        for at, route in enumerate((obj.get("spec") or {}).get(protocol) or ()):
            shares = [*_shares(route.get("route") or [], plan, place, namespace)]
            if protocol == "http" and at == place.route:
                shares = [share for share in shares if share.at not in (place.stable, place.canary)]
            if shares:
                yield _one(f"{'' if protocol == 'http' else f'{protocol} '}{called(at, route)}", shares, plan)


def _shares(targets: list[Json], plan: Plan, place: Place, namespace: str) -> Iterator[Share]:
    """Give the destinations that get anything."""
    alone = len(targets) == 1
    weights = [FULL if alone else int(target.get("weight") or 0) for target in targets]
    for at, (target, weight) in enumerate(zip(targets, weights, strict=True)):
        if weight > 0:
            name = _name(target.get("destination") or {}, plan, place, namespace)
            yield Share(at=at, name=name, percent=max(1, round(FULL * weight / sum(weights))))


def _name(destination: Json, plan: Plan, place: Place, namespace: str) -> str:
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


def _one(where: str, shares: list[Share], plan: Plan) -> Elsewhere:
    names = {share.name for share in shares}
    return Elsewhere(
        where=where,
        to=" and ".join(_said(share) for share in shares),
        stable=plan.stable.name in names,
        canary=plan.canary.name in names,
        third=bool(names - {plan.stable.name, plan.canary.name}),
    )


def _said(share: Share) -> str:
    return share.name if share.percent == FULL else f"{share.name} {share.percent}%"
