"""Where the two weights stand in a VirtualService, and the operations that change them and nothing else.

Pure. Reading is lenient and writing is narrow: whatever else people put into the route, a rollback must
always be able to say where it is and to take the canary's weight away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import find_part
from console.traffic.hosts import same_host
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.routers.istio import Destination, Settings

Json = dict[str, Any]


class Destinations(Place, frozen=True, kw_only=True):
    """Where the two stand in one route."""

    route: int
    """Index in `spec.http`; those of the place are in the route's destinations."""
    stable_destination: Json
    canary_destination: Json
    """The destinations as stored: a write insists that they are still at their indices."""


def find_route(obj: Json, router: Settings) -> Destinations:
    """Find the two destinations; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    namespace = obj.get("metadata", {}).get("namespace", "")
    at, route = find_part(
        routes_of(obj),
        router.route,
        of=router.virtual_service,
        what="HTTP route",
        lacks='{count} HTTP routes named "{name}"',
        called=called,
        is_named=lambda _at, route, name: name in (None, route.get("name")),
        hint="Name one with router.route in the plan",
    )
    targets = route.get("route") or []
    if not targets:
        raise NotAsPlanned(
            f"{called(at, route)} of {router.virtual_service} sends its requests nowhere by weight.",
            hint="Name a route that has destinations.",
        )
    stable = _find(targets, router.stable, namespace)
    canary = _find(targets, router.canary, namespace)
    for wanted, found, name in ((router.stable, stable, "stable"), (router.canary, canary, "canary")):
        if len(found) > 1:
            raise NotAsPlanned(
                f"{len(found)} destinations of {called(at, route)} are {_said(wanted)}, the plan's {name}.",
                hint="Give the plan's destination both its host and its subset.",
            )
    if not stable or not canary:
        raise _missing(router, at=at, route=route, stable=bool(stable))
    if stable == canary:
        raise NotAsPlanned(
            "Stable and canary are the same destination.", hint="Tell them apart by subset or host."
        )
    return Destinations(
        route=at,
        stable=stable[0],
        canary=canary[0],
        stable_destination=targets[stable[0]]["destination"],
        canary_destination=targets[canary[0]]["destination"],
        weights=_weights(targets, router),
    )


def patch_for(place: Destinations, *, weight: int) -> list[Json]:
    """Write the operations that set both weights; the tests say that the indices are ours."""
    route = f"/spec/http/{place.route}/route"
    return [
        {"op": "test", "path": f"{route}/{place.stable}/destination", "value": place.stable_destination},
        {"op": "test", "path": f"{route}/{place.canary}/destination", "value": place.canary_destination},
        {"op": "add", "path": f"{route}/{place.stable}/weight", "value": FULL - weight},
        {"op": "add", "path": f"{route}/{place.canary}/weight", "value": weight},
    ]


def routes_of(obj: Json) -> list[Json]:
    """Return the HTTP routes."""
    return (obj.get("spec") or {}).get("http") or []


def called(at: int, route: Json) -> str:
    """Call a route by its name, or by its place where it has none."""
    return f'route "{route["name"]}"' if route.get("name") else f"route number {at + 1} (unnamed)"


def _find(targets: list[Json], wanted: Destination, namespace: str) -> list[int]:
    return [
        at
        for at, target in enumerate(targets)
        if is_meant(target.get("destination") or {}, wanted, namespace)
    ]


def is_meant(destination: Json, wanted: Destination, namespace: str) -> bool:
    """Whether a destination of the object is the one that is wanted."""
    if wanted.subset is not None and destination.get("subset") != wanted.subset:
        return False
    return wanted.host is None or same_host(
        str(destination.get("host", "")), wanted.host, namespace=namespace
    )


def _weights(targets: list[Json], router: Settings) -> tuple[int, ...]:
    alone = len(targets) == 1
    weights = tuple(int(target.get("weight", FULL if alone else 0)) for target in targets)
    if sum(weights) <= 0:
        raise NotAsPlanned(
            f"No destination of {router.virtual_service} has a weight.", hint="Give stable the weight 100."
        )
    return weights


def _said(wanted: Destination) -> str:
    parts = (("subset", wanted.subset), ("host", wanted.host))
    return " and ".join(f'{name} "{value}"' for name, value in parts if value is not None)


def _missing(router: Settings, *, at: int, route: Json, stable: bool) -> NotAsPlanned:
    """Say which destination the route lacks, and the lines that add it."""
    name, wanted = ("canary", router.canary) if stable else ("stable", router.stable)
    targets = route.get("route") or []
    host = wanted.host or (targets[0].get("destination") or {}).get("host", "HOST")
    lines = [f"- destination: {{host: {host}" + (f", subset: {wanted.subset}" if wanted.subset else "") + "}"]
    lines.append(f"  weight: {0 if stable else FULL}")
    whole = "" if len(targets) > 1 or "weight" in targets[0] else f" (and give the other one weight: {FULL})"
    return NotAsPlanned(
        f"{called(at, route)} of {router.virtual_service} lacks the plan's {name}: {_said(wanted)}.",
        hint=f"Add to spec.http[{at}].route{whole}:\n" + "\n".join(lines),
    )
