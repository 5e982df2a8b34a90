"""The router that is a TraefikService: the weights of its Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.model import Plan
from console.plan.routers.traefik import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than, version_of
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.traefik.shapes import TraefikService, TrafficRouting, steered
from console.traffic.routers.traefik.traefik_service import (
    IDENTITY,
    Services,
    find_services,
    is_meant,
    patch_for,
    port_of,
    services_of,
    weight_of,
)
from console.traffic.shapes import RolloutList
from console.traffic.shares import percents, sent

Json = dict[str, Any]

KEEP = (
    "keep pods of both versions while it names them: unless Traefik runs with allowEmptyServices, it answers"
    " 404 to every request where one has none, also at a weight of 0"
)
PINNED = (
    "its cookie keeps clients at the version that they had: less weight moves none of them, and only a weight"
    " of 0 frees those of the canary"
)


class TraefikServices(ObjectKind[Settings, Services]):
    """Traefik's."""

    NAME = "traefik"
    GROUP = "traefik.io"
    VERSIONS = ("v1alpha1",)
    PLURAL = "traefikservices"
    TITLE = "TraefikService"
    NOT_SERVED = (
        "The cluster knows no TraefikServices.",
        "Check the context; the CRDs come with Traefik 3's chart.",
    )
    SHAPE = TraefikService
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.weighted.services[].weight"

    def find(self, obj: Json, settings: Settings) -> Services:
        """Find the two Services."""
        return find_services(obj, settings)

    def patch(self, place: Services, weight: int) -> list[Json]:
        """Set both weights; their sum stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def owns_weights(self, fields: Json) -> bool:
        """Whether it is the list, an atomic one: the last writer of any part owns it as a whole."""
        return "f:services" in ((fields.get("f:spec") or {}).get("f:weighted") or {})

    def elsewhere(self, obj: Json, plan: Plan, place: Services) -> tuple[Elsewhere, ...]:
        """Return the services beside the two."""
        weights = [weight_of(entry) for entry in place.entries]
        names = [_name(entry, plan, place) for entry in place.entries]
        return tuple(sent(str(obj["metadata"]["name"]), weights, names, plan, beside=place))

    def steered_by(self, rollout: Json) -> list[str]:
        """Name that of its Traefik section."""
        return steered(rollout)

    def leads(self, place: Services, at: int) -> Json:
        """Say it of a Service."""
        entry = place.entries[at]
        return leads_to(str(entry["name"]), port_of(entry))

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say what Traefik makes of it: there is no status that would."""
        keep = Check(name=f"pods of {name}", ok=True, words=KEEP)
        if not ((obj.get("spec") or {}).get("weighted") or {}).get("sticky"):
            return (keep,)
        return (keep, Check(name=f"sticky clients of {name}", ok=True, words=PINNED, warning=True))

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:
        """Yield the list, where it fits; it has no routes that could be named."""
        canary = named.canary or _other_than(named.stable, services_of(obj), namespace)
        if named.http_route is not None or canary is None:
            return
        settings = Settings(traefik_service=name, stable=named.stable, canary=canary)
        if self.fits(obj, settings):
            yield settings

    def sends(self, obj: Json) -> str:
        """Say where it sends."""
        return percents([(f"service:{each.get('name')}", weight_of(each)) for each in services_of(obj)])


KIND = TraefikServices()


def _name(entry: Json, plan: Plan, place: Services) -> str:
    ours = version_of(entry, place.entries, place, plan, identity=IDENTITY)
    return ours or "/".join(str(entry[key]) for key in ("namespace", "name") if entry.get(key))


def _other_than(stable: Backend, entries: list[Json], namespace: str) -> Backend | None:
    """Return the other service, where there are two."""
    entry = other_than(stable, entries, is_meant=lambda entry, wanted: is_meant(entry, wanted, namespace))
    return Backend(service=str(entry.get("name", "")), port=port_of(entry)) if entry else None
