"""A plan says itself in words that an operator can check."""

from __future__ import annotations

import pytest

from console.plan.load import parse_plan
from console.plan.model import Metric
from console.plan.plan_words import describe, guard_in_words, timeline, total_duration, value_in_words
from tests.plan.good import GOOD

PLAN = parse_plan(GOOD, origin="plan.yaml")


def _said(guard: str) -> str:
    plan = parse_plan(GOOD.replace("{metric: p99, max: 500ms}", guard), origin="plan.yaml")
    return guard_in_words(plan.stages[0].guards[1], plan)


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        (
            "{metric: error_rate, max: 2%, for: 30s}",
            "roll back when v2's error rate exceeds 2% for 30s (30s window, from 50 requests on)",
        ),
        (
            "{metric: p99, max: 1500ms, then: hold}",
            "hold while v2's P99 exceeds 1.5 s (30s window, from 50 requests on)",
        ),
        (
            "{metric: p95, max_ratio: 1.2, for: 10m, window: 1m, min_requests: 1}",
            "roll back when v2's P95 exceeds 1.2 times v1's for 10m (1m window, from 1 request on)",
        ),
        (
            "{metric: error_rate, max_increase: 0.5pp, min_requests: 0}",
            "roll back when v2's error rate is more than 0.5pp above v1's (30s window)",
        ),
        (
            "{metric: restarts, max_increase: 2}",
            "roll back when v2's restarts are more than 2 above v1's",
        ),
        ("{metric: ready, min: 90%}", "roll back when v2's share of ready pods falls below 90%"),
        ("{metric: rps, min: 1}", "roll back when v2's requests per second fall below 1 (30s window)"),
        ("{metric: crash_loops, max: 0}", "roll back when v2 has crash-looping pods"),
        ("{metric: restarts, max: 3}", "roll back when v2's restarts exceed 3"),
        ("{metric: memory, max: 512Mi}", "roll back when v2's memory exceeds 512 MiB"),
        (
            "{metric: orders, max: 12.5}",
            "roll back when v2's orders exceeds 12.5 (30s window, from 50 requests on)",
        ),
    ],
)
def test_a_guard_is_one_sentence(guard: str, words: str) -> None:
    assert _said(guard) == words


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        (Metric.ERROR_RATE, 0.0052, "0.52%"),
        (Metric.ERROR_RATE, 0.123456, "12.3%"),
        (Metric.ERROR_RATE, 0.0, "0%"),
        (Metric.P99, 487.31, "487 ms"),
        (Metric.P99, 4.2, "4.2 ms"),
        (Metric.P99, 12345.0, "12.3 s"),
        (Metric.RPS, 203.4, "203"),
        (Metric.RPS, 24_700.4, "24700"),
        (Metric.RESTARTS, 3, "3"),
        (Metric.CPU, 1.0, "1 core"),
        (Metric.CPU, 0.25, "0.25 cores"),
        (Metric.MEMORY, 512 * 2**20, "512 MiB"),
        (Metric.READY, 1.0, "100%"),
        ("orders", -1234.5, "-1234"),
    ],
)
def test_a_value_is_written_with_its_unit_to_three_digits(metric: str, value: float, words: str) -> None:
    assert value_in_words(metric, value) == words


def test_the_timeline_says_when_each_weight_is_reached_and_what_it_waits_for() -> None:
    assert timeline(PLAN) == [
        "at 0s       5%  for 30m  at least 500 requests, then a person approves",
        "at 30m     25%  for 1h",
        "at 1h30m   50%  for 5m",
        "at 1h35m   75%  for 5m",
        "at 1h40m  100%  for 5m",
    ]


def test_the_total_is_the_sum_of_the_holds() -> None:
    assert total_duration(PLAN) == 6300.0


def test_the_description_is_the_release_as_it_would_run() -> None:
    assert describe(PLAN) == (
        """\
checkout in namespace shop
  versions   v1 (checkout-v1) to v2 (checkout-v2)
  weights    VirtualService checkout, route primary: subset v1 and subset v2
  evidence   http://prometheus.monitoring:9090: istio queries, orders, stock

timeline
  at 0s       5%  for 30m  at least 500 requests, then a person approves
  at 30m     25%  for 1h
  at 1h30m   50%  for 5m
  at 1h35m   75%  for 5m
  at 1h40m  100%  for 5m
  at least 1h45m in all, and as long as people take for 1 approval

guards
  at every weight
    - roll back when v2's error rate exceeds 1% for 30s (30s window, from 50 requests on)
    - roll back when v2's P99 exceeds 500 ms (30s window, from 50 requests on)
    - hold while v2's orders falls below 10 (30s window, from 50 requests on)
  at 25%
    - roll back when v2's P95 exceeds 1.5 times v1's for 1m (30s window, from 50 requests on)

a look every 5s; after 30m without health or evidence all requests go back to v1
told: the address in env:PITHEAD_SLACK, on hold, rollback
told: the address in file:/etc/pithead/pager, on hold, rollback, approval, promoted, failed
annotated: https://grafana.example, with the token in env:GRAFANA_TOKEN
only with a reason: promote, roll back"""
    )


def test_the_description_says_what_metrics_call_a_version() -> None:
    named = GOOD.replace("deployment: checkout-v2", "deployment: checkout-v2, workload: shop-v2@mesh")
    assert "  versions   v1 (checkout-v1) to v2 (checkout-v2, in metrics shop-v2@mesh)\n" in describe(
        parse_plan(named, origin="plan.yaml")
    )


def test_the_description_says_where_a_guard_has_nothing_to_look_at() -> None:
    compared = GOOD.replace("max: 500ms", "max_ratio: 2")
    assert "  from 5% to 75%\n    - roll back when v2's P99 exceeds 2 times" in describe(
        parse_plan(compared, origin="plan.yaml")
    )


def test_the_description_says_when_the_guards_are_pitheads_own() -> None:
    without = GOOD[: GOOD.index("guards:")] + GOOD[GOOD.index("stages:") :]
    assert "the plan names no guards: these are pithead's own" in describe(
        parse_plan(without, origin="plan.yaml")
    )
    assert "pithead's own" not in describe(PLAN)


def test_a_release_that_holds_after_its_patience_says_so() -> None:
    held = parse_plan(GOOD.replace("after_patience: rollback", "after_patience: hold"), origin="plan.yaml")
    assert "after 30m without health or evidence it ends, and the weights stay\n" in describe(held)


def test_a_plan_without_a_namespace_says_that_the_contexts_counts() -> None:
    left = parse_plan(GOOD.replace("namespace: shop\n", ""), origin="plan.yaml")
    assert describe(left).splitlines()[0] == "checkout, namespace: the context's"
