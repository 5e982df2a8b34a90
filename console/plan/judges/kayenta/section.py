"""Kayenta's judge in a plan file: its canary configuration, whose keys are written with underscores."""

from __future__ import annotations

from collections.abc import Callable

from console.plan.canary_config import MOST_METRICS, Direction, Kayenta, Measure, MetricConfig, Missing
from console.plan.exposure import Compares
from console.plan.fields import Fields, choice, mapping, parse_bool, scalar_text
from console.plan.literal import quoted
from console.plan.model import Metric, MetricsSource, Stage
from console.plan.names import parse_title
from console.plan.nodes import Node
from console.plan.shapes import NUMBER, Schema, object_of, ref, text_of
from console.plan.units import (
    BadValue,
    parse_duration_s,
    parse_number,
    parse_percent,
    words_duration,
    words_number,
)

KAYENTA_KEYS = ("kind", "pass", "marginal", "every", "warmup", "lookback", "weights", "metrics")
CONFIG_KEYS = (
    "metric",
    "group",
    "direction",
    "nan_strategy",
    "critical",
    "must_have_data",
    "muted",
    "outliers",
    "outlier_factor",
    "measure",
    "allowed_increase",
    "allowed_decrease",
    "critical_increase",
    "critical_decrease",
)
OUTLIERS = ("keep", "remove")
GROUPS = {
    Metric.ERROR_RATE: "errors",
    Metric.ERROR_RATE_4XX: "errors",
    Metric.NO_ANSWER: "errors",
    Metric.GRPC_ERRORS: "errors",
    Metric.P50: "latency",
    Metric.P90: "latency",
    Metric.P95: "latency",
    Metric.P99: "latency",
}
"""The built-in metrics that Kayenta can compare, each with its group unless the plan says another."""
BUSINESS = "business"
USUAL = (
    MetricConfig(
        name=Metric.ERROR_RATE, groups=("errors",), direction=Direction.INCREASE, missing=Missing.REPLACE
    ),
    MetricConfig(name=Metric.P99, groups=("latency",), direction=Direction.INCREASE),
)
"""What is compared where the plan names no metrics."""
SHORTEST_S, LONGEST_S = 60.0, 86400.0
WHOLE = 100.0


def read(fields: Fields, *, sources: MetricsSource) -> Kayenta | None:
    """Read the judge of a plan that wants Kayenta's."""
    if "slo" in fields:
        message = "an SLO is watched by the two keys, and this plan's judge is Kayenta's"
        fields.problems.add(fields.key_mark("slo"), message, hint="write guards with max instead")
    judge = fields.section("judge", known=KAYENTA_KEYS)
    return _read(judge, sources) if judge else None


def check(fields: Fields, settings: Kayenta, stages: tuple[Stage, ...]) -> None:
    """Note a weight that is not held until its first analysis."""
    wanted_s = settings.warmup_s + settings.every_s
    scored = [stage for stage in stages if stage.exposure.compares is Compares.BOTH]
    short = [stage for stage in scored if 0 < stage.hold_s < wanted_s]
    if short:
        words = words_duration(wanted_s)
        message = f"judge: {short[0].weight}% is held for less than the {words} until Kayenta's first score"
        hint = f"hold it for {words} or longer, or analyse more often with every"
        fields.problems.add(fields.key_mark("judge"), message, hint=hint)


def schema() -> Schema:
    """Describe the canary configuration."""
    score = {"type": ["number", "string"]}
    share = text_of("Percent of the score.", rf"^{NUMBER}%$", "60%")
    keys = {
        "kind": {"const": "kayenta", "description": "Kayenta's judge, for teams who come from it."},
        "pass": {**score, "description": "From this score on the release goes on; 95 unless given."},
        "marginal": {**score, "description": "Below this score it is rolled back; 75 unless given."},
        "every": ref("duration", "Time between two analyses, 1m to 1d; 5m unless given."),
        "warmup": ref("duration", "The first of each weight is left out; nothing unless given."),
        "lookback": ref("duration", "So much is analysed; all of the weight unless given."),
        "weights": {
            "type": "object",
            "description": "Each group's part of the score, 100% in all.",
            "additionalProperties": share,
        },
        "metrics": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_METRICS,
            "description": "What is compared; the error rate and P99 unless given.",
            "items": _config(),
        },
    }
    return object_of(
        keys, required=("kind",), about="Kayenta's judge: Mann and Whitney's test, and its scores."
    )


def _config() -> Schema:
    def factor(about: str) -> Schema:
        return {"type": "number", "exclusiveMinimum": 0, "description": about}

    def yes(about: str) -> Schema:
        return {"type": "boolean", "description": about}

    keys = {
        "metric": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*$",
            "description": "A guard's traffic metric, as error_rate or p99, or one of business and events.",
        },
        "group": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "description": "Where its class counts.",
        },
        "direction": {"enum": list(Direction), "description": "Which change is bad; either unless given."},
        "nan_strategy": {
            "enum": list(Missing),
            "description": "A minute without a value: remove it (unless given), or replace it by 0.",
        },
        "critical": yes("Whether it fails the canary by itself."),
        "must_have_data": yes("Whether it fails without data."),
        "muted": yes("Whether it is shown and not heard."),
        "outliers": {"enum": list(OUTLIERS), "description": "keep unless given."},
        "outlier_factor": factor("Outliers lie so many interquartile ranges away; 3 unless given."),
        "measure": {
            "enum": list(Measure),
            "description": "How an effect is measured; mean_ratio unless given.",
        },
        "allowed_increase": factor("A larger effect is High."),
        "allowed_decrease": factor("A smaller effect is Low."),
        "critical_increase": factor("A critical metric fails the canary from this effect on."),
        "critical_decrease": factor("A critical metric fails the canary from this effect down."),
    }
    return object_of(keys, required=("metric",))


def _read(judge: Fields, sources: MetricsSource) -> Kayenta:
    metrics = _read_metrics(judge, known=(*GROUPS, *sources.business, *sources.events))
    usual = Kayenta(metrics=USUAL)
    for event in sources.events:
        if all(config.name != event for config in metrics):
            message = f"no metric of the judge compares the events {quoted(event)}"
            hint = f"add {{metric: {event}, direction: decrease}} to its metrics"
            judge.problems.add(judge.at, message, hint=hint)
    pass_score = judge.optional("pass", _parse_score, default=usual.pass_score)
    marginal = judge.optional("marginal", _parse_score, default=usual.marginal_score)
    if pass_score.sound and marginal.sound and marginal.value > pass_score.value:
        message = f"marginal: {marginal.value:g} is above the {pass_score.value:g} that pass"
        judge.problems.add(marginal.at, message, hint="write a score below it, like 75")
    return Kayenta(
        metrics=metrics,
        weights=_read_weights(judge, metrics),
        pass_score=pass_score.value,
        marginal_score=marginal.value,
        every_s=judge.optional("every", _stretch(SHORTEST_S), default=usual.every_s).value,
        warmup_s=judge.optional("warmup", _stretch(0.0), default=usual.warmup_s).value,
        lookback_s=judge.optional("lookback", _stretch(SHORTEST_S), default=usual.lookback_s).value,
    )


def _read_metrics(judge: Fields, *, known: tuple[str, ...]) -> tuple[MetricConfig, ...]:
    if "metrics" not in judge:
        return USUAL
    hint = "write one like {metric: error_rate, direction: increase}"
    nodes = judge.items("metrics", if_empty="leave it out for errors and P99")
    configs = [config for node in nodes.value if (config := _read_metric(node, judge, known, hint))]
    if len(configs) > MOST_METRICS:
        judge.problems.add(nodes.at, f"{len(configs)} metrics are too many", hint=f"keep {MOST_METRICS}")
    names = [config.name for config in configs]
    for twice in dict.fromkeys(name for name in names if names.count(name) > 1):
        judge.problems.add(nodes.at, f"{quoted(twice)} stands twice", hint="keep one")
    return tuple(configs) or USUAL


def _read_metric(node: Node, judge: Fields, known: tuple[str, ...], hint: str) -> MetricConfig | None:
    fields = mapping(node, known=CONFIG_KEYS, problems=judge.problems, what="a metric", hint=hint)
    if fields is None:
        return None
    name = fields.required("metric", choice(known), stand_in="", hint=hint).value
    usual = MetricConfig(name=name)
    group = fields.optional("group", parse_title, default=_usual_group(name)).value

    def factor(key: str) -> float | None:
        return fields.optional(key, _parse_factor, default=0.0).value if key in fields else None

    return MetricConfig(
        name=name,
        groups=(group,),
        direction=fields.optional("direction", choice(tuple(Direction)), default=usual.direction).value,
        missing=fields.optional("nan_strategy", choice(tuple(Missing)), default=usual.missing).value,
        critical=fields.optional("critical", parse_bool, default=False).value,
        must_have_data=fields.optional("must_have_data", parse_bool, default=False).value,
        muted=fields.optional("muted", parse_bool, default=False).value,
        remove_outliers=fields.optional("outliers", choice(OUTLIERS), default="keep").value == "remove",
        outlier_factor=factor("outlier_factor") or usual.outlier_factor,
        measure=fields.optional("measure", choice(tuple(Measure)), default=usual.measure).value,
        allowed_increase=factor("allowed_increase"),
        allowed_decrease=factor("allowed_decrease"),
        critical_increase=factor("critical_increase"),
        critical_decrease=factor("critical_decrease"),
    )


def _usual_group(name: str) -> str:
    return GROUPS[Metric(name)] if name in GROUPS else BUSINESS


def _read_weights(judge: Fields, metrics: tuple[MetricConfig, ...]) -> dict[str, float]:
    """Read the groups' weights, which are all of 100%, or leave something to the groups without one."""
    groups = dict.fromkeys(group for config in metrics for group in config.groups)
    weights: dict[str, float] = {}
    for key, node in judge.entries("weights"):
        if key.text not in groups:
            message = f"no metric is in the group {quoted(key.text)}"
            judge.problems.add(key.at, message, hint=f"there are {', '.join(groups)}")
        try:
            weights[key.text] = WHOLE * parse_percent(scalar_text(node))
        except BadValue as bad:
            judge.problems.add(node.at, f"{quoted(key.text)}: {bad}", hint=bad.hint)
            return {}
    total = sum(weights.values())
    whole = total == WHOLE if groups.keys() <= weights.keys() else total <= WHOLE
    if weights and not whole:
        message = f"weights: they add up to {words_number(total)}%, and no score would mean what it says"
        judge.problems.add(judge.key_mark("weights"), message, hint="make them 100%")
    return weights


def _parse_score(text: str) -> float:
    score = parse_number(text)
    if not 0 <= score <= WHOLE:
        raise BadValue(f"{quoted(text)} is no score", hint="write one from 0 to 100, like 95")
    return score


def _parse_factor(text: str) -> float:
    factor = parse_number(text)
    if not 0 < factor <= 1000:  # noqa: PLR2004 - a thousand times is as good as any
        raise BadValue(f"{quoted(text)} is no effect that can be meant", hint="write a factor like 1.5")
    return factor


def _stretch(shortest_s: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        stretch_s = parse_duration_s(text)
        if not shortest_s <= stretch_s <= LONGEST_S:
            raise BadValue(f"{quoted(text)} is out of range", hint="there is one sample a minute: 1m to 1d")
        return stretch_s

    return parse
