"""Where the two weights stand in one route of a VirtualServer, and the operations that change them alone.

Pure. The weights of a route's splits are percent: NGINX Ingress Controller serves none whose sum is not 100.
A split names an upstream, and the upstream a Service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import find_both, find_part, write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.backend import Backend
    from console.plan.routers.nginx_virtualserver import Settings

Json = dict[str, Any]

IDENTITY = ("action",)
"""What tells a split from the others of its route."""


class Splits(Place, frozen=True, kw_only=True):
    """Where the two stand in one route."""

    route: int
    """Index in `spec.routes`; those of the place are in the route's splits."""
    splits: tuple[Json, ...]
    """The route's splits as stored: a write insists that ours are still at their indices."""
    upstreams: dict[str, Json]
    """The object's, by their names."""

    def weights_for(self, percent: int) -> tuple[int, int]:
        """Return both in percent; where others share the requests the sum stays, and is 100 with theirs."""
        return super().weights_for(percent) if self.others else (FULL - percent, percent)

    def service_of(self, action: Json) -> Json:
        """Return the upstream to which an action sends; an empty one where it sends to none."""
        return self.upstreams.get(upstream_of(action), {})


def find_route(obj: Json, settings: Settings) -> Splits:
    """Find the two splits; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    at, route = find_part(
        routes_of(obj),
        settings.route,
        of=settings.virtual_server,
        what="route",
        lacks="{count} routes {name}",
        called=called,
        is_named=is_named,
        hint="Name one with router.nginx_virtualserver.route, by its path or its number",
    )
    where, upstreams = f"{called(at, route)} of {settings.virtual_server}", upstreams_of(obj)
    splits: list[Json] = route.get("splits") or []
    stable, canary = find_both(
        splits,
        settings,
        is_meant=lambda split, wanted: is_meant(split, wanted, upstreams),
        where=where,
        to_add=lambda wanted, weight: (
            f"Name {wanted.in_words} in spec.upstreams, and let spec.routes[{at}].splits be 100 together:\n"
            f"- {{weight: {weight}, action: {{pass: ITS-UPSTREAM}}}}"
        ),
    )
    weights = tuple(int(split.get("weight") or 0) for split in splits)
    if sum(weights) == 0:
        raise NotAsPlanned(f"No split of {where} has a weight.", hint=f"Give stable the weight {FULL}.")
    return Splits(
        route=at, stable=stable, canary=canary, weights=weights, splits=tuple(splits), upstreams=upstreams
    )


def patch_for(place: Splits, *, weight: int) -> list[Json]:
    """Write the operations that set both weights."""
    path = f"/spec/routes/{place.route}/splits"
    return write_both(path, place.splits, place, weight=weight, identity=IDENTITY)


def upstreams_of(obj: Json) -> dict[str, Json]:
    """Return the upstreams by their names."""
    return {str(each.get("name")): each for each in (obj.get("spec") or {}).get("upstreams") or ()}


def upstream_of(action: Json) -> str:
    """Name the upstream to which an action sends; empty where it answers by itself."""
    return str(action.get("pass") or (action.get("proxy") or {}).get("upstream") or "")


def is_meant(split: Json, wanted: Backend, upstreams: dict[str, Json]) -> bool:
    """Whether a split's Service is the one that is wanted."""
    upstream = upstreams.get(upstream_of(split.get("action") or {}), {})
    return upstream.get("service") == wanted.service and wanted.port in (None, upstream.get("port"))


def routes_of(obj: Json) -> list[Json]:
    """Return the routes."""
    return (obj.get("spec") or {}).get("routes") or []


def called(at: int, route: Json) -> str:
    """Call a route by its path: `route "/pay"`."""
    return f'route "{route["path"]}"' if route.get("path") else f"route number {at + 1} (without a path)"


def is_named(at: int, route: Json, name: str | None) -> bool:
    """Whether a route is the one of this path, or of this number from 1 on; None means any."""
    return name is None or (int(name) == at + 1 if name.isdecimal() else route.get("path") == name)
