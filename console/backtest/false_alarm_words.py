"""What the rules are worth, in words and as a person reads a percentage that was drawn: with its margin."""

from __future__ import annotations

import math
from collections.abc import Iterator

from console.backtest.false_alarms import FalseAlarms, RuleFalseAlarms, traffic_rules
from console.plan.literal import literal
from console.plan.model import Guard, Plan, Then
from console.plan.units import words_count, words_percent
from console.policy.judge_words import text_for

_Z = 1.96
_NAME = 34


def false_alarms_in_words(alarms: FalseAlarms, plan: Plan, *, basis: str) -> Iterator[str]:
    """Give a line for each rule, and one for all of them."""
    part = "" if alarms.walked == 1 else f", of each stage the first {words_percent(alarms.walked, digits=2)}"
    over = words_count(alarms.releases, "healthy release")
    chosen = " (as many as take a few seconds; --releases draws more)" if alarms.chosen else ""
    yield f"what the rules are worth, over {over}{chosen}{part}"
    yield f"drawn from {basis}"
    for rule in alarms.rules:
        yield f"  {_name(rule.guard)} {_rule(rule, alarms.releases)}"
    if alarms.judge is not None:
        yield f"  {text_for(plan).name.ljust(_NAME)} rolled back {_of_healthy(alarms.judge, alarms.releases)}"
    for guard in _others(plan):
        yield f"  {_name(guard)} watches no requests: traffic says nothing about it"
    if len(alarms.rules) + (alarms.judge is not None) > 1:
        share = _of_healthy(alarms.rolled_back, alarms.releases)
        yield f"  {'all rules together'.ljust(_NAME)} rolled back {share}"


def share_in_words(hits: int, trials: int) -> str:
    """Write a share that was drawn: `about 12% (9 to 15%)`, with Wilson's interval of 95%.

    Where it never was so that is said, and how often it could be all the same: `none of 8 (at most 33%)`.
    """
    low, high = wilson(hits, trials)
    most = math.ceil(100 * high - 1e-9)
    if not hits:
        return f"none of {trials} (at most {most}%)"
    return f"about {100 * hits / trials:.0f}% ({100 * low:.0f} to {most}%)"


def _of_healthy(hits: int, trials: int) -> str:
    return f"{share_in_words(hits, trials)}{' of healthy releases' if hits else ''}"


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Give the interval in which the true share lies, 19 times of 20; it is right at 0 and at 1 too."""
    share, z2 = hits / trials, _Z * _Z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def _rule(rule: RuleFalseAlarms, releases: int) -> str:
    guard = rule.guard
    if rule.blind:
        return (
            f"can never act at this traffic: it wants {guard.min_requests} requests in a window,"
            f" and the most was {rule.most_requests:.0f}"
        )
    act = "rolled back" if guard.then is Then.ROLLBACK else "held"
    return f"{act} {_of_healthy(rule.acted, releases)}"


def _others(plan: Plan) -> Iterator[Guard]:
    known = {guard.name for guard in traffic_rules(plan)}
    guards = {guard.name: guard for stage in plan.stages for guard in stage.guards}
    yield from (guard for guard in guards.values() if guard.name not in known)


def _name(guard: Guard) -> str:
    return literal(guard.name).ljust(_NAME)
