"""Whom a release hurt: requests that the canary served, those that failed, and the error budget they cost."""

from __future__ import annotations

from msgspec import Struct

from console.evidence import Counts
from console.judge.chance import DIFFERENT_P, chance_of_split
from console.judge.tally import Tally, add_sample, quantile_ms, ratio, slower_than
from console.plan.model import Metric, Plan, Rule
from console.release import events as ev
from console.release.walk import Step

P99 = 0.99


class Damage(Struct, frozen=True, kw_only=True):
    """What the whole release did to requests."""

    requests: float
    """Of both versions."""
    failed: float
    """Answered with 5xx, by either version."""
    canary_requests: float
    canary_failed: float
    canary_failed_more: float
    """How many of them stable would not have failed, going by its rate in the same ticks; 0 where chance
    alone may have made the difference. Ticks in which stable served nobody can't be compared."""
    canary_slow: float | None
    """Canary requests slower than 99% of stable's; None where latency is not known."""
    canary_slow_more: float | None
    """How many more those are than the 1% that it would be if both were alike; not below 0."""
    stable_p99_ms: float | None


class Budget(Struct, frozen=True, kw_only=True):
    """What of the allowed failures is used up: `failed / (allowed_ratio * requests)`."""

    allowed_ratio: float
    source: str
    """Where the ratio comes from, in words."""
    allowed: float
    """Failures that the release's requests may have had."""
    failed: float
    spent_ratio: float | None
    """1.0 is all of it; None where there were no requests."""


class DamageWatch:
    """Watches a release step by step, and adds up what its requests went through."""

    def __init__(self) -> None:
        self._all = Tally()
        self._beside = Tally()
        """Of the ticks in which stable served somebody: only there the two can be compared."""
        self._more = 0.0

    def take(self, step: Step) -> None:
        """Look at the next step."""
        event = step.record.event
        if not isinstance(event, ev.SampleTaken):
            return
        sample = event.sample
        self._all = add_sample(self._all, sample)
        if sample.stable.counts and sample.stable.counts.requests:
            self._beside = add_sample(self._beside, sample)
            self._more += _more_in(sample.stable.counts, sample.canary.counts or Counts())

    def seen(self) -> Damage:
        """Give the sums."""
        tally = self._all
        stable, canary = tally.stable or Counts(), tally.canary or Counts()
        edge_ms = quantile_ms(stable, tally.bounds_ms, P99)
        slow = None if edge_ms is None else slower_than(canary, tally.bounds_ms, edge_ms)
        return Damage(
            requests=stable.requests + canary.requests,
            failed=stable.errors + canary.errors,
            canary_requests=canary.requests,
            canary_failed=canary.errors,
            canary_failed_more=self._failed_more(),
            canary_slow=slow,
            canary_slow_more=None if slow is None else max(0.0, slow - (1 - P99) * canary.requests),
            stable_p99_ms=edge_ms,
        )

    def _failed_more(self) -> float:
        stable, canary = self._beside.stable or Counts(), self._beside.canary or Counts()
        chance = chance_of_split(
            stable_bad=stable.errors,
            stable=stable.requests,
            canary_bad=canary.errors,
            canary=canary.requests,
        )
        return 0.0 if chance > DIFFERENT_P else max(0.0, self._more)


def _more_in(stable: Counts, canary: Counts) -> float:
    return canary.errors - canary.requests * (ratio(stable.errors, stable.requests) or 0.0)


def budget_of(damage: Damage, plan: Plan, *, slo: float | None) -> Budget | None:
    """Tell how much of the error budget is spent: of the SLO that is given or the plan's, or of its limits.

    None where neither says how many failures are allowed.
    """
    limits = [
        guard.limit
        for stage in plan.stages
        for guard in stage.guards
        if guard.metric == Metric.ERROR_RATE and guard.rule is Rule.MAX and guard.limit > 0
    ]
    source = "the plan's strictest error limit"
    if slo is not None:
        limits, source = [1 - slo], "the objective that was given"
    elif plan.slo is not None and plan.slo.error_rate <= min(limits, default=1.0):
        limits, source = [plan.slo.error_rate], "the plan's objective"
    if not limits:
        return None
    allowed_ratio = min(limits)
    allowed = allowed_ratio * damage.requests
    return Budget(
        allowed_ratio=allowed_ratio,
        source=source,
        allowed=allowed,
        failed=damage.failed,
        spent_ratio=ratio(damage.failed, allowed),
    )
