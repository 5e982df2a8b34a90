"""The defaults of a plan."""

from __future__ import annotations

from console.plan.model import Guard, Metric, Rule, Then

INTERVAL_S = 5.0
PATIENCE_S = 30 * 60.0
MIN_REQUESTS = 50
PRESETS = ("envoy", "ingress_nginx", "istio", "linkerd", "pods", "traefik")

MARK = "default "
"""Begins the names of the guards that a plan gets for naming none."""

SHORTEST_INTERVAL_S = 1.0
LONGEST_INTERVAL_S = 300.0


def window_s(*, interval_s: float) -> float:
    """Return the guards' window, seconds: long enough for a few ticks, and for a scrape or two."""
    return max(30.0, 3 * interval_s)


def guards(*, window_s: float) -> tuple[Guard, ...]:
    """Make the guards of a plan that names none, beside the judge of its traffic: the canary's pods."""

    def guard(metric: Metric, rule: Rule, limit: float, *, words: str) -> Guard:
        return Guard(
            name=f"{MARK}{metric} {rule} {words}",
            metric=metric,
            rule=rule,
            limit=limit,
            window_s=window_s,
            for_s=0.0,
            min_requests=0,
            then=Then.ROLLBACK,
        )

    return (
        guard(Metric.CRASH_LOOPS, Rule.MAX, 0, words="0"),
        # Stable may be restarted by whatever restarts everything; once by chance is no pattern.
        guard(Metric.RESTARTS, Rule.MAX_INCREASE, 1, words="1"),
    )
