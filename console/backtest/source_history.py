"""The history that healthy releases are drawn from: stable's own in Prometheus, else a simulated one."""

from __future__ import annotations

import asyncio
from random import Random

from msgspec import Struct

from console.backtest.simulated import MINUTES, Service, simulated_history
from console.errors import EvidenceError
from console.evidence import MINUTE_S, History
from console.judge.registry import judge_named
from console.judge.terms import Terms, terms_for
from console.metrics.history import stable_history
from console.plan.model import Plan
from console.plan.units import words_duration, words_number, words_percent

DAY_S = 24 * 3600.0
FEWEST_MINUTES = 10
"""A shorter past says too little of a service."""
SEED = 1
HOUR_MINUTES = 60


class SourceHistory(Struct, frozen=True, kw_only=True):
    """A history, and where it comes from."""

    history: History
    real: bool
    words: str
    """`the last 24h of checkout-v1 in Prometheus, 48 requests/s`."""


def terms_before(plan: Plan, history: History, *, begin: int) -> Terms | None:
    """Prepare the plan's judge from the hour before the minute `begin`; None where the plan has none.

    Where the history does not reach back that far, its first hour stands in.
    """
    if not judge_named(plan.judge_kind).wants_past:
        return None
    first = max(0, begin - HOUR_MINUTES)
    hour = history.minutes[first : max(begin, first + HOUR_MINUTES)]
    before = History(bounds_ms=history.bounds_ms, minutes=hour)
    return terms_for(plan, before, scrape_s=None)


def source_history_of(plan: Plan, assumed: Service, *, asking: bool, deadline_s: float) -> SourceHistory:
    """Look up stable's last day; where it can't be had, or is not to be asked for, assume a service."""
    why = "offline"
    if asking:
        try:
            return asyncio.run(_real(plan, deadline_s=deadline_s))
        except EvidenceError as error:
            why = error.with_hint
    words = (
        f"a simulated service of {words_number(assumed.rps)} requests/s,"
        f" {words_percent(assumed.error_ratio)} errors ({why})"
    )
    history = simulated_history(assumed, chance=Random(SEED), minutes=MINUTES)
    return SourceHistory(history=history, real=False, words=words)


async def _real(plan: Plan, *, deadline_s: float) -> SourceHistory:
    from console.metrics.prometheus import Prometheus  # noqa: PLC0415 - imports requests; not needed offline

    api = Prometheus.of(plan.metrics)
    return real_source_history(await stable_history(api, plan, deadline_s=deadline_s, back_s=DAY_S), plan)


def real_source_history(history: History, plan: Plan) -> SourceHistory:
    """Describe a history that was found; raises `EvidenceError` where it is too short or quiet."""
    minutes = tuple(minute for minute in history.minutes if minute)
    requests = sum(each.counts.requests for minute in minutes for each in minute)
    if len(minutes) < FEWEST_MINUTES or requests <= 0:
        raise EvidenceError(
            f"Prometheus has {len(minutes)} minutes with {requests:.0f} requests of {plan.stable.in_metrics}"
        )
    length_s = MINUTE_S * len(minutes)
    words = (
        f"{words_duration(length_s)} of {plan.stable.in_metrics} in Prometheus,"
        f" {words_number(requests / length_s, digits=3)} requests/s"
    )
    return SourceHistory(
        history=History(bounds_ms=history.bounds_ms, minutes=minutes), real=True, words=words
    )
