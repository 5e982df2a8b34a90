"""What is said about a judge, an SLO or events that can't be."""

from __future__ import annotations

import pytest

from console.errors import PlanError
from console.plan.load import parse_plan
from tests.plan.good import GOOD

BEFORE = GOOD[: GOOD.index("interval:")]
AFTER = GOOD[GOOD.index("interval:") :]
LINE = BEFORE.count("\n") + 1
"""Where what a test writes begins."""

SELECTOR = """orders_total{version="{{version}}"}"""


def said(written: str) -> list[str]:
    """Put it behind the metrics of the good plan, and give what is said about it."""
    with pytest.raises(PlanError) as refused:
        parse_plan(f"{BEFORE}{written}\n{AFTER}", origin="plan.yaml")
    return [line.removeprefix("plan.yaml:") for line in str(refused.value).splitlines()]


def events(*written: str) -> str:
    return "\n".join(("  events:", *(f"    {line}" for line in written), "judge: {}"))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("judge: fast", "8: `judge` is the single value `fast`, not keys and values; write one like"),
        ("judge: {tolerance: 1pp}", "9: `judge` has no key `tolerance`; did you mean `tolerate`?"),
        ("judge: {tolerate: 1%}", "19: tolerate: "),
        ("judge: {tolerate: 60pp}", "19: tolerate: this tolerates everything; write one like 0.1pp"),
        ("judge: {tolerate: 0pp}", "19: tolerate: no two versions are alike to the last request; write one"),
        ("judge: {block: 1s}", "16: block: two versions' scrapes are further apart than this; write 5s or"),
        ("judge: {block: 11m}", "16: block: this is too long to notice anything in time; write 10m or less"),
        ("judge: {low_traffic: go}", "22: low_traffic: `go` is not known here; it can be ask, proceed"),
        ("judge: {alone: stop}", "16: alone: `stop` is not known here; it can be retreat, pause, rollback"),
        ("slo: {error_rate: 0%}", "19: error_rate: an error rate of 0% is never kept; write what is"),
        ("slo: {error_rate: 60%}", "19: error_rate: where most requests may fail nothing is promised; write"),
        ("errors: {http: [200]}", "17: http: `200` is no HTTP status of an error; write 5xx, 4xx, or one"),
        ("errors: {grpc: [0]}", "17: grpc: `0` is no gRPC status of a failure; write server, caller, or a"),
        ("errors: {no_answer: yes}", "21: no_answer: `yes` is not known here; it can be true, false"),
        ("errors: {htp: [500]}", "10: `errors` has no key `htp`; did you mean `http`?"),
        ("errors: 5xx", "9: `errors` is the single value `5xx`, not keys and values; write one like"),
        ("errors: {http: [], grpc: [], no_answer: false}", "1: errors: nothing is an error here; write one"),
        ("slo: {p99: 0ms}", "12: p99: nothing is faster than 0; write one like 500ms"),
        ("slo: {p90: 1s, p99: 2s}", "16: an SLO has one latency, and this one has p90 already; keep one"),
    ],
)
def test_a_judge_that_can_not_be_says_where_and_how_to_mend_it(written: str, problem: str) -> None:
    (only,) = said(written)
    assert only.startswith(f"{LINE}:{problem}"), only


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("pass: 101", "30: pass: `101` is no score; write one from 0 to 100, like 95"),
        ("pass: 90%", "30: pass: "),
        ("marginal: 96", "34: marginal: 96 is above the 95 that pass; write a score below it, like 75"),
        ("every: 30s", "31: every: `30s` is out of range; there is one sample a minute: 1m to 1d"),
        ("lookback: 2d", "34: lookback: `2d` is out of range; there is one sample a minute: 1m to 1d"),
        ("tolerate: 1pp", "24: `judge` has no key `tolerate`; it knows kind, pass, marginal, every, warmup"),
        ("every: 1h", "1: judge: 5% is held for less than the 1h until Kayenta's first score; hold it for"),
        ("metrics: []", "33: `metrics` is an empty list; leave it out for errors and P99"),
        ("metrics: [p99]", "34: a metric is the single value `p99`, not keys and values; write one like"),
        ("metrics: [{metric: rps}]", "43: metric: `rps` is not known here; "),
        ("metrics: [{metric: p98}]", "43: metric: `p98` is not known here; did you mean "),
        ("metrics: [{metric: p99}, {metric: p99}]", "33: `p99` stands twice; keep one"),
        ("metrics: [{metric: p99, direction: up}]", "59: direction: `up` is not known here; it can be "),
        ("metrics: [{metric: p99, nan_strategy: x}]", "62: nan_strategy: `x` is not known here; it can be"),
        ("metrics: [{metric: p99, critical: yes}]", "58: critical: `yes` is neither true nor false; write"),
        ("metrics: [{metric: p99, measure: mean}]", "57: measure: `mean` is not known here; it can be"),
        ("metrics: [{metric: p99, allowed_increase: 0}]", "66: allowed_increase: `0` is no effect that"),
        ("weights: {errors: 60%}, metrics: [{metric: p99}]", "34: no metric is in the group `errors`; there"),
        ("weights: {errors: 60%, latency: 30%}", "24: weights: they add up to 90%, and no score would mean"),
        ("weights: {errors: 110%}", "42: `errors`: "),
    ],
)
def test_kayentas_judge_that_can_not_be_says_where_and_how_to_mend_it(written: str, problem: str) -> None:
    (only, *_) = said(f"judge: {{kind: kayenta, {written}}}")
    assert only.startswith(f"{LINE}:{problem}"), only


def test_no_other_judge_is_known() -> None:
    (only,) = said("judge: {kind: oracle}")
    assert only == f"{LINE}:15: kind: `oracle` is not known here; it can be two_keys, kayenta"


def test_kayenta_keeps_no_slo() -> None:
    (only,) = said("slo: {error_rate: 1%}\njudge: {kind: kayenta}")
    assert only.endswith("this plan's judge is Kayenta's; write guards with max instead")


def test_kayenta_must_compare_the_events() -> None:
    (only,) = said(events(f"sold: '{SELECTOR}'").replace("judge: {}", "judge: {kind: kayenta}"))
    assert only.endswith("add {metric: sold, direction: decrease} to its metrics")


@pytest.mark.parametrize(
    "query",
    [
        'sum(rate(orders_total{version="{{version}}"}[1m]))',
        'orders_total{version="{{version}}"}[5m]',
        'orders_total{version="{{version}}"} > 0',
        "orders_total",
        'orders_total{version="{{version}}',
    ],
)
def test_events_want_a_raw_counter(query: str) -> None:
    (only,) = said(events(f"sold: '{query}'"))
    assert only.startswith(f"{LINE + 1}:11: business metric `sold`: events are counted from a raw counter")
    assert only.endswith('write one without functions, like orders_total{version="{{version}}"}')


def test_events_must_be_one_versions() -> None:
    (only,) = said(events("sold: 'orders_total{namespace=\"{{namespace}}\"}'"))
    assert "both versions would have the same events; choose one version's" in only


def test_an_unknown_placeholder_is_named() -> None:
    (only,) = said(events("sold: 'orders_total{version=\"{{verzion}}\"}'"))
    assert only.endswith("the placeholder `{{verzion}}` is not known; did you mean {{version}}?")


@pytest.mark.parametrize("name", ["errors", "stock"])
def test_a_name_that_means_something_else_is_taken(name: str) -> None:
    assert said(events(f"{name}: '{SELECTOR}'")) == [
        f"{LINE + 1}:5: `{name}` means another metric already; call it {name}_counted"
    ]


def test_too_many_kinds_of_event_share_too_little() -> None:
    (only,) = said(events(*(f"sold_{number}: '{SELECTOR}'" for number in range(11))))
    assert only.endswith(
        "11 kinds of event are too many: each gets less of the error budget; keep 10 or fewer"
    )


def test_events_without_a_judge_are_watched_by_nobody() -> None:
    (only,) = said(events(f"sold: '{SELECTOR}'").replace("\njudge: {}", ""))
    assert only.endswith("a plan with guards alone has none; write judge: {} beside the guards")


@pytest.mark.parametrize(
    "selector",
    [
        SELECTOR,
        "shop:orders:total{version=~'{{version}}|x', ns!=\"a}b\",}",
        ' orders_total { version = "{{ version }}" } ',
    ],
)
def test_a_selector_may_be_written_as_prometheus_takes_it(selector: str) -> None:
    quoted = selector.replace("'", "''")
    plan = parse_plan(BEFORE + events(f"sold: '{quoted}'") + "\n" + AFTER, origin="plan.yaml")
    assert plan.metrics.events == {"sold": selector}
