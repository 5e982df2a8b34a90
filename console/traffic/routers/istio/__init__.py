"""The router that is an Istio VirtualService: the weights of one HTTP route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.cluster.rights import Right
from console.elsewhere import Elsewhere
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routers.istio import Destination, Settings
from console.traffic.behind import DESTINATION_RULES, ISTIO
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.istio.other_routes import elsewhere
from console.traffic.routers.istio.shapes import TrafficRouting, VirtualService
from console.traffic.routers.istio.virtual_service import (
    Destinations,
    called,
    find_route,
    is_meant,
    patch_for,
    routes_of,
)
from console.traffic.shapes import RolloutList, routing_of

Json = dict[str, Any]

LONGEST_ROUTE_CHARS = 200
"""Characters of a route's destinations that are quoted."""


class VirtualServices(ObjectKind[Settings, Destinations]):
    """Istio's."""

    NAME = "istio"
    GROUP = ISTIO
    VERSIONS = ("v1", "v1beta1", "v1alpha3")
    PLURAL = "virtualservices"
    TITLE = "virtual service"
    NOT_SERVED = (
        "The cluster knows no Istio VirtualServices.",
        "Check the context; Istio's CRDs come with `istioctl install` or the istio/base chart.",
    )
    SHAPE = VirtualService
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.http[].route[].weight"
    LIST = "http"

    def find(self, obj: Json, settings: Settings) -> Destinations:
        """Find the route, and the two destinations in it."""
        return find_route(obj, settings)

    def patch(self, place: Destinations, weight: int) -> list[Json]:
        """Set both weights, in percent."""
        return patch_for(place, weight=weight)

    def elsewhere(self, obj: Json, plan: Plan, place: Destinations) -> tuple[Elsewhere, ...]:
        """Return the other routes, and the third destinations of this one."""
        return elsewhere(obj, plan, place)

    def rights(self, plan: Plan) -> tuple[Right, ...]:
        """Return those to the object, and to the rules that make subsets where the plan names one."""
        settings = plan.driven
        assert isinstance(settings, Settings)
        rules = Right(verb="list", group=ISTIO, plural=DESTINATION_RULES)
        by_subset = settings.stable.subset or settings.canary.subset
        return (*super().rights(plan), *((rules,) if by_subset else ()))

    def steered_by(self, rollout: Json) -> list[str]:
        """Name those of its Istio section."""
        node = routing_of(rollout, "istio")
        listed = [*(node.get("virtualServices") or ()), node.get("virtualService") or {}]
        return [str(entry.get("name", "")) for entry in listed]

    def leads(self, place: Destinations, at: int) -> Json:
        """Say it of a destination: a Service, or a subset of it."""
        return place.canary_destination if at == place.canary else place.stable_destination

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:
        """Yield each HTTP route that fits; one of several that has no name can't be meant."""
        routes = routes_of(obj)
        for each in routes:
            route = each.get("name") if len(routes) > 1 else None
            if named.http_route not in (None, each.get("name")) or (len(routes) > 1 and not route):
                continue
            canary = named.canary or _other_than(named.stable, each, namespace)
            if canary is None:
                continue
            settings = Settings(virtual_service=name, route=route, stable=named.stable, canary=canary)
            if self.fits(obj, settings):
                yield settings

    def sends(self, obj: Json) -> str:
        """Say where each HTTP route sends."""
        return "; ".join(f"{called(at, each)}: {_targets(each)}" for at, each in enumerate(routes_of(obj)))


KIND = VirtualServices()


def _other_than(stable: Destination, route: Json, namespace: str) -> Destination | None:
    """Return the route's other destination, where it has two."""
    targets = [target.get("destination") or {} for target in route.get("route") or []]
    others = [target for target in targets if not is_meant(target, stable, namespace)]
    if len(targets) != 2 or len(others) != 1:  # noqa: PLR2004 - stable and another one
        return None
    return Destination(subset=others[0].get("subset"), host=others[0].get("host"))


def _targets(route: Json) -> str:
    return literal(
        ", ".join(_target(target) for target in route.get("route") or []), longest=LONGEST_ROUTE_CHARS
    )


def _target(target: Json) -> str:
    destination = target.get("destination") or {}
    parts = [f"{key}:{destination[key]}" for key in ("host", "subset") if destination.get(key)]
    return f"{','.join(parts)} {target.get('weight') or 0}%"
