"""A guard's reading in words: the values, the limit, and how long."""

from __future__ import annotations

from console.judge.reading import Reading, Verdict
from console.plan.model import Guard, Plan, Rule
from console.plan.units import words_duration
from console.plan.words import limit_in_words, metric_in_words, value_in_words


def reading_in_words(guard: Guard, reading: Reading, plan: Plan) -> str:
    """Say what the guard sees, as in `v2's error_rate 8.1% against at most 1%, for 12s of 30s`."""
    match reading.verdict:
        case Verdict.BLIND:
            return f"{metric_in_words(guard.metric)}: no data"
        case Verdict.INSUFFICIENT if reading.chance is not None:
            return (
                f"{_values(guard, reading, plan)}: {reading.requests:.0f} requests can't tell it from chance"
            )
        case Verdict.INSUFFICIENT:
            seen = f"{reading.requests:.0f} of {guard.min_requests} requests seen"
            return f"{metric_in_words(guard.metric)}: {seen}"
        case Verdict.HEALTHY:
            return f"{_values(guard, reading, plan)}, {_limit(guard)}"
        case Verdict.BREACH:
            lasted = f", for {words_duration(round(reading.over_s))}" if guard.for_s else ""
            of = f" of {words_duration(guard.for_s)}" if guard.for_s and not reading.ripe else ""
            return f"{_values(guard, reading, plan)}, {_limit(guard)}{lasted}{of}"


def _values(guard: Guard, reading: Reading, plan: Plan) -> str:
    canary = f"{plan.canary.name}'s {metric_in_words(guard.metric)} {_value(guard, reading.canary)}"
    if not guard.rule.compares:
        return canary
    return f"{canary} beside {plan.stable.name}'s {_value(guard, reading.stable)}"


def _value(guard: Guard, value: float | None) -> str:
    return "unknown" if value is None else value_in_words(guard.metric, value)


def _limit(guard: Guard) -> str:
    limit = limit_in_words(guard.metric, guard.rule, guard.limit)
    match guard.rule:
        case Rule.MAX:
            return f"at most {limit} allowed"
        case Rule.MIN:
            return f"at least {limit} wanted"
        case Rule.MAX_RATIO:
            return f"at most {limit} as much allowed"
        case Rule.MAX_INCREASE:
            return f"at most {limit} more allowed"
