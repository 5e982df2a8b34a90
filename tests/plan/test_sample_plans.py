"""The plans that people copy."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator

from console.plan.kinds import OF_PODS
from console.plan.load import parse_plan
from console.plan.model import Errors, Guard, Judge, Metric, Plan, Rule, Slo, Then
from console.plan.plan_words import describe, total_duration
from console.plan.schema import json_schema

NAMES = (
    "adaptive",
    "application",
    "approvals",
    "careful",
    "compare",
    "demo",
    "demo_judged",
    "grpc",
    "judged",
    "kayenta",
)


def _text(name: str) -> str:
    return files("sample_plans").joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def _plan(name: str) -> Plan:
    return parse_plan(_text(name), origin=f"{name}.yaml")


def _rules(plan: Plan) -> list[tuple[str, Rule, float, float, Then]]:
    return [(g.metric, g.rule, g.limit, g.for_s, g.then) for g in plan.stages[0].guards]


def _holds(plan: Plan) -> list[tuple[int, float]]:
    return [(stage.weight, stage.hold_s / 60) for stage in plan.stages]


def test_these_are_all_of_them() -> None:
    found = {file.name for file in files("sample_plans").iterdir() if file.name.endswith(".yaml")}
    assert found == {f"{name}.yaml" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_plan_loads_and_says_itself(name: str) -> None:
    assert describe(_plan(name)).startswith("checkout in namespace shop\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_plan_is_valid_for_editors(name: str) -> None:
    Draft202012Validator(json_schema()).validate(yaml.safe_load(_text(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_plan_begins_with_when_to_use_it(name: str) -> None:
    lines = _text(name).splitlines()
    comment = [line for line in lines if line.startswith("#")]
    assert any("Use it" in line for line in comment[:2])
    assert "# yaml-language-server: $schema=plan.schema.json" in lines[:5]


def test_grpc_says_what_an_error_is() -> None:
    plan = _plan("grpc")
    assert plan.own_errors == Errors(http=("5xx", "429"), grpc=("server",), no_answer=True)
    assert [rule[0] for rule in _rules(plan)] == ["grpc_errors", "no_answer", "error_rate_4xx"]


def test_careful_goes_in_four_steps() -> None:
    plan = _plan("careful")
    assert _holds(plan) == [(1, 30), (5, 60), (25, 120), (100, 0)]
    assert [rule[:3] for rule in _rules(plan)] == [
        (Metric.ERROR_RATE, Rule.MAX, 0.01),
        (Metric.P99, Rule.MAX, 500),
    ]


def test_approvals_asks_a_person_before_each_step() -> None:
    plan = _plan("approvals")
    assert _holds(plan) == [(0, 0), (5, 30), (20, 60), (50, 120), (100, 1440)]
    assert [stage.approve for stage in plan.stages] == [True, True, True, True, False]
    assert [rule[:3] for rule in _rules(plan)] == [
        (Metric.ERROR_RATE, Rule.MAX, 0.05),
        (Metric.P95, Rule.MAX, 1000),
        (Metric.CRASH_LOOPS, Rule.MAX, 0),
    ]


def test_adaptive_rises_by_ten_points_and_holds_before_it_rolls_back() -> None:
    plan = _plan("adaptive")
    assert _holds(plan) == [(weight, 5) for weight in range(10, 101, 10)]
    assert _rules(plan) == [(Metric.ERROR_RATE, Rule.MAX, 0.001, 0, Then.HOLD)]
    assert plan.after_patience is Then.ROLLBACK


def test_compare_looks_at_stable_beside() -> None:
    assert _rules(_plan("compare"))[:3] == [
        (Metric.ERROR_RATE, Rule.MAX_RATIO, 2, 600, Then.ROLLBACK),
        (Metric.P99, Rule.MAX_RATIO, 1.2, 600, Then.ROLLBACK),
        (Metric.ERROR_RATE, Rule.MAX_INCREASE, 0.005, 60, Then.ROLLBACK),
    ]


def test_judged_lets_the_two_keys_watch_and_names_what_the_judge_would_do_anyway() -> None:
    plan = _plan("judged")
    assert plan.judge == Judge(slo=Slo(error_rate=0.01, latency_ms=500, slower=0.01))
    assert list(plan.metrics.events) == ["orders"]
    assert all(guard.metric in OF_PODS for stage in plan.stages for guard in stage.guards)


def test_kayenta_compares_what_its_users_know_and_orders_too() -> None:
    plan = _plan("kayenta")
    assert plan.judge is None
    assert plan.kayenta is not None
    assert [metric.name for metric in plan.kayenta.metrics] == ["error_rate", "p99", "p50", "orders"]
    assert plan.kayenta.weights == {"errors": 40, "latency": 30, "business": 30}
    assert (plan.kayenta.pass_score, plan.kayenta.marginal_score) == (95, 75)


def _requests_in_window(guard: Guard, *, rps: float, weight: int) -> float:
    return rps * weight / 100 * guard.window_s


def test_the_demo_takes_about_two_minutes_with_a_look_each_second() -> None:
    plan = _plan("demo")
    assert 90 <= total_duration(plan) <= 130
    assert plan.interval_s == 1.0


def test_the_demo_knows_enough_at_200_requests_a_second_and_too_little_at_3() -> None:
    plan = _plan("demo")
    for guard in plan.stages[0].guards:
        if guard.metric == Metric.CRASH_LOOPS:
            continue
        assert _requests_in_window(guard, rps=200, weight=plan.stages[0].weight) > guard.min_requests
        assert _requests_in_window(guard, rps=3, weight=100) < guard.min_requests


def test_the_demo_rolls_back_for_what_is_worse_than_stable_only() -> None:
    traffic = [rule for rule in _rules(_plan("demo")) if rule[0] != Metric.CRASH_LOOPS]
    assert all(rule.compares for _, rule, _, _, then in traffic if then is Then.ROLLBACK)
    assert all(then is Then.HOLD for _, rule, _, _, then in traffic if not rule.compares)
