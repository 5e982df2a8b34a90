"""What each metric is measured in, and which rules make sense for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto

from console.plan.exposure import Compares, Exposure
from console.plan.literal import quoted
from console.plan.model import Metric, Rule
from console.plan.units import (
    BadValue,
    parse_bytes,
    parse_cores,
    parse_count,
    parse_duration_s,
    parse_number,
    parse_percent,
    parse_points,
    parse_rate,
)


class Kind(Enum):
    """The unit of a metric."""

    RATIO = auto()
    LATENCY_MS = auto()
    RATE = auto()
    CORES = auto()
    BYTES = auto()
    COUNT = auto()
    NUMBER = auto()
    """A business metric: whatever its query gives."""


_KINDS = {
    Metric.ERROR_RATE: Kind.RATIO,
    Metric.ERROR_RATE_4XX: Kind.RATIO,
    Metric.NO_ANSWER: Kind.RATIO,
    Metric.GRPC_ERRORS: Kind.RATIO,
    Metric.P50: Kind.LATENCY_MS,
    Metric.P90: Kind.LATENCY_MS,
    Metric.P95: Kind.LATENCY_MS,
    Metric.P99: Kind.LATENCY_MS,
    Metric.RPS: Kind.RATE,
    Metric.CPU: Kind.CORES,
    Metric.MEMORY: Kind.BYTES,
    Metric.READY: Kind.RATIO,
    Metric.RESTARTS: Kind.COUNT,
    Metric.CRASH_LOOPS: Kind.COUNT,
}

OF_PODS = frozenset({Metric.CPU, Metric.MEMORY, Metric.READY, Metric.RESTARTS, Metric.CRASH_LOOPS})
"""Metrics that need no requests to be known."""

COUNTS_REQUESTS = frozenset(Metric) - OF_PODS - {Metric.RPS}
"""Metrics whose evidence is requests: too few of them are insufficient. Business metrics are so as well."""


def kind_of(metric: str) -> Kind:
    """Return the unit of a `Metric` or of a business metric."""
    return _KINDS[Metric(metric)] if metric in _KINDS else Kind.NUMBER


def wants_requests(metric: str) -> bool:
    """Whether a guard on this metric can be starved of requests."""
    return metric in COUNTS_REQUESTS or metric not in _KINDS


def can_be_judged(metric: str, rule: Rule, *, exposure: Exposure) -> bool:
    """Whether there is anything to judge where the canary meets this part of the traffic.

    At 0% the canary gets no requests; at 100% stable gets none, and there is nothing to compare with.
    What is known of pods needs no requests.
    """
    if metric in OF_PODS:
        return True
    if rule.compares:
        return exposure.compares is Compares.BOTH
    return not exposure.is_none


def why_senseless(metric: str, rule: Rule) -> str:
    """Why no guard should have this rule on this metric; empty where it may."""
    if metric == Metric.READY and rule is not Rule.MIN:
        return "only too few ready pods are trouble: use min"
    if metric == Metric.RPS and rule.compares:
        return "the weights decide how many requests each version gets: use min or max"
    kind = kind_of(metric)
    if rule is Rule.MIN and metric != Metric.READY and kind in (Kind.RATIO, Kind.LATENCY_MS, Kind.COUNT):
        return "less of it is better: use max, max_ratio or max_increase"
    if rule is Rule.MAX_RATIO and kind is Kind.COUNT:
        return "stable's is mostly 0, and twice 0 is 0: use max or max_increase"
    return ""


MOST_TOLERATED = 0.5
"""The largest increase of a share of bad requests that a plan may tolerate, ratio; by taste: half of all."""


def limit_parser(metric: str, rule: Rule) -> Callable[[str], float]:
    """Choose the parser of a guard's limit; it raises `BadValue` for a limit that makes no sense."""
    if rule is Rule.MAX_RATIO:
        return _parse_factor
    kind = kind_of(metric)
    if kind is Kind.RATIO:
        return _parse_increase if rule is Rule.MAX_INCREASE else _share_parser(rule)
    return _PARSERS[kind]


def parse_tolerated(text: str) -> float:
    """Read the tolerated increase of a share of bad requests, `0.1pp`, as a ratio.

    Raises `BadValue` for 0, and beyond `MOST_TOLERATED`.
    """
    tolerated = parse_points(text)
    if tolerated <= 0:
        raise BadValue("no two versions are alike to the last request", hint="write one like 0.1pp")
    if tolerated > MOST_TOLERATED:
        raise BadValue("this tolerates everything", hint="write one like 0.1pp")
    return tolerated


def _parse_factor(text: str) -> float:
    try:
        factor = parse_number(text)
    except BadValue as bad:
        raise BadValue(str(bad), hint="write how many times stable's value is allowed, like 1.5") from None
    if factor < 1:
        raise BadValue(
            f"{factor:g} times stable's value would ask the canary to be better", hint="write 1 or more"
        )
    return factor


def _parse_increase(text: str) -> float:
    points = parse_points(text)
    if points >= 1:
        raise BadValue("an increase by 100 points can't be exceeded", hint="write less than 100pp")
    return points


def _share_parser(rule: Rule) -> Callable[[str], float]:
    def parse(text: str) -> float:
        ratio = parse_percent(text)
        if ratio == 1 and rule is Rule.MAX:
            raise BadValue("100% can't be exceeded, so this guard never acts", hint="write less than 100%")
        if ratio == 0 and rule is Rule.MIN:
            raise BadValue("nothing is less than 0%, so this guard never acts", hint="write more than 0%")
        return ratio

    return parse


def _parse_latency_ms(text: str) -> float:
    if text.endswith(("%", "pp")):
        hint = "write a time like 500ms, or compare with stable: max_ratio: 1.2"
        raise BadValue("a latency is no percentage", hint=hint)
    if text != "0" and re.fullmatch(r"[0-9.]+", text):
        raise BadValue(f"{quoted(text)} has no unit", hint=f"write {text}ms or {text}s")
    return round(parse_duration_s(text) * 1000, 6)


_PARSERS: dict[Kind, Callable[[str], float]] = {
    Kind.LATENCY_MS: _parse_latency_ms,
    Kind.RATE: parse_rate,
    Kind.CORES: parse_cores,
    Kind.BYTES: parse_bytes,
    Kind.COUNT: parse_count,
    Kind.NUMBER: parse_number,
}
