"""Where the two weights stand in a VirtualService, and the patch that changes them and nothing else.

Pure. Reading is lenient and writing is narrow: whatever else people put into the route, a rollback must
always be able to say where it is and to take the canary's weight away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from console.errors import NotAsPlanned

if TYPE_CHECKING:
    from console.plan.model import Destination, IstioRouter

Json = dict[str, Any]

FULL = 100


class Place(Struct, frozen=True, kw_only=True):
    """Where stable and canary stand in one object, and their weights as stored."""

    route: int
    """Index in `spec.http`."""
    stable: int
    canary: int
    """Indices in the route's destinations."""
    stable_destination: Json
    canary_destination: Json
    """The destinations as stored: a write insists that they are still at their indices."""
    weights: tuple[int, ...]
    """Of all destinations of the route, in its order."""

    @property
    def exact_percent(self) -> float:
        """The canary's share of all weights, 0..100."""
        return FULL * self.weights[self.canary] / sum(self.weights)

    @property
    def percent(self) -> int:
        """The canary's share in whole percent; 0 and 100 are said only where they are exactly so."""
        exact = self.exact_percent
        return int(exact) if exact in (0, FULL) else min(FULL - 1, max(1, round(exact)))

    @property
    def others(self) -> int:
        """The weight of destinations that are neither of ours."""
        return sum(self.weights) - self.weights[self.stable] - self.weights[self.canary]


def find_route(obj: Json, router: IstioRouter) -> Place:
    """Find the two destinations; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    namespace = obj.get("metadata", {}).get("namespace", "")
    at, route = _http_route(obj, router)
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
    return Place(
        route=at,
        stable=stable[0],
        canary=canary[0],
        stable_destination=targets[stable[0]]["destination"],
        canary_destination=targets[canary[0]]["destination"],
        weights=_weights(targets, router),
    )


def patch_for(place: Place, *, weight: int, version: str) -> list[Json]:
    """Write the JSON patch that sets both weights, where the object is still at `version`.

    The tests of both destinations say that the indices are ours.
    """
    route = f"/spec/http/{place.route}/route"
    return [
        version_for(version),
        {"op": "test", "path": f"{route}/{place.stable}/destination", "value": place.stable_destination},
        {"op": "test", "path": f"{route}/{place.canary}/destination", "value": place.canary_destination},
        {"op": "add", "path": f"{route}/{place.stable}/weight", "value": FULL - weight},
        {"op": "add", "path": f"{route}/{place.canary}/weight", "value": weight},
    ]


def version_for(version: str) -> Json:
    """Write the operation that makes a patch conditional on the object's version.

    A `replace` makes a real API server answer 409 where the object has moved on; a `test` would be answered
    with a bare 422.
    """
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": version}


def changed_by(obj: Json) -> str:
    """Name who wrote `spec.http` last; empty where the object does not tell."""
    entries = [entry for entry in obj.get("metadata", {}).get("managedFields") or () if _touches_http(entry)]
    return (
        str(max(entries, key=lambda entry: str(entry.get("time", ""))).get("manager", "")) if entries else ""
    )


def _touches_http(entry: Json) -> bool:
    # spec.http is an atomic list: it is owned as a whole by whoever changed any of it last.
    return "f:http" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})


def _http_route(obj: Json, router: IstioRouter) -> tuple[int, Json]:
    routes: list[Json] = (obj.get("spec") or {}).get("http") or []
    found = [(at, route) for at, route in enumerate(routes) if router.route in (None, route.get("name"))]
    if len(found) == 1:
        return found[0]
    named = ", ".join(called(at, route) for at, route in enumerate(routes)) or "none"
    if router.route is None:
        why = "has no HTTP route" if not routes else f"has {len(routes)} HTTP routes, and the plan names none"
    else:
        why = f'has {len(found) or "no"} HTTP routes named "{router.route}"'
    raise NotAsPlanned(
        f"{router.virtual_service} {why}.", hint=f"Name one with router.route in the plan. It has: {named}."
    )


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


def same_host(left: str, right: str, *, namespace: str) -> bool:
    """Compare hosts as seen from `namespace`: checkout, checkout.shop, checkout.shop.svc.cluster.local."""
    return _service(left, namespace) == _service(right, namespace)


def _service(host: str, namespace: str) -> str:
    """Cut a service's host down to `name.namespace`; other hosts stay as they are."""
    labels = host.rstrip(".").lower().split(".")
    if len(labels) == 1:
        return f"{labels[0]}.{namespace}"
    return ".".join(labels[:2]) if labels[2:3] == ["svc"] else ".".join(labels)


def _weights(targets: list[Json], router: IstioRouter) -> tuple[int, ...]:
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


def _missing(router: IstioRouter, *, at: int, route: Json, stable: bool) -> NotAsPlanned:
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
