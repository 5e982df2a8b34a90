"""The router that is an ApisixRoute: the weights of one HTTP rule's backends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.exposure import FULL
from console.plan.model import Plan
from console.plan.routers.apisix import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than, version_of
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.apisix.accepted import check_accepted, check_plugins
from console.traffic.routers.apisix.apisix_route import (
    Backends,
    called,
    find_rule,
    is_meant,
    patch_for,
    rules_of,
    sharing,
    weight_of,
)
from console.traffic.routers.apisix.shapes import ApisixRoute, TrafficRouting
from console.traffic.shapes import RolloutList, routing_of
from console.traffic.shares import percents, sent

Json = dict[str, Any]


class ApisixRoutes(ObjectKind[Settings, Backends]):
    """Apache APISIX's."""

    NAME = "apisix"
    GROUP = "apisix.apache.org"
    VERSIONS = ("v2",)
    PLURAL = "apisixroutes"
    TITLE = "ApisixRoute"
    NOT_SERVED = (
        "The cluster knows no ApisixRoutes.",
        "Check the context; the CRDs come with the chart of APISIX's ingress controller.",
    )
    SHAPE = ApisixRoute
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.http[].backends[].weight"

    def find(self, obj: Json, settings: Settings) -> Backends:
        """Find the rule, and the two backends in it."""
        return find_rule(obj, settings)

    def patch(self, place: Backends, weight: int) -> list[Json]:
        """Set both weights; their sum stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def owns_weights(self, fields: Json) -> bool:
        """Whether it is the backends of a rule, an atomic list; the rules are told apart by their names."""
        rules = (fields.get("f:spec") or {}).get("f:http")
        return rules == {} or any("f:backends" in (owned or {}) for owned in (rules or {}).values())

    def elsewhere(self, obj: Json, plan: Plan, place: Backends) -> tuple[Elsewhere, ...]:
        """Return the other rules that send anywhere, what else shares this one, and rules of TCP and UDP."""
        found = []
        for at, rule in enumerate(rules_of(obj)):
            entries = sharing(rule)
            names = [_name(entry, plan, place) for entry in entries]
            ours = place if at == place.rule else None
            found += sent(called(rule), [weight_of(entry) for entry in entries], names, plan, beside=ours)
        for rule in (obj.get("spec") or {}).get("stream") or ():
            name = _name(rule.get("backend") or {}, plan, place)
            found += sent(f"stream {called(rule)}", [FULL], [name], plan)
        return tuple(found)

    def steered_by(self, rollout: Json) -> list[str]:
        """Name the one of its APISIX section."""
        node = routing_of(rollout, "apisix", "route")
        return [str(node.get("name", ""))]

    def leads(self, place: Backends, at: int) -> Json:
        """Say it of a Service."""
        entry = place.backends[at]
        return leads_to(str(entry["serviceName"]), _number(entry.get("servicePort")))

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say what its controller says, and where its weights would count for nothing."""
        return (check_accepted(obj, name), *check_plugins(rules_of(obj), name))

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - a rule's Services are of its own namespace
        """Yield each HTTP rule that fits."""
        rules = rules_of(obj)
        for rule in rules:
            if named.http_route not in (None, rule.get("name")):
                continue
            canary = named.canary or _other_than(named.stable, rule)
            if canary is None:
                continue
            which = str(rule.get("name", "")) if len(rules) > 1 else None
            settings = Settings(apisix_route=name, rule=which, stable=named.stable, canary=canary)
            if self.fits(obj, settings):
                yield settings

    def sends(self, obj: Json) -> str:
        """Say where each HTTP rule sends."""
        return "; ".join(f"{called(rule)}: {_targets(rule)}" for rule in rules_of(obj))


KIND = ApisixRoutes()


def _name(entry: Json, plan: Plan, place: Backends) -> str:
    # Whatever the port is, by its number or its name: the same pods answer.
    ours = version_of(entry, place.backends, place, plan, identity=("serviceName", "subset"))
    return ours or str(entry.get("serviceName") or _target(entry))


def _number(port: Any) -> int | None:
    """Return a port that is a number; one that is named is looked up by nobody here."""
    return port if isinstance(port, int) else None


def _other_than(stable: Backend, rule: Json) -> Backend | None:
    """Return the rule's other backend, where it has two and shares with no ApisixUpstream."""
    entry = other_than(stable, sharing(rule), is_meant=is_meant)
    service = str(entry.get("serviceName") or "")
    return Backend(service=service, port=_number(entry.get("servicePort"))) if service else None


def _targets(rule: Json) -> str:
    return percents([(_target(entry), weight_of(entry)) for entry in sharing(rule)]) or "nothing"


def _target(entry: Json) -> str:
    service = entry.get("serviceName")
    return f"service:{service}" if service else f"ApisixUpstream {entry.get('name', '')}"
