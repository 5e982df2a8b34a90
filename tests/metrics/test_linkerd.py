"""Linkerd's metrics are counted as they are meant: from the page of a proxy to a sample of both versions."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Counts, Sample
from console.lab.exposition import parse
from console.lab.series import Labels, Point
from console.metrics.answer import Answer
from console.metrics.evidence_source import PrometheusSource
from console.metrics.history import stable_history
from console.metrics.named import GivenNames
from console.metrics.range_answer import RangeAnswer, Track
from console.plan.model import Guard, Metric, Plan, Rule, Version
from tests.metrics.linkerd_page import Ends, page
from tests.metrics.prometheis import Simulated
from tests.metrics.scripted import plan
from tests.releases import guard, stage

V1, V2 = "checkout-stable", "checkout-canary"
"""The Services that the route sends to; the Deployments are called otherwise."""
SCRAPE_S = 5.0


def linkerd_plan(*, url: str = "http://prometheus", interval_s: float = SCRAPE_S) -> Plan:
    of = plan(url=url, interval_s=interval_s)
    return replace(
        of,
        metrics=replace(of.metrics, preset="linkerd"),
        stable=Version(name="v1", deployment="checkout-v1", workload=V1),
        canary=Version(name="v2", deployment="checkout-v2", workload=V2),
    )


PLAN = linkerd_plan()


class Scraped:
    """A Prometheus that scrapes the pages of callers, and the versions' own pods."""

    def __init__(self) -> None:
        self.store = Simulated()
        self.now_s = 1000.0

    def scrape(self, *pages: str) -> None:
        self.now_s += SCRAPE_S
        for at, text in enumerate(pages):
            target = {
                "namespace": "web",
                "pod": f"web-{at}",
                "instance": f"10.0.0.{at}:4191",
                "job": "linkerd",
            }
            for labels, value in parse(text):
                shown = {
                    f"exported_{name}" if name in target else name: each for name, each in labels if each
                }
                self.store.append(Labels({**shown, **target}.items()), Point(self.now_s, value))

    def sell(self, version: str, pod: str, orders: float | None) -> None:
        """Scrape a pod of a version at the time of the last scrape; None: it does not answer."""
        target = {"namespace": "shop", "pod": pod, "instance": f"{pod}:8080", "job": "shop"}
        counter = {"__name__": "orders_total", "version": version, **target}
        self.store.append(Labels(counter.items()), Point(self.now_s, orders))
        up = {"__name__": "up", **target}
        self.store.append(Labels(up.items()), Point(self.now_s, float(orders is not None)))

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        return self.store.answer(promql, at_s=self.now_s + 0.5)

    async def query_range(
        self,
        promql: str,
        *,
        start_s: float,
        end_s: float,
        step_s: float,
        deadline_s: float,  # noqa: ARG002 - the protocol's name
    ) -> RangeAnswer:
        steps = [start_s + step_s * at for at in range(round((end_s - start_s) / step_s) + 1)]
        tracks = [
            Track(labels=row.labels, points=((at_s, row.value),))
            for at_s in steps
            for row in self.store.answer(promql, at_s=at_s).rows
        ]
        return RangeAnswer(tracks=tuple(tracks))

    async def samples(
        self,
        selector: str,  # noqa: ARG002 - the protocol's names
        *,
        back_s: float,  # noqa: ARG002
        deadline_s: float,  # noqa: ARG002
    ) -> RangeAnswer:
        raise EvidenceError("no raw samples are kept")

    async def build(self, *, deadline_s: float) -> str:  # noqa: ARG002 - the protocol's name
        return "Prometheus 2.42.0"


def look(source: PrometheusSource) -> Sample:
    return asyncio.run(source.sample(deadline_s=1))


BEGUN: dict[str, Ends] = {V1: {("200", ""): 1000}, V2: {("200", ""): 10}}
FAST = (900, 950, 1000, 1000, 1000, 1000, 1000, 1000)


def test_requests_their_ends_and_their_latency_are_counted_of_each_backend() -> None:
    scraped = Scraped()
    source = PrometheusSource(PLAN, scraped, clock=lambda: scraped.now_s)
    begun = page(ends=BEGUN, below={V1: FAST, V2: (10,) * 8})
    scraped.scrape(begun, begun)
    assert look(source).span_s == 0
    grown = page(
        ends={
            V1: {("200", ""): 1090, ("500", ""): 10},
            V2: {
                ("200", ""): 17,
                ("404", ""): 1,
                ("503", ""): 2,
                ("", "REQUEST_TIMEOUT"): 4,
                ("", "FAIL_FAST"): 1,
                ("200", "RESET"): 1,
            },
        },
        below={V1: (980, 1045, 1095, 1100, 1100, 1100, 1100, 1100), V2: (10, 10, 10, 20, 20, 21, 26, 26)},
    )
    scraped.scrape(grown, begun)
    sample = look(source)
    assert sample.bounds_ms == (25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 10_000.0)
    assert sample.stable.counts == Counts(requests=100, errors_5xx=10, latency=(80, 15, 0, 5, 0, 0, 0, 0))
    assert sample.canary.counts == Counts(
        requests=16, errors_4xx=1, errors_5xx=2, no_answer=5, latency=(0, 0, 0, 10, 0, 1, 5, 0)
    )


def checks(scraped: Scraped, of: Plan = PLAN) -> dict[str, tuple[bool, str]]:
    found = asyncio.run(PrometheusSource(of, scraped, clock=lambda: scraped.now_s).preflight())
    return {each.name: (each.ok, each.words) for each in found}


def test_the_preflight_finds_both_by_the_services_names() -> None:
    scraped = Scraped()
    scraped.scrape(page(ends=BEGUN, below={V1: FAST}))
    found = checks(scraped)
    assert all(ok for ok, _ in found.values()), found
    assert found[f"requests of {V1}"] == (True, "1 series told by 1 pod")
    assert found["latency buckets"] == (
        True,
        "8 buckets, from a request's last byte to its answer's, each try by itself, at the callers' proxies",
    )


def test_where_the_deployments_name_is_none_of_these_the_services_are_named() -> None:
    scraped = Scraped()
    scraped.scrape(page(ends=BEGUN, below={}))
    of = replace(PLAN, stable=Version(name="v1", deployment="checkout-v1"))
    ok, words = checks(scraped, of)["requests of checkout-v1"]
    assert not ok
    assert words == (
        "no series of checkout-v1 in namespace shop, among 2 workloads; the nearest: checkout-stable, "
        "checkout-canary; they name the Service that a route sends to: say which beside `deployment`, as "
        "`workload`"
    )


@pytest.mark.parametrize(
    ("watched", "name", "words"),
    [
        (
            guard(Metric.P99, Rule.MAX, 3000.0, name="slow"),
            "latency buckets",
            "these edges are fixed: limit a latency near one of 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 10s",
        ),
        (
            guard(Metric.GRPC_ERRORS, Rule.MAX, 0.01, name="grpc"),
            "grpc_errors",
            "no gRPC status is told by Linkerd's proxies, and a guard of this plan needs it",
        ),
    ],
    ids=["latency", "grpc"],
)
def test_a_guard_on_what_these_metrics_cannot_tell_is_refused(watched: Guard, name: str, words: str) -> None:
    scraped = Scraped()
    scraped.scrape(page(ends=BEGUN, below={V1: FAST}))
    found = checks(scraped, replace(PLAN, stages=(stage(5, watched),)))
    ok, said = found[name]
    assert not ok
    assert words in said


def test_the_past_has_the_same_classes_and_edges() -> None:
    scraped = Scraped()
    scraped.now_s = 3600.0 - SCRAPE_S
    scraped.scrape(page(ends={V1: {("200", ""): 90, ("", "RESET"): 10}}, below={V1: FAST}))
    past = asyncio.run(stable_history(scraped, PLAN, deadline_s=5, until_s=3600.0))
    ((pod,),) = past.minutes
    assert (pod.pod, pod.counts.requests, pod.counts.no_answer) == ("web-0", 100, 10)
    assert past.bounds_ms[:2] == (25.0, 50.0)


def test_a_pod_whose_events_are_not_seen_makes_them_unknown_and_not_fewer() -> None:
    of = replace(
        PLAN, metrics=replace(PLAN.metrics, events={"orders": 'orders_total{version="{{version}}"}'})
    )
    pods = {"checkout-v1": ("v1-a",), "checkout-v2": ("v2-a", "v2-b")}
    scraped = Scraped()
    source = PrometheusSource(of, scraped, pods=GivenNames(pods), clock=lambda: scraped.now_s)
    found = []
    for at, of_b in enumerate((10.0, 20.0, None)):
        ends: dict[str, Ends] = {V1: {("200", ""): 1000 + 90 * at}, V2: {("200", ""): 10 + 10 * at}}
        scraped.scrape(page(ends=ends, below={}))
        for version, pod, orders in (("v1", "v1-a", 90 * at), ("v2", "v2-a", 5 * at), ("v2", "v2-b", of_b)):
            scraped.sell(version, pod, orders)
        found.append(look(source))
    assert found[1].canary.events == {"orders": 15.0}
    assert (found[2].stable.events, found[2].canary.events) == ({"orders": 90.0}, {})
    assert "orders: v2 serves, but not all of its counters are seen" in found[2].trouble
