"""A guard's reading in words: the values, the limit, and how long."""

from __future__ import annotations

from console.judge.reading import Reading, Verdict
from console.plan.model import Guard, Plan, Rule
from console.plan.plan_words import is_plural, limit_in_words, metric_in_words, value_in_words
from console.plan.units import words_duration, words_number


def reading_in_words(guard: Guard, reading: Reading, plan: Plan, *, past: bool = False) -> str:
    """Say what the guard sees, as in `v2's error rate is 8.1% for 12s of 30s (at most 1% is allowed)`.

    `past` puts it in the past tense, as the reason of what followed.
    """
    match reading.verdict:
        case Verdict.BLIND:
            return f"{metric_in_words(guard.metric)}: no data"
        # There were enough requests by the guard's own count, and still chance explains the difference.
        case Verdict.INSUFFICIENT if reading.chance is not None:
            seen = _values(guard, reading, plan, past=past)
            return f"{seen}: {reading.requests:.0f} requests can't tell it from chance"
        case Verdict.INSUFFICIENT:
            seen = f"{reading.requests:.0f} of {guard.min_requests} requests seen"
            return f"{metric_in_words(guard.metric)}: {seen}"
        case Verdict.HEALTHY:
            return f"{_values(guard, reading, plan, past=past)} ({_limit(guard, plan)})"
        case Verdict.BREACH:
            lasted = f" for {words_duration(round(reading.over_s))}" if guard.for_s else ""
            of = f" of {words_duration(guard.for_s)}" if guard.for_s and not reading.ripe else ""
            seen = _values(guard, reading, plan, past=past, lasted=f"{lasted}{of}")
            return f"{seen} ({_limit(guard, plan)})"


def _values(guard: Guard, reading: Reading, plan: Plan, *, past: bool, lasted: str = "") -> str:
    plural = is_plural(guard.metric)
    verb = ("were" if plural else "was") if past else ("are" if plural else "is")
    about = f"{plan.canary.name}'s {metric_in_words(guard.metric)}"
    canary = f"{about} {verb} {_value(guard, reading.canary)}{lasted}"
    if not guard.rule.compares:
        return canary
    return f"{canary}, {plan.stable.name}'s {_value(guard, reading.stable)}"


def _value(guard: Guard, value: float | None) -> str:
    return "unknown" if value is None else value_in_words(guard.metric, value)


def _limit(guard: Guard, plan: Plan) -> str:
    verb = "are" if is_plural(guard.metric) else "is"
    limit = limit_in_words(guard.metric, guard.rule, guard.limit)
    match guard.rule:
        case Rule.MAX:
            return f"at most {limit} {verb} allowed"
        case Rule.MIN:
            return f"at least {limit} {verb} wanted"
        case Rule.MAX_RATIO:
            return f"at most {words_number(guard.limit)} times {plan.stable.name}'s {verb} allowed"
        case Rule.MAX_INCREASE:
            return f"at most {limit} more {verb} allowed"
