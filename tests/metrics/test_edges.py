"""A latency limit that no bucket can tell is refused before the release, with the edge to add."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from console.metrics.edges import Limited, edges_in, limits_in, mend_of, trouble_with
from console.metrics.evidence_source import PrometheusSource
from console.metrics.presets import preset_of
from console.plan.model import Judge, Metric, Plan, Rule, Slo
from console.preflight import Check
from tests.metrics.scripted import V1, Pod, ScriptedPrometheus, plan
from tests.releases import guard, stage

PRESET = preset_of(plan().metrics)
ISTIO = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000)


def with_slo(latency_ms: float | None) -> Plan:
    return replace(plan(), judge=Judge(slo=Slo(latency_ms=latency_ms)))


def with_guard(limit: float, rule: Rule = Rule.MAX) -> Plan:
    return replace(plan(), stages=(stage(10, guard(Metric.P99, rule, limit, name="slow")),))


def check(of: Plan, *edges: float) -> Check:
    below = {f"{edge:g}": 5.0 for edge in edges} | ({"+Inf": 9.0} if edges else {})
    prometheus = ScriptedPrometheus(Pod(V1, "a", scraped_s=999, requests={"200": 9}, below=below))
    found = asyncio.run(PrometheusSource(of, prometheus).preflight())
    return next(each for each in found if each.name == "latency buckets")


def test_an_slo_s_latency_without_buckets_is_refused_with_the_setting_that_keeps_them() -> None:
    found = check(with_slo(500.0))
    assert not found.ok
    assert found.words == (
        "no series: latency is unknown, and is needed for slo; native histograms alone have none: Prometheus "
        "keeps both with always_scrape_classic_histograms"
    )


def test_a_judge_without_a_limit_of_latency_judges_by_what_there_is() -> None:
    assert check(with_slo(None)).ok


@pytest.mark.parametrize("rule", [Rule.MAX, Rule.MAX_RATIO])
def test_a_guard_on_latency_without_buckets_is_refused_by_name(rule: Rule) -> None:
    found = check(with_guard(500.0, rule))
    assert not found.ok
    assert "is needed for guard slow;" in found.words


@pytest.mark.parametrize("limit_ms", [2.0, 40.0, 300.0, 400.0, 500.0, 1600.0, 20_000.0, 59_000.0])
def test_istio_s_own_edges_tell_any_limit_up_to_their_highest(limit_ms: float) -> None:
    assert check(with_slo(limit_ms), *ISTIO).ok
    assert check(with_guard(limit_ms), *ISTIO).ok


def test_a_limit_in_the_middle_of_a_wide_bucket_is_refused_with_the_edge_to_add() -> None:
    found = check(with_slo(500.0), 100, 5000)
    assert not found.ok
    assert found.words == (
        "slo: no edge tells 500ms, for nothing is told apart between 100ms and 5s: add the edge 500; the "
        "annotation sidecar.istio.io/statsHistogramBuckets of the pods has the mesh's edges"
    )


def test_a_limit_above_all_edges_is_refused() -> None:
    found = check(with_guard(3000.0), 100, 1000, 2500)
    assert not found.ok
    assert found.words.startswith(
        "guard slow: no edge tells 3s, for nothing is told apart above 2s500ms: add the edge 3000 and one "
        "above it, like 6000; "
    )


@pytest.mark.parametrize(
    ("limit_ms", "above", "words"),
    [
        (100.0, True, "above 100ms: add an edge above it, like 200"),
        (150.0, True, "add the edge 150 and one above it, like 300"),
        (150.0, False, "add the edge 150"),
    ],
)
def test_an_edge_that_is_there_is_not_asked_for(limit_ms: float, words: str, *, above: bool) -> None:
    limit = Limited(name="p99", limit_ms=limit_ms, above=above)
    assert trouble_with(limit, (10.0, 100.0), preset=PRESET).endswith(words)


def test_the_highest_edge_tells_an_slo_and_no_quantile() -> None:
    edges = (100.0, 1000.0)
    slo, guard = (
        Limited(name=name, limit_ms=1000.0, above=above) for name, above in (("slo", False), ("p99", True))
    )
    assert trouble_with(slo, edges, preset=PRESET) == ""
    assert trouble_with(guard, edges, preset=PRESET) != ""


def test_a_comparison_needs_no_edge_of_its_own() -> None:
    assert check(with_guard(2.0, Rule.MAX_RATIO), 100, 5000).ok


def test_a_guard_of_every_stage_is_named_once() -> None:
    of = replace(plan(), stages=tuple(stage(weight, guard(Metric.P99, limit=500.0)) for weight in (10, 50)))
    assert len(limits_in(of)) == 1


def test_what_is_no_edge_is_none() -> None:
    rows = [{"le": "+Inf"}, {"le": "x"}, {}, {"le": "50"}, {"le": "5"}]
    assert edges_in(rows, unit_ms=1.0) == (5.0, 50.0)
    assert edges_in(rows, unit_ms=1000.0) == (5000.0, 50_000.0)


def test_an_edge_to_add_is_named_in_the_unit_of_the_buckets() -> None:
    limit = Limited(name="slo", limit_ms=1500.0, above=False)
    seconds = replace(PRESET, latency_unit_ms=1000.0)
    assert trouble_with(limit, (100.0, 10_000.0), preset=seconds).endswith("add the edge 1.5")


def test_where_the_edges_are_fixed_those_that_tell_a_limit_are_named() -> None:
    limit, fixed = Limited(name="slo", limit_ms=1500.0, above=False), replace(PRESET, edges="")
    assert trouble_with(limit, (100.0, 10_000.0), preset=fixed) == (
        "slo: no edge tells 1s500ms, for nothing is told apart between 100ms and 10s"
    )
    assert mend_of((100.0, 10_000.0), preset=fixed) == (
        "these edges are fixed: limit a latency near one of 100ms, 10s, below the highest"
    )
