from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from console.backtest.bench import Bench
from console.backtest.false_alarm_words import false_alarms_in_words, share_in_words, wilson
from console.backtest.false_alarms import FalseAlarms, count_false_alarms
from console.backtest.healthy import HealthyRelease
from console.backtest.simulated import Service, simulated_history
from console.backtest.source_history import terms_before
from console.backtest.window import Window
from console.evidence import History
from console.judge.tally import tally_of
from console.plan.canary_config import Kayenta
from console.plan.judges.kayenta.section import USUAL
from console.plan.model import Guard, Judge, Metric, Plan, Rule, Then
from tests.backtest.histories import even
from tests.releases import guard, plan, stage


def alarms_of(
    past: History, *guards: Guard, releases: int = 20, weight: int = 20
) -> tuple[FalseAlarms, Plan]:
    of = plan(stage(weight, *guards, hold_s=120.0), interval_s=5.0)
    return count_false_alarms(of, past, releases=releases), of


def rule(limit: float, **more: float) -> Guard:
    return guard(Metric.ERROR_RATE, Rule.MAX, limit, name=f"max {limit}", **more)  # type: ignore[arg-type] # times only


def test_a_rule_above_what_stable_always_does_never_acts_and_one_below_always_does() -> None:
    alarms, _ = alarms_of(even(errors=30.0), rule(0.5), rule(0.001))
    assert [each.acted for each in alarms.rules] == [0, 20]
    assert alarms.rolled_back == 20


def test_a_rule_without_enough_requests_is_blind_and_says_how_many_there_were() -> None:
    alarms, of = alarms_of(even(requests=6.0), rule(0.01, min_requests=50))
    assert alarms.rules[0].blind
    (_head, _basis, line, *_) = false_alarms_in_words(alarms, of, basis="here")
    assert "can never act at this traffic: it wants 50 requests in a window, and the most was" in line


def test_a_rule_that_holds_rolls_nothing_back() -> None:
    held = guard(Metric.ERROR_RATE, Rule.MAX, 0.001, then=Then.HOLD)
    alarms, of = alarms_of(even(errors=30.0), held)
    assert alarms.rolled_back == 0
    assert "held about 100%" in list(false_alarms_in_words(alarms, of, basis="here"))[2]


def test_a_longer_for_acts_less_often() -> None:
    past = simulated_history(Service(rps=20.0, error_ratio=0.01), chance=Random(2), minutes=120)
    alarms, _ = alarms_of(
        past, *(rule(0.02 + at / 1e6, for_s=for_s) for at, for_s in enumerate((0.0, 20.0, 90.0)))
    )
    at_once, soon, late = (each.acted for each in alarms.rules)
    assert at_once > late
    assert at_once >= soon >= late


def test_rules_on_pods_are_named_and_not_drawn() -> None:
    crashes = guard(Metric.CRASH_LOOPS, Rule.MAX, 0.0, name="crashes")
    alarms, of = alarms_of(even(), crashes)
    assert alarms.rules == ()
    assert any(
        "crashes" in line and "watches no requests" in line
        for line in false_alarms_in_words(alarms, of, basis="")
    )


def test_the_same_plan_and_past_weigh_the_same() -> None:
    past = simulated_history(Service(), chance=Random(1), minutes=60)
    assert alarms_of(past, rule(0.01)) == alarms_of(past, rule(0.01))


def test_a_window_s_tally_is_that_of_its_samples() -> None:
    release, window = HealthyRelease(even(errors=9.0, slow=20.0), chance=Random(4)), Window(30.0)
    drawn = [release.sample(weight=25, span_s=5.0) for _ in range(20)]
    for at, sample in enumerate(drawn):
        assert window.add(5.0 * at, sample) == tally_of(drawn[max(0, at - 5) : at + 1])


def test_a_share_has_its_margin_at_the_ends_too() -> None:
    assert share_in_words(0, 40) == "none of 40 (at most 9%)"
    assert share_in_words(40, 40) == "about 100% (91 to 100%)"
    assert share_in_words(12, 100) == "about 12% (7 to 20%)"
    assert wilson(3, 10) == pytest.approx((0.108, 0.603), abs=0.001)


def test_a_simulated_service_has_the_traffic_and_errors_that_were_asked_for() -> None:
    past = simulated_history(Service(rps=80.0, error_ratio=0.01), chance=Random(9), minutes=600)
    pods = [each.counts for minute in past.minutes for each in minute]
    requests = sum(each.requests for each in pods)
    assert requests / 36_000 == pytest.approx(80, rel=0.05)
    assert sum(each.errors_5xx for each in pods) / requests == pytest.approx(0.01, rel=0.1)


def test_the_plan_s_judge_is_weighed_beside_its_rules_and_leaves_healthy_releases_alone() -> None:
    past = simulated_history(Service(rps=200.0), chance=Random(3), minutes=120)
    judged = replace(plan(stage(20, rule(0.01), hold_s=300.0), interval_s=5.0), judge=Judge())
    alarms = count_false_alarms(judged, past, releases=10)
    assert alarms.judge == 0
    assert any(
        "two keys" in line and "rolled back none of" in line
        for line in false_alarms_in_words(alarms, judged, basis="")
    )


def test_a_judge_s_bench_turns_on_a_canary_that_is_worse() -> None:
    past = even(errors=6.0)
    judged = replace(plan(stage(20, hold_s=300.0), interval_s=5.0), judge=Judge())
    terms = terms_before(judged, past, begin=60)
    assert terms is not None
    bench, release = Bench(judged, terms), HealthyRelease(past, chance=Random(1))
    for _ in range(60):
        drawn = release.sample(weight=20, span_s=5.0)
        assert drawn.canary.counts is not None
        bad = replace(drawn.canary.counts, errors_5xx=drawn.canary.counts.requests * 0.3)
        bench.take(replace(drawn, canary=replace(drawn.canary, counts=bad)), weight=20)
    assert bench.turned


def test_kayentas_judge_is_weighed_too() -> None:
    past = simulated_history(Service(rps=200.0), chance=Random(3), minutes=120)
    scored = replace(plan(stage(20, hold_s=360.0), interval_s=5.0), kayenta=Kayenta(metrics=USUAL))
    alarms = count_false_alarms(scored, past, releases=5)
    assert alarms.judge is not None
    said = [line for line in false_alarms_in_words(alarms, scored, basis="") if line.startswith("  kayenta ")]
    assert len(said) == 1


def test_kayentas_bench_turns_on_a_canary_that_is_worse() -> None:
    past = even(errors=6.0)
    scored = replace(plan(stage(20, hold_s=360.0), interval_s=5.0), kayenta=Kayenta(metrics=USUAL))
    bench, release = Bench(scored, None), HealthyRelease(past, chance=Random(1))
    for _ in range(80):
        drawn = release.sample(weight=20, span_s=5.0)
        assert drawn.canary.counts is not None
        bad = replace(drawn.canary.counts, errors_5xx=drawn.canary.counts.requests * 0.3)
        bench.take(replace(drawn, canary=replace(drawn.canary, counts=bad)), weight=20)
    assert bench.turned


@pytest.mark.full
def test_of_a_plan_that_takes_a_month_the_beginning_is_weighed_and_said() -> None:
    of = plan(stage(20, rule(0.5), hold_s=30 * 86400.0), interval_s=1.0)
    alarms = count_false_alarms(of, even(), releases=1)
    assert 0 < alarms.walked * 30 * 86400 <= 15_000
    head, *_ = false_alarms_in_words(alarms, of, basis="here")
    assert head == "what the rules are worth, over 1 healthy release, of each stage the first 0.58%"
