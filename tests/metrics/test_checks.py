from __future__ import annotations

import asyncio

import pytest

from console.metrics.answer import Row
from console.metrics.evidence_source import PrometheusSource
from console.plan.model import Plan
from console.preflight import Check
from tests.metrics.scripted import V1, Pod, ScriptedPrometheus, named, plan


def checks(prometheus: ScriptedPrometheus, of: Plan | None = None) -> dict[str, Check]:
    found = asyncio.run(PrometheusSource(of or plan(), prometheus, pods=named(*prometheus.pods)).preflight())
    return {check.name: check for check in found}


@pytest.fixture
def prometheus() -> ScriptedPrometheus:
    return ScriptedPrometheus(
        Pod(V1, "a", scraped_s=999, requests={"200": 9, "500": 1}, below={"10": 9, "+Inf": 10}),
        Pod(V1, "b", scraped_s=999, requests={"200": 9}, below={"10": 9, "+Inf": 10}),
    )


def test_all_is_well_before_the_canary_had_a_request(prometheus: ScriptedPrometheus) -> None:
    found = checks(prometheus)
    assert all(check.ok for check in found.values())
    assert found["prometheus"].words == "Prometheus 2.42.0 at http://prometheus"
    assert found["requests of checkout-v1"].words == "3 series of 2 pods"
    assert found["requests of checkout-v2"].words.startswith("no series yet")
    assert (
        found["latency buckets"].words
        == "2 buckets, from a request's first byte to its answer's last, at the pod's own proxy"
    )


def test_a_prometheus_that_can_not_be_reached_is_the_only_line(prometheus: ScriptedPrometheus) -> None:
    prometheus.errors = {"buildinfo": "Prometheus can't be reached"}
    assert checks(prometheus) == {
        "prometheus": Check(name="prometheus", ok=False, words="Prometheus can't be reached")
    }


def test_a_stable_that_is_not_there_names_the_nearest_workloads() -> None:
    class Other(ScriptedPrometheus):
        def _rows(self, promql: str) -> list[Row]:
            if promql.startswith("count by"):
                labels = {"destination_workload_namespace": "shop", "reporter": "destination"}
                return [
                    Row(labels={**labels, "destination_workload": name}, value=1)
                    for name in ("checkout-primary", "cart")
                ]
            return super()._rows(promql)

    check = checks(Other())["requests of checkout-v1"]
    assert not check.ok
    assert check.words == (
        "no series of checkout-v1 in namespace shop, among 2 workloads; the nearest: checkout-primary"
    )


@pytest.mark.parametrize(
    ("reporters", "means"),
    [
        (
            ("waypoint",),
            "; a waypoint of the ambient mesh counts them, which names no pod: its pods need sidecars",
        ),
        (("source",), "; its callers alone count them: give its pods a sidecar, and have that scraped"),
        (("source", "waypoint"), ""),
    ],
)
def test_a_version_that_only_others_count_says_who_and_the_mend(
    reporters: tuple[str, ...], means: str
) -> None:
    class Other(ScriptedPrometheus):
        def _rows(self, promql: str) -> list[Row]:
            if promql.startswith("count by"):
                labels = {"destination_workload_namespace": "shop", "destination_workload": V1}
                return [Row(labels={**labels, "reporter": each}, value=1) for each in reporters]
            return super()._rows(promql)

    check = checks(Other())["requests of checkout-v1"]
    assert not check.ok
    assert check.words.startswith("no series as the preset asks for, but there are ")
    assert check.words.endswith(f"reporter={reporters[-1]}{means}")


def test_a_warning_of_prometheus_is_said_before_it_holds_the_release(prometheus: ScriptedPrometheus) -> None:
    prometheus.warnings = ("store-2 can't be reached",)
    check = checks(prometheus)["requests of checkout-v1"]
    assert (check.ok, check.warning) == (True, True)
    assert check.words.endswith("nothing goes forward while Prometheus warns: store-2 can't be reached")


def test_a_mesh_that_is_not_scraped_is_said() -> None:
    check = checks(ScriptedPrometheus())["requests of checkout-v1"]
    assert (check.ok, "does it scrape the mesh's proxies?" in check.words) == (False, True)


@pytest.mark.parametrize(
    ("every_s", "words"),
    [
        (15.0, "scraped every 15 s; a tick of 5 s repeats samples"),
        (1.0, "scraped every 1 s, a tick of 5 s"),
        (None, "the series are too young to tell it"),
    ],
)
def test_the_scrape_interval_is_held_beside_the_tick(
    prometheus: ScriptedPrometheus, every_s: float | None, words: str
) -> None:
    prometheus.numbers = {"count_over_time": (every_s,)}
    assert checks(prometheus)["scrape interval"] == Check(name="scrape interval", ok=True, words=words)


def test_missing_buckets_matter_only_where_a_guard_needs_them() -> None:
    bare = ScriptedPrometheus(Pod(V1, "a", scraped_s=999, requests={"200": 9}))
    assert checks(bare)["latency buckets"].ok
    assert not checks(bare, plan(watches=("p99",)))["latency buckets"].ok


def test_missing_memory_matters_only_where_a_guard_needs_it(prometheus: ScriptedPrometheus) -> None:
    assert checks(prometheus)["memory"].ok
    assert not checks(prometheus, plan(watches=("memory",)))["memory"].ok


@pytest.mark.parametrize(("watches", "ok"), [((), True), (("cpu",), False)])
def test_pods_that_nobody_could_list_matter_only_where_a_guard_needs_what_they_use(
    prometheus: ScriptedPrometheus, watches: tuple[str, ...], *, ok: bool
) -> None:
    found = asyncio.run(PrometheusSource(plan(watches=watches), prometheus).preflight())
    cpu = next(check for check in found if check.name == "cpu")
    assert cpu.ok is ok
    assert cpu.words.startswith("nobody could list the pods of checkout-v1, or it has none: it is left out")


def test_a_business_query_that_is_refused_fails(prometheus: ScriptedPrometheus) -> None:
    prometheus.errors = {"sum((": "unclosed left parenthesis"}
    check = checks(prometheus, plan(business={"orders": "sum(("}))["orders"]
    assert check == Check(name="orders", ok=False, words="unclosed left parenthesis")


def test_a_business_query_without_a_value_yet_is_fine(prometheus: ScriptedPrometheus) -> None:
    check = checks(prometheus, plan(business={"orders": "sum(orders)"}))["orders"]
    assert check == Check(name="orders", ok=True, words="no value now for v1")


def test_a_pod_that_is_scraped_twice_is_named() -> None:
    twice = (Pod(V1, at, scraped_s=999, requests={"200": 9}, name="one") for at in ("a", "a2"))
    words = checks(ScriptedPrometheus(*twice))["requests of checkout-v1"].words
    assert "one is scraped at a and a2: each request counts once" in words
