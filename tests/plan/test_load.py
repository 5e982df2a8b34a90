"""What a plan file becomes."""

from __future__ import annotations

import msgspec

from console.command import ANSWERABLE
from console.plan.load import parse_plan
from console.plan.model import (
    Alone,
    Errors,
    Grafana,
    Guard,
    Judge,
    LowTraffic,
    Metric,
    Notice,
    Occasion,
    Plan,
    Rule,
    Slo,
    Stage,
    Then,
    Version,
)
from console.plan.plan_words import describe
from console.plan.routers.istio import Destination, Settings
from tests.plan.good import GOOD

SMALLEST = """\
pithead: 1
service: checkout
stable: {deployment: checkout-v1}
canary: {deployment: checkout-v2}
router: {istio: {virtual_service: checkout, stable: {host: old}, canary: {host: new, subset: v2}}}
metrics: {prometheus: "https://prometheus.example/base/"}
stages: [{weight: 50%, hold: 5m}, {weight: 100%}]
"""


def _plan(text: str) -> Plan:
    return parse_plan(text, origin="plan.yaml")


def _guard(text: str) -> Guard:
    return _plan(GOOD.replace("{metric: p99, max: 500ms}", text)).stages[0].guards[1]


def test_a_plan_may_say_what_an_error_is() -> None:
    said = "errors: {http: [5xx, 429, 429], grpc: [caller, 8], no_answer: false}\n"
    plan = _plan(said + GOOD)
    assert plan.own_errors == Errors(http=("5xx", "429"), grpc=("caller", "8"), no_answer=False)
    assert "an error is 5xx, 429, gRPC caller, gRPC 8" in describe(plan)
    assert _plan("errors: {http: [503]}\n" + GOOD).own_errors == Errors(http=("503",))


def test_a_plan_that_does_not_is_written_as_it_was_before_one_could() -> None:
    assert _plan(GOOD).own_errors is None
    assert b'"errors"' not in msgspec.json.encode(_plan(GOOD))


def test_every_key_arrives_in_the_engines_units() -> None:
    plan = _plan(GOOD)
    assert (plan.service, plan.namespace) == ("checkout", "shop")
    assert plan.stable == Version(name="v1", deployment="checkout-v1")
    assert plan.driven == Settings(
        virtual_service="checkout",
        route="primary",
        stable=Destination(subset="v1"),
        canary=Destination(subset="v2"),
    )
    assert plan.metrics.business["stock"] == 'sum(stock{namespace="{{namespace}}"})'
    assert (plan.interval_s, plan.patience_s, plan.after_patience) == (5.0, 1800.0, Then.ROLLBACK)


def test_a_guard_takes_what_it_does_not_say_from_the_plan() -> None:
    p99 = Guard(
        name="p99 max 500 ms",
        metric=Metric.P99,
        rule=Rule.MAX,
        limit=500.0,
        window_s=30.0,
        for_s=0.0,
        min_requests=50,
        then=Then.ROLLBACK,
    )
    assert _guard("{metric: p99, max: 500ms}") == p99


def test_a_guard_may_say_everything_itself() -> None:
    text = "{metric: memory, max: 512Mi, window: 1m, for: 90s, then: hold, name: Speicher}"
    assert _guard(text) == Guard(
        name="Speicher",
        metric=Metric.MEMORY,
        rule=Rule.MAX,
        limit=512 * 2**20,
        window_s=60.0,
        for_s=90.0,
        min_requests=0,
        then=Then.HOLD,
    )


def test_an_increase_of_a_ratio_is_in_points() -> None:
    assert _guard("{metric: error_rate, max_increase: 0.5pp}").limit == 0.005


def test_a_guard_on_pods_or_on_the_rate_itself_waits_for_no_requests() -> None:
    assert _guard("{metric: crash_loops, max: 0}").min_requests == 0
    assert _guard("{metric: rps, min: 1}").min_requests == 0
    assert _guard("{metric: orders, min: 1}").min_requests == 50


def test_a_stage_is_watched_by_the_plans_guards_then_its_own() -> None:
    stage = _plan(GOOD).stages[1]
    assert [guard.metric for guard in stage.guards] == ["error_rate", "p99", "orders", "p95"]
    assert (stage.weight, stage.hold_s, stage.min_requests, stage.approve) == (25, 3600.0, 0, False)


def test_a_ramp_is_written_out_as_stages() -> None:
    assert [(stage.weight, stage.hold_s) for stage in _plan(GOOD).stages[2:]] == [
        (50, 300.0),
        (75, 300.0),
        (100, 300.0),
    ]


def test_a_ramps_last_step_is_shorter_where_it_must_be() -> None:
    stages = _plan(GOOD.replace("step: 25pp", "step: 30pp")).stages
    assert [stage.weight for stage in stages] == [5, 25, 50, 80, 100]


def test_what_is_left_out_has_its_default() -> None:
    plan = _plan(SMALLEST)
    assert (plan.namespace, plan.stable.name, plan.canary.name) == ("", "v1", "v2")
    assert (plan.interval_s, plan.patience_s, plan.after_patience) == (5.0, 1800.0, Then.ROLLBACK)
    assert plan.router["route"] is None
    assert plan.metrics.preset == "istio"
    assert plan.metrics.prometheus == "https://prometheus.example/base"


def test_metrics_may_call_a_version_otherwise_than_its_deployment() -> None:
    plan = _plan(GOOD.replace("deployment: checkout-v2", "deployment: checkout-v2, workload: shop-v2@mesh"))
    assert (plan.stable.in_metrics, plan.canary.in_metrics) == ("checkout-v1", "shop-v2@mesh")
    assert b'"canary":{"name":"v2","deployment":"checkout-v2"}' in msgspec.json.encode(_plan(GOOD)), (
        "a plan that says nothing is written as it always was"
    )


def test_a_plan_without_guards_is_watched_all_the_same() -> None:
    guards = [(g.metric, g.rule, g.limit, g.then) for g in _plan(SMALLEST).stages[0].guards]
    assert guards == [
        (Metric.CRASH_LOOPS, Rule.MAX, 0, Then.ROLLBACK),
        (Metric.RESTARTS, Rule.MAX_INCREASE, 1, Then.ROLLBACK),
    ]
    assert _plan(SMALLEST).judge == Judge(alone=Alone.RETREAT)


def test_a_plan_of_guards_has_a_judge_only_if_it_says_so() -> None:
    assert _plan(GOOD).judge is None
    terms = "slo: {error_rate: 0.5%, p95: 300ms}\njudge: {tolerate: 0.2pp, block: 5s, low_traffic: proceed}\n"
    assert _plan(GOOD.replace("guards:\n", f"{terms}guards:\n")).judge == Judge(
        slo=Slo(error_rate=0.005, latency_ms=300.0, slower=0.05),
        tolerate=0.002,
        block_s=5.0,
        low_traffic=LowTraffic.PROCEED,
        alone=Alone.RETREAT,
    )


def test_an_slo_alone_asks_for_the_judge() -> None:
    judge = _plan(GOOD.replace("guards:\n", "slo: {p99: 500ms}\nguards:\n")).judge
    assert judge is not None
    assert (judge.slo.latency_ms, judge.slo.slower) == (500.0, 0.01)


def test_the_window_grows_with_a_slow_interval() -> None:
    assert _plan(SMALLEST).stages[0].guards[0].window_s == 30.0
    assert _plan(f"{SMALLEST}interval: 20s\n").stages[0].guards[0].window_s == 60.0


def test_a_value_is_read_as_it_is_written_whatever_yaml_makes_of_it() -> None:
    text = SMALLEST.replace("{deployment: checkout-v1}", "{name: 1.10, deployment: checkout-v1}")
    text = text.replace("{deployment: checkout-v2}", "{name: no, deployment: checkout-v2}")
    plan = _plan(text)
    assert (plan.stable.name, plan.canary.name) == ("1.10", "no")


def test_zero_needs_no_unit() -> None:
    stage = _plan(SMALLEST.replace("stages: [", "stages: [{weight: 0, hold: 0, approve: true}, ")).stages[0]
    assert stage == Stage(weight=0, hold_s=0.0, min_requests=0, approve=True, guards=stage.guards)


def test_a_stage_may_carry_all_guards_where_the_plan_has_none() -> None:
    own = "{weight: 100%, guards: [{metric: p99, max: 1s}]}"
    text = SMALLEST.replace("[{weight: 50%, hold: 5m}, {weight: 100%}]", f"[{own}]")
    assert [guard.name for guard in _plan(f"{text}guards: []\n").stages[0].guards] == ["p99 max 1 s"]


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    windows = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert parse_plan(windows, origin="plan.yaml") == _plan(GOOD)


def test_a_placeholder_may_have_space_around_it() -> None:
    assert "{{ version }}" in _plan(GOOD.replace("{{version}}", "{{ version }}")).metrics.business["orders"]


def test_who_is_told_and_of_what() -> None:
    plan = _plan(GOOD)
    assert plan.notify == (
        Notice(to="env:PITHEAD_SLACK", on=(Occasion.HOLD, Occasion.ROLLBACK)),
        Notice(to="file:/etc/pithead/pager", on=tuple(Occasion)),
    )
    assert plan.grafana == Grafana(url="https://grafana.example", token="env:GRAFANA_TOKEN")  # noqa: S106 - its place
    assert plan.reasons == ("promote", "roll_back")


def test_nobody_is_told_unless_the_plan_says_so() -> None:
    plan = _plan(SMALLEST)
    assert (plan.notify, plan.grafana, plan.reasons) == ((), None, ())


def test_reasons_can_be_required_for_all_commands() -> None:
    assert _plan(f"{SMALLEST}reasons: required\n").reasons == ANSWERABLE
    assert _plan(f"{SMALLEST}reasons: optional\n").reasons == ()


def test_on_stop_is_read_and_left_out_of_the_record_where_it_is_not_given() -> None:
    plain = _plan(GOOD)
    assert b"on_stop" not in msgspec.json.encode(plain)
    held = _plan(f"{GOOD}\non_stop: hold\n")
    assert held.on_stop is Then.HOLD
    assert msgspec.json.decode(msgspec.json.encode(held), type=Plan) == held
    assert "at SIGTERM the worker stops, and the weight stays" in describe(held)
