"""What users feel now: both versions' requests over one short window, and the limit that holds for them.

The window is the one that the guard of the error rate reads, so that a headline, a figure and a guard that
tell of the same instant say the same.
"""

from __future__ import annotations

from msgspec import Struct

from console.evidence import Counts
from console.judge.chance import binomial_tail
from console.judge.memory import FELT_S, FELT_TICKS
from console.judge.tally import ratio, tally_of
from console.judge.window import after
from console.plan.model import Guard, Metric, Plan, Rule
from console.release.state import Release

BEYOND_CHANCE = 0.01
"""Requests that failed are beyond a limit where a version that just keeps it would fail as many in fewer than
one of a hundred such windows: one bad request among a few is no news."""

ONE_OF_A_HUNDRED = 0.01
"""An SLO on this share of slow requests is one on P99, and can be told as its limit."""


class Felt(Struct, frozen=True, kw_only=True):
    """Both versions' requests within the window, at the weight in force; None where none was seen."""

    window_s: float
    stable: Counts | None
    canary: Counts | None


def felt(release: Release) -> Felt:
    """Add up what was seen within the window up to the last tick."""
    window_s = felt_window_s(release, Metric.ERROR_RATE)
    recent = release.memory.recent
    begins_at = recent[-1].at - window_s if recent else 0.0
    tally = tally_of(seen.sample for seen in after(recent, begins_at))
    return Felt(window_s=window_s, stable=tally.stable, canary=tally.canary)


def felt_window_s(release: Release, metric: str) -> float:
    """Return the window of a metric of now, seconds: its guard's; behind a rollback, the time since then."""
    usual_s, back = max(FELT_S, FELT_TICKS * release.plan.interval_s), release.rollback
    # Behind a confirmed rollback older requests were answered by the canary: they would keep its error rate
    # on the headline for a whole window after it is gone.
    if back is not None:
        since_s = (release.tick_at or 0.0) - (back.confirmed_at or 0.0)
        return min(usual_s, max(since_s, release.plan.interval_s))
    guard = guard_of(release, metric)
    return guard.window_s if guard else usual_s


def guard_of(release: Release, metric: str) -> Guard | None:
    """Find the guard that reads the metric: the one with the lowest limit of its own, else any."""
    others = (guard for guard in _guards(release) if guard.metric == metric)
    # The lowest own limit is met first. A comparison is the second choice: it has a window to read over, but
    # no limit to show beside the figure.
    return limiting_guard(release, metric) or next(others, None)


def figures_window_s(release: Release) -> float:
    """Return the window of figures that no guard reads, seconds: the errors', and at this weight alone."""
    over_s = felt_window_s(release, Metric.ERROR_RATE)
    if release.stage is None or release.rollback is not None or release.tick_at is None:
        return over_s
    # Right after a step a full window would mix in requests of the weight before; one tick at least, or
    # nothing would be shown.
    return min(over_s, max(release.plan.interval_s, release.shown_s(release.tick_at)))


def longest_window_s(plan: Plan) -> float:
    """Return the longest window of figures in any stage, seconds."""
    guards = (guard.window_s for stage in plan.stages for guard in stage.guards)
    return max((FELT_S, FELT_TICKS * plan.interval_s, *guards))


def limiting_guard(release: Release, metric: str) -> Guard | None:
    """Find the guard that sets the lowest limit for the metric itself; a comparison sets none."""
    guards = (guard for guard in _guards(release) if guard.metric == metric and guard.rule is Rule.MAX)
    return min(guards, key=lambda guard: guard.limit, default=None)


def limit_of(release: Release, metric: str) -> float | None:
    """Return the limit that the canary should keep: a guard's, else the plan's SLO; ratio or milliseconds."""
    guard, slo = limiting_guard(release, metric), release.plan.slo
    if guard is not None:
        return guard.limit
    if slo is None:
        return None
    if metric == Metric.ERROR_RATE:
        return slo.error_rate
    is_p99 = metric == Metric.P99 and slo.slower == ONE_OF_A_HUNDRED
    return slo.latency_ms if is_p99 else None


def failure_rate(counts: Counts | None) -> float | None:
    """Return the share of the requests that failed, ratio; None without requests."""
    return ratio(counts.errors, counts.requests) if counts else None


def is_beyond(counts: Counts | None, limit: float | None) -> bool:
    """Whether more requests failed than the limit lets, beyond what chance makes."""
    rate = failure_rate(counts)
    if counts is None or rate is None or limit is None or rate <= limit:
        return False
    # At a limit of nothing every bad request is beyond it, and the binomial tail for a share of 0 says
    # nothing.
    if limit <= 0:
        return True
    # Unlike a guard this may raise an alarm on the screen, and moves nothing: so chance is ruled out to one
    # in a hundred and not to one in a million.
    return binomial_tail(counts.errors, trials=counts.requests, share=limit) < BEYOND_CHANCE


def _guards(release: Release) -> tuple[Guard, ...]:
    return (release.stage or release.plan.stages[0]).guards
