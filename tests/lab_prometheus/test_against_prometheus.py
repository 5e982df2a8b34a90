"""The built-in evaluator against the real one, over the same samples: Prometheus gets them by promtool."""

from __future__ import annotations

import json
import math
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from console.lab.promql import evaluate
from console.lab.promql_values import QueryError
from console.lab.series import Labels, Point, SeriesStore
from tests.lab_prometheus.programs import PROGRAM, need, running

STEP_S = 5
SAMPLES = 60
PODS = ("a", "b")
CODES = ("200", "500")
BOUNDS = ("5", "10", "100", "+Inf")

HITS = 'hits_total{pod=~"a|b"}'
QUERIES = (
    HITS,
    'hits_total{pod!="a",code!~"5.."}',
    '{__name__=~"hits_.*",pod="a"}',
    "hits_total offset 30s",
    "nothing_of_this_name",
    "rate(hits_total[1m])",
    "increase(hits_total[33s])",
    "rate(hits_total[4s])",
    "rate(late_total[2m])",
    "increase(late_total[5m])",
    "count_over_time(hits_total[1m])",
    "max_over_time(level[1m]) - min_over_time(level[1m])",
    "avg_over_time(level[1m]) + sum_over_time(level[1m])",
    "sum(hits_total)",
    "sum by (code) (hits_total)",
    "sum without (code) (rate(hits_total[1m]))",
    "max without (job) (hits_total)",
    "avg by (pod) (hits_total) + min by (pod) (hits_total) * 2 - max by (pod) (hits_total) / 3",
    "count by (code) (hits_total)",
    "group by (pod) (hits_total)",
    'sum(rate(hits_total{code="500"}[1m])) / sum(rate(hits_total[1m]))',
    'hits_total{code="500"} / ignoring (code) sum without (code) (hits_total)',
    'hits_total{code="500"} / on (pod) sum by (pod) (hits_total)',
    'hits_total{code="500"} < ignoring (code) sum without (code) (hits_total)',
    'hits_total{code="500"} < on (pod) sum by (pod) (hits_total)',
    'hits_total{code="500"} and on (pod) hits_total{pod="b"}',
    "sum(hits_total) / 0",
    "(sum(hits_total) * 0) / 0",
    "-sum(hits_total)",
    "hits_total > 1500",
    "1500 < hits_total",
    "hits_total > bool 1500",
    "hits_total == hits_total",
    "60 / max(count_over_time(hits_total[1m]) < count_over_time(hits_total[5m]))",
    'hits_total{code="404"} or vector(0)',
    'hits_total{pod="a"} or hits_total',
    'hits_total and hits_total{code="500"}',
    'hits_total unless hits_total{code="500"}',
    "max by (pod) (timestamp(hits_total))",
    "timestamp(sum(hits_total))",
    "histogram_quantile(0.5, took_bucket)",
    "histogram_quantile(0.99, sum by (le) (rate(took_bucket[1m])))",
    "histogram_quantile(0.01, took_bucket)",
    "histogram_quantile(1.5, took_bucket)",
    "histogram_quantile(0.5, hits_total)",
    "1 + 2 * 3",
    "1 > bool 2",
    "time()",
    "gone_total",
)
REFUSED = (
    "hits_total{",
    "nosuch(hits_total)",
    "sum(1)",
    "hits_total + on (code) hits_total",
    'hits_total{pod=~"("}',
)


class Both(NamedTuple):
    store: SeriesStore
    url: str
    at_s: float


def samples(start_s: int) -> Iterator[tuple[str, dict[str, str], int, float]]:
    """Write a story: two pods that count, of which one restarts; a counter that comes late; one that goes."""
    for index in range(SAMPLES):
        at_s = start_s + index * STEP_S
        for shift, pod in enumerate(PODS):
            age = index - 40 if pod == "b" and index >= 40 else index
            for code, pace in zip(CODES, (50, 3), strict=True):
                yield "hits_total", {"pod": pod, "code": code}, at_s, float((age + shift) * pace)
            for bound, pace in zip(BOUNDS, (7, 19, 48, 53), strict=True):
                yield "took_bucket", {"pod": pod, "le": bound}, at_s, float((age + shift) * pace)
        if index >= SAMPLES - 4:
            yield "late_total", {}, at_s, float(index - SAMPLES + 5)
        yield "level", {}, at_s, math.sin(index)
    yield "gone_total", {}, start_s - 60, 5.0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    need(PROGRAM, "promtool")
    folder: Path = tmp_path_factory.mktemp("backfill")
    start_s = int(time.time()) - 3600
    story = sorted(samples(start_s), key=lambda each: (each[0], each[2]))
    store, lines = SeriesStore(), []
    for name, labels, at_s, value in story:
        store.append(Labels({"__name__": name, **labels}.items()), Point(at_s, value))
        told = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{{{told}}} {value} {at_s}")
    text = folder / "story.txt"
    text.write_text("\n".join([*lines, "# EOF"]) + "\n")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")],
        check=True,
        capture_output=True,
    )
    with running(PROGRAM, {"scrape_configs": []}, folder=folder) as url:
        yield Both(store, url, start_s + (SAMPLES - 1) * STEP_S + 2.5)


def real(both: Both, promql: str) -> dict[str, Any]:
    form = urllib.parse.urlencode({"query": promql, "time": both.at_s}).encode()
    try:
        with urllib.request.urlopen(f"{both.url}/api/v1/query", form, timeout=60) as response:  # noqa: S310 - loopback
            found: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            found = json.load(error)
    return found


def rows(data: dict[str, Any]) -> dict[Labels, float]:
    if data["resultType"] == "scalar":
        return {Labels(): float(data["result"][1])}
    return {Labels(row["metric"].items()): float(row["value"][1]) for row in data["result"]}


@pytest.mark.real
@pytest.mark.parametrize("promql", QUERIES)
def test_a_query_gives_what_prometheus_gives(both: Both, promql: str) -> None:
    answer = real(both, promql)
    assert answer["status"] == "success", answer
    value = evaluate(promql, both.store, at_s=both.at_s)
    ours = {Labels(): value} if isinstance(value, float) else {each.labels: each.value for each in value}
    assert ours == pytest.approx(rows(answer["data"]), rel=1e-9, nan_ok=True)


@pytest.mark.real
@pytest.mark.parametrize("promql", REFUSED)
def test_a_query_is_refused_that_prometheus_refuses(both: Both, promql: str) -> None:
    answer = real(both, promql)
    assert answer["status"] == "error"
    with pytest.raises(QueryError) as caught:
        evaluate(promql, both.store, at_s=both.at_s)
    assert caught.value.kind == answer["errorType"]
