"""The plan's labels in each selector of each query, as an independent parser reads what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import promql_parser as ast
import pytest

from console.metrics.presets import preset_of
from console.metrics.promql import scraped_every
from console.metrics.query_round import Questions
from console.metrics.selectors import with_labels
from tests.metrics.scripted import V1, V2, plan

LABELS = {"cluster": "a", "tier": 'say "hi" \\ now'}
WRITTEN = '{cluster="a",tier="say \\"hi\\" \\\\ now"}'

ISTIO = preset_of(plan().metrics)

QUERIES = [
    "up",
    "up{}",
    'up{job="x"}',
    'up{job="x", }',
    '{__name__=~"http_.*"}',
    "sum by (pod, cluster) (rate(http_requests_total[5m]))",
    "sum(rate(http_requests_total[5m])) by (cluster)",
    'sum without (instance) (up{job="a # no comment } here"}) # up by (x)',
    "a / on (pod) group_left (cluster) b",
    "a * ignoring (code) group_right b unless c and d or e",
    "histogram_quantile(0.99, sum by (le) (rate(latency_bucket[1m])))",
    "max_over_time(up[1h:5m] offset 5m) > bool 1",
    "max_over_time(rate(x:y:rate5m[5m])[1h:5m])",
    "time() - max(timestamp(up)) > 1e-3 or vector(0) == Inf",
    "up @ start()",
    "-sum(up)",
    "count_values('version', build_info)",
    'label_replace(up, "pod", "$1", "instance", "(.*):.*")',
    "topk by (job) (3, up)",
    "quantile(0.5, up) ^ 2 + b",
    'sum(increase(orders_total{version="v1",namespace="shop"}[1m]))\n/\nsum(x)',
]


def selectors(node: Any) -> Iterator[Any]:
    """Find every selector of a query."""
    match node:
        case ast.VectorSelector():
            yield node
        case ast.MatrixSelector():
            yield node.vector_selector
        case ast.BinaryExpr():
            yield from selectors(node.lhs)
            yield from selectors(node.rhs)
        case ast.Call():
            for each in node.args:
                yield from selectors(each)
        case ast.AggregateExpr() | ast.ParenExpr() | ast.UnaryExpr() | ast.SubqueryExpr():
            yield from selectors(node.expr)


def matchers(promql: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (each.name or "", [(one.name, str(one.op), one.value) for one in each.matchers.matchers])
        for each in selectors(ast.parse(promql))
    ]


ADDED = [(name, str(ast.MatchOp.Equal), value) for name, value in LABELS.items()]
ALL = [
    *QUERIES,
    *(getattr(Questions.of(plan(), ISTIO), name) for name in ("counters", "requests", "buckets")),
    *map(str, Questions.of(plan(), ISTIO).of_pods({V1: ("a-b", "a-c"), V2: ("d",)}).values()),
    ISTIO.workloads,
    scraped_every('orders_total{version="v1"}'),
]


@pytest.mark.parametrize("promql", ALL)
def test_each_selector_gets_each_label_and_nothing_else_changes(promql: str) -> None:
    before = matchers(promql)
    assert before
    assert matchers(with_labels(promql, LABELS)) == [(name, [*own, *ADDED]) for name, own in before]


def test_a_selector_that_names_the_label_keeps_its_own_matcher() -> None:
    promql = 'up{cluster=~"a|b"} / x{"tier"!="y"}'
    assert with_labels(promql, {"cluster": "a", "tier": "t"}) == (
        'up{cluster=~"a|b",tier="t"} / x{"tier"!="y",cluster="a"}'
    )


def test_a_value_is_no_name() -> None:
    assert with_labels('up{job="cluster=a"}', {"cluster": "a"}) == 'up{job="cluster=a",cluster="a"}'


def test_a_query_without_labels_is_left_as_it_is() -> None:
    assert with_labels("sum( up )", {}) == "sum( up )"


def test_a_value_is_escaped() -> None:
    assert with_labels("up", LABELS) == f"up{WRITTEN}"
