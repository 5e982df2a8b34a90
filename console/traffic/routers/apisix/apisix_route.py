"""Where the two weights stand in one HTTP rule of an ApisixRoute, and the operations that change them alone.

Pure. A weight is a whole number whose share of the rule's sum counts; where none is written it is 100. A rule
may share its requests with ApisixUpstreams, too, which stand in a list of their own. Reading is lenient and
writing is narrow: a rollback must always be able to take the canary's weight away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import NotAsPlanned
from console.plan.exposure import FULL
from console.traffic.backends import find_both, find_part, write_both
from console.traffic.place import Place

if TYPE_CHECKING:
    from console.plan.backend import Backend
    from console.plan.routers.apisix import Settings

Json = dict[str, Any]

UNWRITTEN = 100
"""The weight of a backend that has none written: apisix-ingress-controller, api/v2 `DefaultWeight`."""
IDENTITY = ("serviceName", "servicePort", "subset")
"""What tells a backend from the others of its rule."""


class Backends(Place, frozen=True, kw_only=True):
    """Where the two stand in one rule; the weights of its ApisixUpstreams follow those of its backends."""

    rule: int
    """Index in `spec.http`; those of the place are in the rule's backends."""
    name: str
    """The rule's."""
    backends: tuple[Json, ...]
    """The rule's backends as stored: a write insists that ours are still at their indices."""


def find_rule(obj: Json, settings: Settings) -> Backends:
    """Find the two backends; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    at, rule = find_part(
        rules_of(obj),
        settings.rule,
        of=settings.apisix_route,
        what="HTTP rule",
        lacks='no HTTP rule named "{name}"',
        called=lambda _at, rule: called(rule),
        is_named=lambda _at, rule, name: name in (None, rule.get("name")),
        hint="Name one with router.apisix.rule in the plan",
    )
    backends: list[Json] = rule.get("backends") or []
    where = f"{called(rule)} of {settings.apisix_route}"
    stable, canary = find_both(
        backends,
        settings,
        is_meant=is_meant,
        where=where,
        to_add=lambda wanted, weight: (
            f"Add to spec.http[{at}].backends, and give each other one its weight:\n"
            f"- {{serviceName: {wanted.service}, servicePort: {wanted.port or 'PORT'}, weight: {weight}}}"
        ),
    )
    weights = tuple(weight_of(each) for each in sharing(rule))
    if sum(weights) == 0:
        raise NotAsPlanned(
            f"No backend of {where} has a weight: every request fails.",
            hint=f"Give stable the weight {FULL}.",
        )
    return Backends(
        rule=at,
        name=str(rule.get("name", "")),
        stable=stable,
        canary=canary,
        weights=weights,
        backends=tuple(backends),
    )


def patch_for(place: Backends, *, weight: int) -> list[Json]:
    """Write the operations that set both weights, if the rule is still at its index."""
    rule = f"/spec/http/{place.rule}"
    still = {"op": "test", "path": f"{rule}/name", "value": place.name}
    entries = place.backends
    return [still, *write_both(f"{rule}/backends", entries, place, weight=weight, identity=IDENTITY)]


def weight_of(entry: Json) -> int:
    """Return the weight of a backend, or of an ApisixUpstream."""
    weight = entry.get("weight")
    return UNWRITTEN if weight is None else int(weight)


def rules_of(obj: Json) -> list[Json]:
    """Return the HTTP rules."""
    return (obj.get("spec") or {}).get("http") or []


def sharing(rule: Json) -> list[Json]:
    """Return all that share a rule's requests: its backends, then its ApisixUpstreams."""
    return [*(rule.get("backends") or ()), *(rule.get("upstreams") or ())]


def called(rule: Json) -> str:
    """Call a rule by its name, which each has."""
    return f'rule "{rule.get("name", "")}"'


def is_meant(entry: Json, wanted: Backend) -> bool:
    """Whether a backend of the rule is the one that is wanted; its port may be a name, which is no number."""
    return entry.get("serviceName") == wanted.service and wanted.port in (None, entry.get("servicePort"))
