"""What users feel now: over the window that a guard reads, and against the limit that holds."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.judge.memory import FELT_S
from console.plan.model import Judge, Metric, Rule, Slo
from console.release import events as ev
from console.release.felt import (
    felt_window_s,
    figures_window_s,
    guard_of,
    is_beyond,
    limit_of,
    longest_window_s,
)
from tests.releases import counts, guard, plan, running, sample, stage

OWN = guard(limit=0.05, window_s=30.0, name="own")
LOWER = guard(limit=0.01, window_s=45.0, name="lower")
COMPARES = guard(rule=Rule.MAX_RATIO, limit=2.0, window_s=90.0, name="compares")
LATENCY = Judge(slo=Slo(error_rate=0.02, latency_ms=250.0, slower=0.01))


def test_the_window_is_that_of_the_guard_with_the_lowest_limit_of_its_own() -> None:
    release = running(plan(stage(10, COMPARES, OWN, LOWER), stage(100))).release
    assert guard_of(release, Metric.ERROR_RATE) == LOWER
    assert felt_window_s(release, Metric.ERROR_RATE) == 45.0
    assert longest_window_s(release.plan) == 90.0


def test_where_no_guard_limits_it_any_that_reads_it_gives_the_window_and_else_a_usual_one() -> None:
    release = running(plan(stage(10, COMPARES), stage(100))).release
    assert guard_of(release, Metric.ERROR_RATE) == COMPARES
    assert felt_window_s(release, Metric.ERROR_RATE) == 90.0
    assert felt_window_s(release, Metric.P99) == FELT_S
    assert guard_of(release, Metric.P99) is None


def test_behind_a_rollback_only_what_came_since_is_felt() -> None:
    story = running()
    story.ticks([sample()] * 20)
    story.tell(
        ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"), ev.WeightRequested(number=2, weight=0)
    )
    story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    windows = []
    for _ in range(12):
        story.ticks([sample()])
        windows.append(felt_window_s(story.release, Metric.ERROR_RATE))
    assert windows == [*map(float, range(1, 11)), FELT_S, FELT_S]
    assert figures_window_s(story.release) == FELT_S


def test_a_figure_that_no_guard_reads_is_of_this_weight_alone() -> None:
    story = running(plan(stage(10, OWN, hold_s=100.0), stage(100)))
    assert figures_window_s(story.release) == 30.0
    story.ticks([sample()] * 4)
    assert figures_window_s(story.release) == 4.0
    story.ticks([sample()] * 40)
    assert figures_window_s(story.release) == 30.0


@pytest.mark.parametrize(
    ("judge", "metric", "limit"),
    [
        (None, Metric.ERROR_RATE, None),
        (LATENCY, Metric.ERROR_RATE, 0.02),
        (LATENCY, Metric.P99, 250.0),
        (LATENCY, Metric.P95, None),
        (replace(LATENCY, slo=replace(LATENCY.slo, slower=0.05)), Metric.P99, None),
    ],
)
def test_without_a_guard_the_slo_is_the_limit_and_a_share_of_one_in_a_hundred_is_p99s(
    judge: Judge | None, metric: Metric, limit: float | None
) -> None:
    of = replace(plan(stage(10), stage(100)), judge=judge)
    assert limit_of(running(of).release, metric) == limit


@pytest.mark.parametrize(
    ("requests", "errors", "limit", "beyond"),
    [
        (0, 0, 0.01, False),
        (100, 1, 0.01, False),
        (100, 3, 0.01, False),
        (100, 8, 0.01, True),
        (100, 1, 0.0, True),
        (100, 8, None, False),
    ],
)
def test_beyond_a_limit_is_what_chance_would_hardly_make(
    requests: int, errors: int, limit: float | None, *, beyond: bool
) -> None:
    assert is_beyond(counts(requests, errors=errors), limit) is beyond
    assert not is_beyond(None, limit)
