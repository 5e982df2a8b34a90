"""Where the two weights stand in one rule of an HTTPRoute, and the operations that change them alone.

Pure. A weight is a whole number whose share of the rule's sum counts; where none is written it is 1. Reading
is lenient and writing is narrow: a rollback must always be able to take the canary's weight away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import find_both, find_part, write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.backend import Backend
    from console.plan.routers.gateway_api import Settings

Json = dict[str, Any]

IDENTITY = ("group", "kind", "namespace", "name", "port")
"""What tells a backend from the others of its rule."""


class Backends(Place, frozen=True, kw_only=True):
    """Where the two stand in one rule."""

    rule: int
    """Index in `spec.rules`; those of the place are in the rule's backendRefs."""
    refs: tuple[Json, ...]
    """The rule's backendRefs as stored: a write insists that ours are still at their indices."""


def find_rule(obj: Json, settings: Settings) -> Backends:
    """Find the two backends; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    namespace = str(obj.get("metadata", {}).get("namespace", ""))
    at, rule = find_part(
        rules_of(obj),
        settings.rule,
        of=settings.http_route,
        what="rule",
        lacks="no rule {name}",
        called=called,
        is_named=is_named,
        hint="Name one with router.gateway_api.rule, by its name or its number",
    )
    refs: list[Json] = rule.get("backendRefs") or []
    where = f"{called(at, rule)} of {settings.http_route}"
    stable, canary = find_both(
        refs,
        settings,
        is_meant=lambda ref, wanted: is_meant(ref, wanted, namespace),
        where=where,
        to_add=lambda wanted, weight: (
            f"Add to spec.rules[{at}].backendRefs, and give each other one its weight:\n"
            f"- {{name: {wanted.service}, port: {wanted.port or 'PORT'}, weight: {weight}}}"
        ),
    )
    weights = tuple(weight_of(each) for each in refs)
    if sum(weights) == 0:
        raise NotAsPlanned(
            f"No backend of {where} has a weight: every request fails.",
            hint=f"Give stable the weight {FULL}.",
        )
    return Backends(rule=at, stable=stable, canary=canary, weights=weights, refs=tuple(refs))


def patch_for(place: Backends, *, weight: int) -> list[Json]:
    """Write the operations that set both weights."""
    path = f"/spec/rules/{place.rule}/backendRefs"
    return write_both(path, place.refs, place, weight=weight, identity=IDENTITY)


def weight_of(ref: Json) -> int:
    """Return a backend's weight; Gateway API: where none is written it is 1."""
    weight = ref.get("weight")
    return 1 if weight is None else int(weight)


def rules_of(obj: Json) -> list[Json]:
    """Return the rules."""
    return (obj.get("spec") or {}).get("rules") or []


def called(at: int, rule: Json) -> str:
    """Call a rule by its name, or by its number where it has none."""
    return f'rule "{rule["name"]}"' if rule.get("name") else f"rule number {at + 1} (unnamed)"


def is_meant(ref: Json, wanted: Backend, namespace: str) -> bool:
    """Whether a backend of the rule is the one that is wanted: a Service of the route's own namespace."""
    is_service = (ref.get("group") or "", ref.get("kind") or "Service") == ("", "Service")
    is_here = ref.get("namespace") in (None, "", namespace)
    is_it = ref.get("name") == wanted.service and wanted.port in (None, ref.get("port"))
    return is_service and is_here and is_it


def is_named(at: int, rule: Json, name: str | None) -> bool:
    """Whether a rule is the one of this name, or of this number from 1 on; None means any."""
    return name is None or (int(name) == at + 1 if name.isdecimal() else rule.get("name") == name)
