"""The router that is a Contour HTTPProxy: the weights of one route's Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.exposure import FULL
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routers.contour import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than, version_of
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.contour.http_proxy import (
    IDENTITY,
    Services,
    called,
    find_route,
    is_meant,
    is_mirror,
    is_named,
    patch_for,
    routes_of,
    weights_of,
)
from console.traffic.routers.contour.shapes import HttpProxy, TrafficRouting, steered
from console.traffic.routers.contour.status import check_status
from console.traffic.shapes import RolloutList
from console.traffic.shares import sent

Json = dict[str, Any]

LONGEST_ROUTE_CHARS = 200
"""Characters of a route's Services that are quoted."""


class HttpProxies(ObjectKind[Settings, Services]):
    """Contour's."""

    NAME = "contour"
    GROUP = "projectcontour.io"
    VERSIONS = ("v1",)
    PLURAL = "httpproxies"
    TITLE = "HTTPProxy"
    NOT_SERVED = (
        "The cluster knows no HTTPProxies.",
        "Check the context; the CRDs come with Contour's examples/contour/01-crds.yaml.",
    )
    SHAPE = HttpProxy
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.routes[].services[].weight"
    LIST = "routes"

    def find(self, obj: Json, settings: Settings) -> Services:
        """Find the route, and the two Services in it."""
        return find_route(obj, settings)

    def patch(self, place: Services, weight: int) -> list[Json]:
        """Set both weights; their sum stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def elsewhere(self, obj: Json, plan: Plan, place: Services) -> tuple[Elsewhere, ...]:
        """Return the other routes, third Services of this one, passed-on connections, included objects."""
        spec = obj.get("spec") or {}
        lists = [(called(at, route), route.get("services") or []) for at, route in enumerate(routes_of(obj))]
        lists.append(("tcpproxy", (spec.get("tcpproxy") or {}).get("services") or []))
        found = []
        for at, (where, entries) in enumerate(lists):
            names = [_name(entry, plan, place) for entry in entries]
            ours = place if at == place.route else None
            found += sent(where, weights_of(entries), names, plan, beside=ours)
        return (*found, *(_included(each) for each in spec.get("includes") or ()))

    def steered_by(self, rollout: Json) -> list[str]:
        """Name those of the Contour plugin."""
        return steered(rollout)

    def leads(self, place: Services, at: int) -> Json:
        """Say it of a Service."""
        entry = place.entries[at]
        return leads_to(str(entry["name"]), entry.get("port"))

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say what Contour says of it."""
        return check_status(obj, name)

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - a route's Services are of its own namespace
        """Yield each route that fits."""
        routes = routes_of(obj)
        for at, route in enumerate(routes):
            if not is_named(at, route, named.http_route):
                continue
            canary = named.canary or _other_than(named.stable, route)
            if canary is None:
                continue
            which = str(at + 1) if len(routes) > 1 else None
            settings = Settings(http_proxy=name, route=which, stable=named.stable, canary=canary)
            if self.fits(obj, settings):
                yield settings

    def sends(self, obj: Json) -> str:
        """Say where each route sends."""
        return "; ".join(
            f"{called(at, route)}: {_services(route)}" for at, route in enumerate(routes_of(obj))
        )


KIND = HttpProxies()


def _name(entry: Json, plan: Plan, place: Services) -> str:
    ours = version_of(entry, place.entries, place, plan, identity=IDENTITY)
    return ours or str(entry.get("name", ""))


def _included(include: Json) -> Elsewhere:
    where = "/".join(str(include[key]) for key in ("namespace", "name") if include.get(key))
    return Elsewhere(where="an include", to=f"HTTPProxy {where}", third=True)


def _other_than(stable: Backend, route: Json) -> Backend | None:
    """Return the route's other Service, where it has two; a mirror is none."""
    entries = [entry for entry in route.get("services") or [] if not is_mirror(entry)]
    entry = other_than(stable, entries, is_meant=is_meant)
    return Backend(service=str(entry.get("name", "")), port=entry.get("port")) if entry else None


def _services(route: Json) -> str:
    entries: list[Json] = route.get("services") or []
    weights = weights_of(entries)
    said = (
        f"service:{entry.get('name')} " + ("mirror" if is_mirror(entry) else f"{_percent(weight, weights)}%")
        for entry, weight in zip(entries, weights, strict=True)
    )
    return literal(", ".join(said), longest=LONGEST_ROUTE_CHARS) or "nothing"


def _percent(weight: int, weights: tuple[int, ...]) -> int:
    return round(FULL * weight / sum(weights))
