"""What a plan means where it says nothing."""

from __future__ import annotations

from console.plan.model import Guard, Metric, Rule, Then

INTERVAL_S = 5.0
PATIENCE_S = 30 * 60.0
MIN_REQUESTS = 50
NAMESPACE = "default"
PRESET = "istio"
PRESETS = ("istio",)

MARK = "default "
"""Begins the names of the guards that a plan gets for naming none."""

SHORTEST_INTERVAL_S = 1.0
LONGEST_INTERVAL_S = 300.0


def window_s(*, interval_s: float) -> float:
    """Give the guards' window: long enough for a few ticks, and for a scrape or two."""
    return max(30.0, 3 * interval_s)


def guards(*, window_s: float, min_requests: int, patience_s: float) -> tuple[Guard, ...]:
    """Make the guards of a plan that names none: errors, latency beside stable, crashes."""
    return (
        Guard(
            name=f"{MARK}error_rate max 1%",
            metric=Metric.ERROR_RATE,
            rule=Rule.MAX,
            limit=0.01,
            window_s=window_s,
            for_s=min(30.0, patience_s),
            min_requests=min_requests,
            then=Then.ROLLBACK,
        ),
        Guard(
            name=f"{MARK}p99 max_ratio 1.5",
            metric=Metric.P99,
            rule=Rule.MAX_RATIO,
            limit=1.5,
            window_s=window_s,
            for_s=min(60.0, patience_s),
            min_requests=min_requests,
            then=Then.ROLLBACK,
        ),
        Guard(
            name=f"{MARK}crash_loops max 0",
            metric=Metric.CRASH_LOOPS,
            rule=Rule.MAX,
            limit=0,
            window_s=window_s,
            for_s=0,
            min_requests=0,
            then=Then.ROLLBACK,
        ),
    )
