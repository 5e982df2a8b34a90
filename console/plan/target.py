"""What a plan is about: its two versions, the router between them, and where evidence comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from console.plan import defaults
from console.plan.fields import Fields, choice, scalar_text
from console.plan.literal import literal, quoted
from console.plan.model import MOST_EVENTS, Destination, IstioRouter, MetricsSource, Version
from console.plan.names import (
    parse_business_name,
    parse_counter,
    parse_label,
    parse_query,
    parse_subdomain,
    parse_title,
    parse_version,
)
from console.plan.read_access import HINT, read_prometheus
from console.plan.units import BadValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.plan.nodes import Node, Scalar

VERSION_KEYS = ("name", "deployment")
ROUTER_KEYS = ("istio",)
ISTIO_KEYS = ("virtual_service", "route", "stable", "canary")
DESTINATION_KEYS = ("subset", "host")
METRICS_KEYS = ("prometheus", "preset", "business", "events")
TAKEN = ("errors", "4xx")
"""What the judge calls a channel of its own."""

_NO_VERSION = Version(name="", deployment="")
_NO_DESTINATION = Destination()


def read_versions(fields: Fields) -> tuple[Version, Version]:
    """Read stable and canary, which must differ."""
    stable = _read_version(fields, "stable", name="v1")
    canary = _read_version(fields, "canary", name="v2")
    at = fields.key_mark("canary")
    if stable.name and stable.name == canary.name:
        message = f"stable and canary are both called {quoted(canary.name)}"
        fields.problems.add(at, message, hint="give them the values of their version labels, like v1 and v2")
    if stable.deployment and stable.deployment == canary.deployment:
        message = f"stable and canary are the same deployment, {quoted(canary.deployment)}"
        fields.problems.add(at, message, hint="name the new version's own deployment")
    return stable, canary


def read_router(fields: Fields) -> IstioRouter:
    """Read the router, whose two destinations must differ."""
    hint = "write router: {istio: {virtual_service: ..., stable: ..., canary: ...}}"
    router = fields.section("router", known=ROUTER_KEYS, hint=hint)
    istio = router.section("istio", known=ISTIO_KEYS, hint=hint) if router else None
    if istio is None:
        return IstioRouter(virtual_service="", route=None, stable=_NO_DESTINATION, canary=_NO_DESTINATION)
    stable, canary = _read_destination(istio, "stable"), _read_destination(istio, "canary")
    if stable == canary != _NO_DESTINATION:
        message = "stable and canary are the same destination: there would be nothing to split"
        istio.problems.add(
            istio.key_mark("canary"), message, hint="name the new version's own subset or host"
        )
    return IstioRouter(
        virtual_service=istio.required("virtual_service", parse_subdomain, stand_in="").value,
        route=istio.optional("route", parse_title, default="").value or None,
        stable=stable,
        canary=canary,
    )


def read_metrics(fields: Fields) -> MetricsSource:
    """Read Prometheus, the preset, and the plan's own queries."""
    metrics = fields.section("metrics", known=METRICS_KEYS, hint=HINT)
    if metrics is None:
        return MetricsSource(prometheus="", preset=defaults.PRESET, business={})
    prometheus, access = read_prometheus(metrics)
    return MetricsSource(
        prometheus=prometheus,
        preset=metrics.optional("preset", choice(defaults.PRESETS), default=defaults.PRESET).value,
        business=_read_queries(metrics, "business", parse_query),
        events=_read_events(metrics),
        access=access or UNSET,
    )


def _read_version(fields: Fields, key: str, *, name: str) -> Version:
    hint = f"write {key}: {{name: {name}, deployment: ...}}"
    version = fields.section(key, known=VERSION_KEYS, hint=hint)
    if version is None:
        return _NO_VERSION
    return Version(
        name=version.optional("name", parse_version, default=name).value,
        deployment=version.required("deployment", parse_subdomain, stand_in="", hint=hint).value,
    )


def _read_destination(istio: Fields, key: str) -> Destination:
    hint = f"write {key}: {{subset: ...}}, or host, or both"
    destination = istio.section(key, known=DESTINATION_KEYS, hint=hint)
    if destination is None:
        return _NO_DESTINATION
    if not destination.has_any(DESTINATION_KEYS):
        destination.problems.add(destination.at, f"{quoted(key)} has neither subset nor host", hint=hint)
    subset = destination.optional("subset", parse_label, default="")
    host = destination.optional("host", parse_subdomain, default="")
    return Destination(subset=subset.value or None, host=host.value or None)


def _read_events(metrics: Fields) -> dict[str, str]:
    """Read the counters of business events, whose names mean nothing else yet."""
    counters = _read_queries(metrics, "events", parse_counter)
    taken = (*TAKEN, *(key.text for key, _ in metrics.entries("business")))
    for key, _ in metrics.entries("events"):
        if key.text in taken:
            message = f"{quoted(key.text)} means another metric already"
            metrics.problems.add(key.at, message, hint=f"call it {literal(key.text)}_counted")
    if len(counters) > MOST_EVENTS:
        message = f"{len(counters)} kinds of event are too many: each gets less of the error budget"
        metrics.problems.add(metrics.key_mark("events"), message, hint=f"keep {MOST_EVENTS} or fewer")
    return counters


def _read_queries(metrics: Fields, section: str, parse: Callable[[str], str]) -> dict[str, str]:
    """Read queries by name; a name keeps its place where its query is bad, so that its guards can be read."""
    queries: dict[str, str] = {}
    for key, node in metrics.entries(section):
        if key.text in queries:
            metrics.problems.add(key.at, f"{quoted(key.text)} stands twice", hint="keep one")
        queries[key.text] = _read_query(metrics, key, node, parse)
    return queries


def _read_query(metrics: Fields, key: Scalar, node: Node, parse: Callable[[str], str]) -> str:
    try:
        parse_business_name(key.text)
    except BadValue as bad:
        metrics.problems.add(key.at, str(bad), hint=bad.hint)
    try:
        return parse(scalar_text(node))
    except BadValue as bad:
        metrics.problems.add(node.at, f"business metric {quoted(key.text)}: {bad}", hint=bad.hint)
        return ""
