"""The plan format as a JSON Schema, for editors: keys and shapes; the loader knows the rest."""

from __future__ import annotations

from console.command import ANSWERABLE
from console.plan import defaults
from console.plan.errors import errors_schema
from console.plan.judge_section import judge_schema
from console.plan.judges.two_keys.section import slo_schema
from console.plan.model import (
    MOST_EVENTS,
    MOST_NOTICES,
    Metric,
    Then,
)
from console.plan.notices import GRAFANA, NOTICE, OPTIONAL, REQUIRED
from console.plan.read_access import prometheus_schema
from console.plan.read_series import SERIES
from console.plan.router_kind import kind_of
from console.plan.routers import NAMES
from console.plan.shapes import NUMBER, Schema, line_of, list_of, object_of, ref, text_of
from console.plan.stages import RAMP, STAGE
from console.plan.target import TAKEN, VERSION

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def json_schema() -> Schema:
    """Describe a plan file in JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pithead plan",
        "description": "A canary release: what is released, how its traffic moves, and what may stop it.",
        **object_of(
            _plan(), required=("pithead", "service", "stable", "canary", "router", "metrics", "stages")
        ),
        "$defs": {
            "duration": _amount(
                "A time: 500ms, 30s, 5m, 1h30m, 1d.", rf"^({NUMBER}(ms|[smhd]))+$", "30m", "1h30m"
            ),
            "weight": _amount("Whole percent of requests to the canary.", r"^([0-9]|[1-9][0-9]|100)%$", "5%"),
            "step": text_of("Whole percentage points.", r"^([1-9]|[1-9][0-9]|100)pp$", "10pp"),
            "label": text_of("A Kubernetes name.", f"^{_LABEL}$", maximum=63),
            "subdomain": text_of("A Kubernetes name.", rf"^{_LABEL}(\.{_LABEL})*$", maximum=253),
            "secret": text_of(
                "Where a secret is found, never the secret itself.",
                "^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.*)$",
                "env:PITHEAD_SLACK",
                "file:/etc/pithead/slack",
            ),
            "requests": {"type": "integer", "minimum": 0},
            "guard": _guard(),
            "stage": STAGE.schema(),
            "ramp": RAMP.schema(),
        },
    }


def _plan() -> Schema:
    return {
        "pithead": {"const": 1, "description": "The version of this format."},
        "service": ref("label", "The service that is released; the router and the queries name it."),
        "namespace": ref(
            "label", "Its namespace; the context's where neither this nor the command says one."
        ),
        "stable": VERSION.key("The version that serves now; its name is v1 unless given.").shape,
        "canary": VERSION.key("The new version; its name is v2 unless given.").shape,
        "router": _router(),
        "metrics": _metrics(),
        "interval": ref("duration", "Time between two looks, 1s to 5m; 5s unless given."),
        "patience": ref(
            "duration", "How long the release may stand still for want of health or evidence; 30m."
        ),
        "after_patience": _then("What happens then: rollback unless given."),
        "on_stop": _then("What SIGTERM leads to: rollback in a pipeline, else hold, unless given."),
        "window": ref("duration", "The guards' window: 30s, or three intervals if that is longer."),
        "min_requests": ref("requests", "Fewer requests in a window are too few to judge; 50 unless given."),
        "errors": errors_schema(),
        "slo": slo_schema(),
        "judge": judge_schema(),
        "guards": list_of(
            "guard", "Watched at every weight. Without this key the judge watches, and the pods' health."
        ),
        "stages": {
            "type": "array",
            "minItems": 1,
            "description": "The weights to go through, rising to 100%.",
            "items": {
                "if": {"required": ["ramp"]},
                "then": object_of({"ramp": ref("ramp", "Several stages of equal hold.")}, required=("ramp",)),
                "else": {"$ref": "#/$defs/stage"},
            },
        },
        "notify": _notify(),
        "grafana": GRAFANA.schema(),
        "reasons": _reasons(),
    }


def _router() -> Schema:
    kinds = {name: kind_of(name).schema() for name in NAMES}
    return {**object_of(kinds, about="What splits the traffic."), "minProperties": 1, "maxProperties": 1}


def _metrics() -> Schema:
    query = {
        "type": "string",
        "minLength": 1,
        "description": "PromQL; {{version}} and {{namespace}} are filled in.",
        "examples": ['sum(rate(orders_total{version="{{version}}"}[1m]))'],
    }
    business = {
        "type": "object",
        "description": "Metrics of your own, by name.",
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$", "maxLength": 63, "not": {"enum": list(Metric)}},
        "additionalProperties": query,
    }
    events = {
        "type": "object",
        "maxProperties": MOST_EVENTS,
        "description": "Counters of what must not become rarer, by name: the judge watches them.",
        "propertyNames": {
            "pattern": "^[a-z][a-z0-9_]*$",
            "maxLength": 63,
            "not": {"enum": [*Metric, *TAKEN]},
        },
        "additionalProperties": {
            "type": "string",
            "pattern": "version",
            "description": "A raw counter's selector; {{version}} and {{namespace}} are filled in.",
            "examples": ['orders_total{version="{{version}}"}'],
        },
    }
    preset = {"enum": list(defaults.PRESETS), "description": "The set of queries."}
    return object_of(
        {
            "prometheus": prometheus_schema(),
            "preset": preset,
            "series": SERIES.schema(),
            "business": business,
            "events": events,
        },
        required=("prometheus",),
        about="Where evidence comes from.",
    )


def _guard() -> Schema:
    limits = {
        "max": _limit("The canary's value may not exceed this.", "1%", "500ms", "512Mi", 0),
        "min": _limit("The canary's value may not fall below this.", "90%", 10),
        "max_ratio": {
            **_limit("The canary's value may not exceed this many times stable's.", 1.5, 2),
            "type": "number",
            "minimum": 1,
        },
        "max_increase": _limit("The canary's value may not exceed stable's by more.", "0.5pp", "50ms"),
    }
    metric = {
        "description": "What is watched: a built-in metric, or one of metrics.business.",
        "anyOf": [{"enum": list(Metric)}, {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}],
    }
    others = {
        "metric": metric,
        "for": ref("duration", "How long the breach must last before it counts; at once unless given."),
        "then": _then("What a breach leads to: rollback unless given."),
        "name": line_of("Shown on the screen."),
        "window": ref("duration", "The evidence of this long is looked at together."),
        "min_requests": ref("requests", "Fewer requests in the window are too few to judge."),
    }
    one_rule = [{"required": [rule]} for rule in limits]
    return {**object_of({**others, **limits}, required=("metric",)), "oneOf": one_rule}


def _notify() -> Schema:
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_NOTICES,
        "description": "Who is told outside the screen: Slack, Teams, email, PagerDuty, a webhook.",
        "items": NOTICE.schema(),
    }


def _reasons() -> Schema:
    some = {"type": "array", "minItems": 1, "items": {"enum": list(ANSWERABLE)}}
    return {
        "description": "Whether a person's command needs a reason: always, or for some commands.",
        "anyOf": [{"enum": [REQUIRED, OPTIONAL]}, some],
    }


def _amount(about: str, pattern: str, *examples: str) -> Schema:
    """Describe an amount with a unit; zero needs none."""
    amounts = [{"type": "string", "pattern": pattern}, {"const": 0}]
    return {"description": about, "anyOf": amounts, "examples": list(examples)}


def _limit(about: str, *examples: str | float) -> Schema:
    return {"type": ["string", "number"], "description": about, "examples": list(examples)}


def _then(about: str) -> Schema:
    return {"enum": list(Then), "description": about}
