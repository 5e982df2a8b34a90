"""Where the two weights stand in one route of an HTTPProxy, and the operations that change them alone.

Pure. A weight is a whole number whose share of the route's sum counts. Contour reads none as 0, and divides
the requests evenly where all are 0. A mirror among the Services gets copies: that is no share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.traffic.backends import find_both, find_part, write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.backend import Backend
    from console.plan.routers.contour import Settings

Json = dict[str, Any]

IDENTITY = ("name", "port")
"""What tells a Service from the others of its route."""


class Services(Place, frozen=True, kw_only=True):
    """Where the two stand in one route."""

    route: int
    """Index in `spec.routes`; those of the place are in the route's services."""
    entries: tuple[Json, ...]
    """The route's services as stored: a write insists that ours are still at their indices."""

    @property
    def path(self) -> str:
        """Point to the list, as a JSON patch does."""
        return f"/spec/routes/{self.route}/services"


def find_route(obj: Json, settings: Settings) -> Services:
    """Find the two Services; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    at, route = find_part(
        routes_of(obj),
        settings.route,
        of=settings.http_proxy,
        what="route",
        lacks="{count} routes {name}",
        called=called,
        is_named=is_named,
        hint="Name one with router.contour.route, by its path or its number",
    )
    entries: list[Json] = route.get("services") or []
    stable, canary = find_both(
        entries,
        settings,
        is_meant=is_meant,
        where=f"{called(at, route)} of {settings.http_proxy}",
        to_add=lambda wanted, weight: (
            f"Add to spec.routes[{at}].services, and give each other one its weight:\n"
            f"- {{name: {wanted.service}, port: {wanted.port or 'PORT'}, weight: {weight}}}"
        ),
    )
    return Services(
        route=at, stable=stable, canary=canary, weights=weights_of(entries), entries=tuple(entries)
    )


def patch_for(place: Services, *, weight: int) -> list[Json]:
    """Write the operations that set both weights.

    Where no weight is written all have the same share, and the first that is written would take a third
    Service's away: it is given what it has had.
    """
    ours = (place.stable, place.canary)
    third = [
        {"op": "add", "path": f"{place.path}/{at}/weight", "value": share}
        for at, (share, entry) in enumerate(zip(place.weights, place.entries, strict=True))
        if at not in ours and share > int(entry.get("weight") or 0)
    ]
    return [*write_both(place.path, place.entries, place, weight=weight, identity=IDENTITY), *third]


def weights_of(entries: list[Json]) -> tuple[int, ...]:
    """Return the weights as Contour reads them; a mirror's share is none."""
    written = [0 if is_mirror(entry) else int(entry.get("weight") or 0) for entry in entries]
    return tuple(written) if any(written) else tuple(int(not is_mirror(entry)) for entry in entries)


def is_mirror(entry: Json) -> bool:
    """Whether a Service gets copies of requests, and answers none."""
    return bool(entry.get("mirror"))


def is_meant(entry: Json, wanted: Backend) -> bool:
    """Whether a Service of the route is the one that is wanted."""
    is_it = entry.get("name") == wanted.service and wanted.port in (None, entry.get("port"))
    return is_it and not is_mirror(entry)


def routes_of(obj: Json) -> list[Json]:
    """Return the routes."""
    return (obj.get("spec") or {}).get("routes") or []


def called(at: int, route: Json) -> str:
    """Call a route by its number and its path conditions: `route number 2 (/api)`."""
    return f"route number {at + 1} ({' '.join(_paths(route)) or '/'})"


def is_named(at: int, route: Json, name: str | None) -> bool:
    """Whether a route is the one of this path condition, or of this number from 1 on; None means any."""
    return name is None or (int(name) == at + 1 if name.isdecimal() else name in (_paths(route) or ["/"]))


def _paths(route: Json) -> list[str]:
    conditions: list[Json] = route.get("conditions") or []
    return [str(each[key]) for each in conditions for key in ("prefix", "exact", "regex") if each.get(key)]
