from __future__ import annotations

from collections.abc import Sequence

import pytest

from console.evidence import Pods, Sample
from console.judge.memory import Memory, look, whole_stage
from console.judge.reading import Reading, Verdict
from console.plan.model import Guard, Metric, Rule, Stage
from tests.releases import blind, counts, guard, plan, sample, stage


def read(samples: Sequence[Sample], *guards: Guard, weight: int = 10, every_s: float = 1.0) -> Reading:
    """The reading of the first guard after all samples."""
    return remember(samples, stage(weight, *guards), every_s=every_s).readings[0]


def remember(samples: Sequence[Sample], at: Stage, *, every_s: float = 1.0) -> Memory:
    memory = Memory()
    for tick, taken in enumerate(samples, start=1):
        memory = look(memory, at, plan=plan(at), at=1000.0 + tick * every_s, weight=at.weight, sample=taken)
    return memory


def test_a_canary_below_its_limit_is_healthy() -> None:
    reading = read([sample(canary=counts(100, errors=5))], guard(limit=0.05))
    assert reading.verdict is Verdict.HEALTHY


def test_a_canary_beyond_its_limit_is_a_breach() -> None:
    reading = read([sample(canary=counts(100, errors=6))], guard(limit=0.05))
    assert (reading.verdict, reading.ripe) == (Verdict.BREACH, True)


def test_too_few_requests_are_insufficient_and_not_healthy() -> None:
    reading = read([sample(canary=counts(49))], guard(min_requests=50))
    assert reading.verdict is Verdict.INSUFFICIENT


def test_too_few_requests_are_insufficient_even_where_all_fail() -> None:
    reading = read([sample(canary=counts(49, errors=49))], guard(min_requests=50))
    assert reading.verdict is Verdict.INSUFFICIENT


def test_a_comparison_wants_enough_requests_of_both_versions() -> None:
    relative = guard(rule=Rule.MAX_RATIO, limit=2.0, min_requests=50)
    assert read([sample(counts(20), counts(100))], relative).verdict is Verdict.INSUFFICIENT


def test_without_data_a_guard_is_blind() -> None:
    assert read([sample(), blind()], guard()).verdict is Verdict.BLIND


def test_a_ratio_rule_compares_with_stable() -> None:
    twice = guard(rule=Rule.MAX_RATIO, limit=2.0)
    at_limit = read([sample(counts(10_000, errors=100), counts(1000, errors=20))], twice)
    beyond = read([sample(counts(10_000, errors=100), counts(1000, errors=40))], twice)
    assert (at_limit.verdict, beyond.verdict) == (Verdict.HEALTHY, Verdict.BREACH)


def test_an_increase_rule_adds_to_stable() -> None:
    more = guard(rule=Rule.MAX_INCREASE, limit=0.02)
    outage = read([sample(counts(10_000, errors=1000), counts(1000, errors=100))], more)
    worse = read([sample(counts(10_000, errors=1000), counts(1000, errors=160))], more)
    assert (outage.verdict, worse.verdict) == (Verdict.HEALTHY, Verdict.BREACH)


def test_a_difference_that_may_be_chance_is_no_breach_of_a_comparison() -> None:
    more = guard(rule=Rule.MAX_INCREASE, limit=0.02)
    reading = read([sample(counts(1000, errors=100), counts(100, errors=15))], more)
    assert reading.verdict is Verdict.INSUFFICIENT
    assert reading.chance == pytest.approx(0.07, abs=0.03)


def test_a_slow_tail_that_may_be_chance_is_no_breach_of_a_comparison() -> None:
    twice = guard(Metric.P99, Rule.MAX_RATIO, 2.0)
    thin = read([sample(counts(1000, slow=8), counts(100, slow=2))], twice)
    thick = read([sample(counts(1000, slow=8), counts(1000, slow=80))], twice)
    assert (thin.verdict, thick.verdict) == (Verdict.INSUFFICIENT, Verdict.BREACH)


def test_a_limit_of_its_own_is_taken_as_the_plan_says_it() -> None:
    assert read([sample(canary=counts(50, errors=3))], guard(limit=0.05)).verdict is Verdict.BREACH


def test_a_minimum_is_breached_from_below() -> None:
    least = guard(Metric.RPS, Rule.MIN, 50.0)
    assert read([sample(canary=counts(60))], least).verdict is Verdict.HEALTHY
    assert read([sample(canary=counts(50), span_s=2.0)], least).verdict is Verdict.BREACH


def test_a_latency_guard_reads_the_histogram() -> None:
    p99 = guard(Metric.P99, limit=300.0)
    reading = read([sample(canary=counts(100, slow=10))], p99)
    assert reading.verdict is Verdict.BREACH
    assert reading.canary == pytest.approx(475.0)


def test_a_breach_counts_only_after_its_time() -> None:
    bad = sample(canary=counts(100, errors=50))
    patient = guard(for_s=3.0, window_s=1.0)
    assert [read([bad] * ticks, patient).ripe for ticks in (1, 2, 3, 4)] == [False, False, False, True]


def test_a_look_taken_a_moment_early_does_not_cost_a_whole_tick() -> None:
    bad = sample(canary=counts(100, errors=50))
    assert read([bad] * 4, guard(for_s=3.0, window_s=1.0), every_s=0.99).ripe


def test_a_healthy_look_resets_the_time_of_a_breach() -> None:
    bad, good = sample(canary=counts(100, errors=50)), sample()
    reading = read([bad, bad, bad, good, bad], guard(for_s=3.0, window_s=1.0))
    assert (reading.over_s, reading.ripe) == (0.0, False)


def test_a_gap_neither_resets_nor_fulfils_the_time_of_a_breach() -> None:
    bad = sample(canary=counts(100, errors=50))
    patient = guard(for_s=3.0, window_s=1.0)
    gap = read([bad, bad, blind(), blind(), blind(), blind(), bad], patient)
    assert (gap.over_s, gap.ripe) == (1.0, False)
    assert read([bad, bad, blind(), bad, bad, bad], patient).ripe


def test_the_window_forgets() -> None:
    bad, good = sample(canary=counts(100, errors=50)), sample()
    assert read([bad, *[good] * 9], guard(limit=0.04, window_s=10.0)).verdict is Verdict.BREACH
    assert read([bad, *[good] * 10], guard(limit=0.04, window_s=10.0)).verdict is Verdict.HEALTHY


def test_comparisons_rest_where_stable_has_no_traffic() -> None:
    relative, limit = guard(rule=Rule.MAX_RATIO, limit=2.0), guard()
    memory = remember([sample()], stage(100, relative, limit))
    assert [reading.guard for reading in memory.readings] == [limit.name]


def test_only_pods_are_watched_where_the_canary_has_no_traffic() -> None:
    loops = guard(Metric.CRASH_LOOPS, limit=0)
    memory = remember([sample(canary_pods=Pods(crash_looping=0))], stage(0, guard(), loops))
    assert [reading.guard for reading in memory.readings] == [loops.name]


def test_a_crash_loop_is_seen_while_the_metrics_are_blind() -> None:
    looping = sample(canary_pods=Pods(crash_looping=1))
    unseen = Sample(span_s=0.0, canary=looping.canary.__class__(pods=looping.canary.pods), trouble="down")
    assert read([unseen], guard(Metric.CRASH_LOOPS, limit=0)).verdict is Verdict.BREACH


def test_restarts_count_from_the_beginning_of_the_release() -> None:
    restarts = [sample(canary_pods=Pods(restarts=count)) for count in (7, 7, 8, 0, 1)]
    assert read(restarts, guard(Metric.RESTARTS, limit=10)).canary == 2


def test_ready_pods_are_a_ratio_of_those_wanted() -> None:
    reading = read([sample(canary_pods=Pods(ready=1, desired=4))], guard(Metric.READY, Rule.MIN, 0.5))
    assert (reading.canary, reading.verdict) == (0.25, Verdict.BREACH)


def test_a_metric_that_never_came_is_blind() -> None:
    assert read([sample()], guard("orders", Rule.MIN, 1.0)).verdict is Verdict.BLIND


def test_the_whole_stage_shows_what_flapping_hides() -> None:
    bad, good = sample(canary=counts(100, errors=10)), sample()
    at = stage(10, guard(limit=0.03, window_s=2.0, for_s=5.0))
    memory = remember([bad, bad, good, good] * 5, at)
    assert memory.readings[0].verdict is Verdict.HEALTHY
    assert whole_stage(memory, at, at=0.0)[0].verdict is Verdict.BREACH


@pytest.mark.parametrize(("metric", "value"), [(Metric.CPU, 1.5), (Metric.MEMORY, 3e8)])
def test_what_the_pods_use_is_read_from_the_newest_look_that_knows_it(metric: Metric, value: float) -> None:
    known = sample(canary_pods=Pods(cpu_cores=1.5, memory_bytes=3e8))
    older = sample(canary_pods=Pods(cpu_cores=0.1, memory_bytes=1e8))
    reading = read([older, known, sample()], guard(metric, limit=value - 0.1))
    assert (reading.canary, reading.verdict) == (value, Verdict.BREACH)


def test_how_many_pods_are_ready_is_unknown_where_none_is_wanted() -> None:
    reading = read([sample(canary_pods=Pods(ready=0, desired=0))], guard(Metric.READY, Rule.MIN, 0.5))
    assert reading.verdict is Verdict.BLIND


@pytest.mark.parametrize("metric", [Metric.CPU, Metric.RPS])
def test_a_comparison_of_what_counts_no_bad_requests_is_no_matter_of_chance(metric: Metric) -> None:
    stable, canary = Pods(cpu_cores=1.0), Pods(cpu_cores=3.0)
    seen = sample(counts(60), counts(180), stable_pods=stable, canary_pods=canary)
    reading = read([seen], guard(metric, Rule.MAX_RATIO, 2.0))
    assert (reading.verdict, reading.chance) == (Verdict.BREACH, None)


def test_a_slow_tail_that_stable_does_not_show_is_compared_with_nothing() -> None:
    unmeasured = sample(counts(100).__class__(requests=100.0), counts(100, slow=50))
    reading = read([unmeasured], guard(Metric.P99, Rule.MAX_RATIO, 2.0))
    assert (reading.verdict, reading.chance) == (Verdict.BLIND, None)
