"""The router that is a VirtualServer of NGINX Ingress Controller: the weights of one route's splits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routers.nginx_virtualserver import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.nginx_virtualserver.other_routes import elsewhere
from console.traffic.routers.nginx_virtualserver.shapes import TrafficRouting, VirtualServer
from console.traffic.routers.nginx_virtualserver.status import check_state
from console.traffic.routers.nginx_virtualserver.virtual_server import (
    Splits,
    called,
    find_route,
    is_meant,
    is_named,
    patch_for,
    routes_of,
    upstream_of,
    upstreams_of,
)
from console.traffic.shapes import RolloutList

Json = dict[str, Any]

LONGEST_SPLITS_CHARS = 200
"""Characters of a route's splits that are quoted."""


class VirtualServers(ObjectKind[Settings, Splits]):
    """NGINX Ingress Controller's."""

    NAME = "nginx_virtualserver"
    GROUP = "k8s.nginx.org"
    VERSIONS = ("v1",)
    PLURAL = "virtualservers"
    TITLE = "VirtualServer"
    NOT_SERVED = (
        "The cluster knows no VirtualServers.",
        "Check the context; the CRDs come with NGINX Ingress Controller's chart.",
    )
    SHAPE = VirtualServer
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.routes[].splits[].weight"
    LIST = "routes"

    def find(self, obj: Json, settings: Settings) -> Splits:
        """Find the route, and the two splits in it."""
        return find_route(obj, settings)

    def patch(self, place: Splits, weight: int) -> list[Json]:
        """Set both weights, in percent."""
        return patch_for(place, weight=weight)

    def elsewhere(self, obj: Json, plan: Plan, place: Splits) -> tuple[Elsewhere, ...]:
        """Return the other routes, matches, third splits, and objects to which paths are left."""
        return elsewhere(obj, plan, place)

    def steered_by(self, _rollout: Json) -> list[str]:
        """Name none: no Argo Rollout steers a VirtualServer."""
        return []

    def leads(self, place: Splits, at: int) -> Json:
        """Say it of a split's upstream."""
        upstream = place.service_of(place.splits[at]["action"])
        return leads_to(str(upstream["service"]), upstream.get("port"))

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say what the controller says of it."""
        return check_state(obj, name)

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - a route's Services are of its own namespace
        """Yield each route that fits."""
        routes = routes_of(obj)
        for at, route in enumerate(routes):
            if not is_named(at, route, named.http_route):
                continue
            canary = named.canary or _other_than(named.stable, route, upstreams_of(obj))
            if canary is None:
                continue
            which = str(route.get("path") or at + 1) if len(routes) > 1 else None
            settings = Settings(virtual_server=name, route=which, stable=named.stable, canary=canary)
            if self.fits(obj, settings):
                yield settings

    def sends(self, obj: Json) -> str:
        """Say where each route with splits sends."""
        upstreams, routes = upstreams_of(obj), enumerate(routes_of(obj))
        return "; ".join(f"{called(at, each)}: {_splits(each, upstreams)}" for at, each in routes)


KIND = VirtualServers()


def _other_than(stable: Backend, route: Json, upstreams: dict[str, Json]) -> Backend | None:
    """Return the Service of the route's other split, where it has two."""
    splits: list[Json] = route.get("splits") or []
    split = other_than(stable, splits, is_meant=lambda split, wanted: is_meant(split, wanted, upstreams))
    upstream = upstreams.get(upstream_of(split.get("action") or {}), {})
    return Backend(service=str(upstream["service"]), port=upstream.get("port")) if upstream else None


def _splits(route: Json, upstreams: dict[str, Json]) -> str:
    splits = route.get("splits") or [{"weight": 100, "action": route.get("action") or {}}]
    said = []
    for split in splits:
        upstream = upstreams.get(upstream_of(split.get("action") or {}), {})
        if upstream:
            said.append(f"service:{upstream.get('service')} {split.get('weight') or 0}%")
    return literal(", ".join(said), longest=LONGEST_SPLITS_CHARS) or "nothing"
