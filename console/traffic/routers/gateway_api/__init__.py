"""The router that is a Gateway API HTTPRoute: the weights of one rule's backends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.model import Plan
from console.plan.routers.gateway_api import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than, version_of
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.gateway_api.http_route import (
    IDENTITY,
    Backends,
    called,
    find_rule,
    is_meant,
    is_named,
    patch_for,
    rules_of,
    weight_of,
)
from console.traffic.routers.gateway_api.parents import check_parents
from console.traffic.routers.gateway_api.shapes import HttpRoute, TrafficRouting, steered
from console.traffic.shapes import RolloutList
from console.traffic.shares import percents, sent

Json = dict[str, Any]


class HttpRoutes(ObjectKind[Settings, Backends]):
    """Gateway API's."""

    NAME = "gateway_api"
    GROUP = "gateway.networking.k8s.io"
    VERSIONS = ("v1", "v1beta1")
    PLURAL = "httproutes"
    TITLE = "HTTPRoute"
    NOT_SERVED = (
        "The cluster knows no HTTPRoutes.",
        "Check the context; the CRDs come with Gateway API's standard-install.yaml.",
    )
    SHAPE = HttpRoute
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = ".spec.rules[].backendRefs[].weight"
    LIST = "rules"

    def find(self, obj: Json, settings: Settings) -> Backends:
        """Find the rule, and the two backends in it."""
        return find_rule(obj, settings)

    def patch(self, place: Backends, weight: int) -> list[Json]:
        """Set both weights; their sum stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def elsewhere(self, obj: Json, plan: Plan, place: Backends) -> tuple[Elsewhere, ...]:
        """Return the other rules that send anywhere, and the third backends of this one."""
        found = []
        for at, rule in enumerate(rules_of(obj)):
            refs: list[Json] = rule.get("backendRefs") or []
            weights, names = [weight_of(ref) for ref in refs], [_name(ref, plan, place) for ref in refs]
            ours = place if at == place.rule else None
            found += sent(called(at, rule), weights, names, plan, beside=ours)
        return tuple(found)

    def steered_by(self, rollout: Json) -> list[str]:
        """Name those of the Gateway API plugin."""
        return steered(rollout)

    def leads(self, place: Backends, at: int) -> Json:
        """Say it of a Service."""
        return leads_to(place.refs[at]["name"], place.refs[at].get("port"))

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say what the controllers of its parents say."""
        return check_parents(obj, name)

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:
        """Yield each rule that fits."""
        rules = rules_of(obj)
        for at, rule in enumerate(rules):
            if not is_named(at, rule, named.http_route):
                continue
            canary = named.canary or _other_than(named.stable, rule, namespace)
            if canary is None:
                continue
            which = str(rule.get("name") or at + 1) if len(rules) > 1 else None
            settings = Settings(http_route=name, rule=which, stable=named.stable, canary=canary)
            if self.fits(obj, settings):
                yield settings

    def sends(self, obj: Json) -> str:
        """Say where each rule sends."""
        return "; ".join(f"{called(at, rule)}: {_backends(rule)}" for at, rule in enumerate(rules_of(obj)))


KIND = HttpRoutes()


def _name(ref: Json, plan: Plan, place: Backends) -> str:
    ours = version_of(ref, place.refs, place, plan, identity=IDENTITY)
    return ours or "/".join(str(ref[key]) for key in ("namespace", "name") if ref.get(key))


def _other_than(stable: Backend, rule: Json, namespace: str) -> Backend | None:
    """Return the rule's other backend, where it has two."""
    refs: list[Json] = rule.get("backendRefs") or []
    ref = other_than(stable, refs, is_meant=lambda ref, wanted: is_meant(ref, wanted, namespace))
    return Backend(service=str(ref.get("name", "")), port=ref.get("port")) if ref else None


def _backends(rule: Json) -> str:
    refs: list[Json] = rule.get("backendRefs") or []
    return percents([(f"service:{ref.get('name')}", weight_of(ref)) for ref in refs]) or "nothing"
