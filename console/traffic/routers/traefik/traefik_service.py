"""Where the two weights stand in a TraefikService, and the operations that change them alone.

Pure. A weight is a whole number whose share of the sum counts; where none is written it is 1. Traefik leaves
out who has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import find_both, write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.backend import Backend
    from console.plan.routers.traefik import Settings

Json = dict[str, Any]

PATH = "/spec/weighted/services"
IDENTITY = ("kind", "name", "namespace", "port")
"""What tells a service from the others."""


class Services(Place, frozen=True, kw_only=True):
    """Where the two stand in the list."""

    entries: tuple[Json, ...]
    """The services as stored: a write insists that ours are still at their indices."""


def find_services(obj: Json, settings: Settings) -> Services:
    """Find the two Services; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    namespace, name = str(obj["metadata"].get("namespace") or ""), settings.traefik_service
    entries = services_of(obj)
    if not entries:
        has = ", ".join(sorted(obj.get("spec") or {})) or "nothing"
        raise NotAsPlanned(
            f"{name} has no weighted services, but {has}.",
            hint="Name the TraefikService that is weighted; a mirror or a failover may lead to it.",
        )
    stable, canary = find_both(
        entries,
        settings,
        is_meant=lambda entry, wanted: is_meant(entry, wanted, namespace),
        where=f"TraefikService {name}",
        to_add=lambda wanted, weight: (
            "Add to spec.weighted.services, and give each other one its weight:\n"
            f"- {{name: {wanted.service}, port: {wanted.port or 'PORT'}, weight: {weight}}}"
        ),
    )
    weights = tuple(weight_of(entry) for entry in entries)
    if sum(weights) == 0:
        raise NotAsPlanned(
            f"No service of {name} has a weight: every request fails.", hint=f"Give stable the weight {FULL}."
        )
    return Services(stable=stable, canary=canary, weights=weights, entries=tuple(entries))


def patch_for(place: Services, *, weight: int) -> list[Json]:
    """Write the operations that set both weights."""
    return write_both(PATH, place.entries, place, weight=weight, identity=IDENTITY)


def services_of(obj: Json) -> list[Json]:
    """Return the services that share the requests."""
    return ((obj.get("spec") or {}).get("weighted") or {}).get("services") or []


def weight_of(entry: Json) -> int:
    """Return a service's weight; where none is written it is 1."""
    weight = entry.get("weight")
    return 1 if weight is None else int(weight)


def port_of(entry: Json) -> int | None:
    """Return the number of a service's port; None where it has a name, or none is written."""
    port = str(entry.get("port") or "")
    return int(port) if port.isdecimal() else None


def is_meant(entry: Json, wanted: Backend, namespace: str) -> bool:
    """Whether a service of the list is the one that is wanted: a Service of the object's own namespace."""
    is_service = (entry.get("kind") or "Service") == "Service"
    is_here = entry.get("namespace") in (None, "", namespace)
    is_it = entry.get("name") == wanted.service and wanted.port in (None, port_of(entry))
    return is_service and is_here and is_it
