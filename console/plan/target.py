"""What a plan is about: its two versions, the router between them, and where evidence comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from console.plan import defaults
from console.plan.fields import Fields, choice
from console.plan.literal import literal, quoted
from console.plan.model import MOST_EVENTS, MetricsSource, Version
from console.plan.names import (
    LONGEST_PATH,
    parse_business_name,
    parse_counter,
    parse_line,
    parse_query,
    parse_version,
)
from console.plan.nodes import Mapping, Node, Scalar
from console.plan.read_access import HINT, read_prometheus
from console.plan.read_series import read_series
from console.plan.router_kind import kind_of
from console.plan.routers import NAMES, written
from console.plan.section import Key, Section, subdomain
from console.plan.shapes import line_of, text_of
from console.plan.units import BadValue

METRICS_KEYS = ("prometheus", "preset", "series", "business", "events")
TAKEN = ("errors", "4xx")
"""What the judge calls a channel of its own."""

_NAME = text_of(
    "The value of the mesh's version label.", "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", maximum=63
)
_IN_METRICS = "What the mesh's metrics call it; the Deployment's name unless given."
VERSION = Section(
    {
        "name": Key(shape=_NAME, parse=parse_version),
        "deployment": subdomain("The Deployment of its pods.", needed=True),
        "workload": Key(shape=line_of(_IN_METRICS, longest=LONGEST_PATH), parse=parse_line),
    }
)
_NO_VERSION = Version(name="", deployment="")
_NO_ROUTER = {"kind": ""}


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
    elif stable.in_metrics and stable.in_metrics == canary.in_metrics:
        message = f"metrics would call stable and canary the same, {quoted(canary.in_metrics)}"
        fields.problems.add(at, message, hint="name the new version's own workload")
    return stable, canary


def read_router(fields: Fields) -> dict[str, Any]:
    """Read the router, which is of one kind; without a sound one an empty one keeps the reading going."""
    hint = kind_of(NAMES[0]).HINT
    router = fields.section("router", known=NAMES, hint=hint)
    if router is None:
        return _NO_ROUTER
    named = kinds_in(fields.node("router"))
    if not named:
        if not fields.entries("router"):  # what stands there instead is told already
            router.missing(NAMES[0], hint=hint)
        return _NO_ROUTER
    for name in named[1:]:
        message = f"this is a second router, beside {quoted(named[0])}"
        router.problems.add(router.key_mark(name), message, hint="keep one")
    kind = kind_of(named[0])
    section = router.section(named[0], known=kind.KEYS, hint=kind.HINT)
    return _NO_ROUTER if section is None else written(kind.read(section))


def kinds_in(router: Node | None) -> list[str]:
    """Name the kinds that stand under `router`, unread, the most common one first."""
    keys = [key.text for key, _ in router.entries] if isinstance(router, Mapping) else []
    return [name for name in NAMES if name in keys]


def read_metrics(fields: Fields) -> MetricsSource:
    """Read Prometheus, the preset, and the plan's own queries."""
    metrics = fields.section("metrics", known=METRICS_KEYS, hint=HINT)
    preset = kind_of(next(iter(kinds_in(fields.node("router"))), NAMES[0])).PRESET
    if metrics is None:
        return MetricsSource(prometheus="", preset=preset, business={})
    prometheus, access = read_prometheus(metrics)
    preset = metrics.optional("preset", choice(defaults.PRESETS), default=preset).value
    return MetricsSource(
        prometheus=prometheus,
        preset=preset,
        series=read_series(metrics, preset=preset) or UNSET,
        business=_read_queries(metrics, "business", parse_query),
        events=_read_events(metrics),
        access=access or UNSET,
    )


def _read_version(fields: Fields, key: str, *, name: str) -> Version:
    hint = f"write {key}: {{name: {name}, deployment: ...}}"
    version = fields.section(key, known=VERSION.names, hint=hint)
    if version is None:
        return _NO_VERSION
    return Version(**{"name": name, **VERSION.values(version, hint=hint)})


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
    return metrics.parsed(node, parse, what=f"business metric {quoted(key.text)}", stand_in="").value
