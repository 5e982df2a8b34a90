"""What a gateway counts of the two versions that it sends to is counted as it is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import ExitCode
from console.evidence import Counts, Sample
from console.metrics.answer import Answer
from console.metrics.evidence_source import PrometheusSource
from console.plan.model import Metric, Plan, Rule, Version
from console.preflight import Check
from console.release import events as ev
from tests.metrics.gateway_pages import GATEWAYS, Ends, Gateway
from tests.metrics.scripted import plan
from tests.metrics.test_linkerd import SCRAPE_S, Scraped
from tests.releases import guard, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand, World

FAST_S, SLOW_S = 0.04, 3.0
each_gateway = pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda each: each.name)


def gateway_plan(gateway: Gateway, *, url: str = "http://prometheus", interval_s: float = SCRAPE_S) -> Plan:
    of = plan(url=url, interval_s=interval_s)
    return replace(
        of,
        metrics=replace(of.metrics, preset=gateway.preset),
        stable=Version(name="v1", deployment="checkout-v1", workload=gateway.stable),
        canary=Version(name="v2", deployment="checkout-v2", workload=gateway.canary),
    )


def look(source: PrometheusSource) -> Sample:
    return asyncio.run(source.sample(deadline_s=1))


def served(gateway: Gateway, canary: Ends, *, seconds: float = FAST_S) -> Sample:
    """Count 100 answers of stable, and these requests of the canary, as two gateways see half of each."""
    scraped = Scraped()
    source = PrometheusSource(gateway_plan(gateway), scraped, clock=lambda: scraped.now_s)
    begun = gateway.page({gateway.stable: {"200": 1000}, gateway.canary: {"200": 10}}, seconds)
    scraped.scrape(begun, begun)
    look(source)
    after = {"200": 10}
    for status, count in canary.items():
        after[status] = after.get(status, 0) + count // 2
    grown = gateway.page({gateway.stable: {"200": 1050}, gateway.canary: after}, seconds)
    scraped.scrape(grown, grown)
    return look(source)


@each_gateway
@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("200", Counts(requests=40)),
        ("500", Counts(requests=40, errors_5xx=40)),
        ("404", Counts(requests=40, errors_4xx=40)),
        ("504", Counts(requests=40, errors_5xx=40)),
    ],
    ids=["answered", "failed", "refused", "no answer in time"],
)
def test_each_end_counts_for_the_version_that_it_was_sent_to(
    gateway: Gateway, status: str, counts: Counts
) -> None:
    sample = served(gateway, {status: 40})
    assert sample.stable.counts is not None
    assert replace(sample.stable.counts, latency=()) == Counts(requests=100)
    assert sample.canary.counts is not None
    assert replace(sample.canary.counts, latency=()) == counts


@each_gateway
def test_latency_is_told_within_its_own_edges(gateway: Gateway) -> None:
    sample = served(gateway, {"200": 40}, seconds=SLOW_S)
    assert sample.bounds_ms == gateway.edges_ms
    above = next(at for at, edge in enumerate(gateway.edges_ms) if edge >= SLOW_S * 1000)
    assert sample.canary.counts is not None
    assert sample.canary.counts.latency == tuple(
        40.0 * (at == above) for at in range(len(sample.bounds_ms) + 1)
    )


def checks(gateway: Gateway, of: Plan) -> dict[str, Check]:
    scraped = Scraped()
    scraped.scrape(gateway.page({gateway.stable: {"200": 10}}, FAST_S))
    source = PrometheusSource(of, scraped, clock=lambda: scraped.now_s)
    return {each.name: each for each in asyncio.run(source.preflight())}


@each_gateway
def test_the_preflight_finds_both_and_says_what_latency_means(gateway: Gateway) -> None:
    found = checks(gateway, gateway_plan(gateway))
    assert all(each.ok for each in found.values()), found
    assert found[f"requests of {gateway.stable}"].words == "1 series told by 1 pod"
    assert found["latency buckets"].words.endswith("at the gateway")


@each_gateway
def test_a_plan_without_the_gateway_s_names_is_told_them(gateway: Gateway) -> None:
    of = replace(gateway_plan(gateway), stable=Version(name="v1", deployment="checkout-v1"))
    found = checks(gateway, of)["requests of checkout-v1"]
    assert not found.ok
    assert gateway.stable in found.words
    assert found.words.endswith("say which beside `deployment`, as `workload`")


@each_gateway
@pytest.mark.parametrize("metric", [Metric.NO_ANSWER, Metric.GRPC_ERRORS])
def test_a_guard_on_what_no_gateway_tells_is_refused(gateway: Gateway, metric: Metric) -> None:
    of = replace(gateway_plan(gateway), stages=(stage(5, guard(metric, Rule.MAX, 0.01, name="untold")),))
    assert not checks(gateway, of)[metric].ok


class Served(Scraped):
    """Requests that follow the weight in force, and a Prometheus that scrapes the gateway."""

    def __init__(
        self, gateway: Gateway, *, clock: Callable[[], float], weight: Callable[[], int], breaks: bool
    ) -> None:
        super().__init__()
        self._gateway, self._clock, self._weight, self._breaks = gateway, clock, weight, breaks
        self._stable, self._canary = {"200": 0}, {"200": 0}
        self._serve()
        self._began_s = self.now_s

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        at_s = self._began_s + self._clock()
        while self.now_s + SCRAPE_S <= at_s:
            self._serve()
        return self.store.answer(promql, at_s=at_s)

    def _serve(self) -> None:
        to_canary = 10 * self._weight()
        failed = to_canary // 5 if self._breaks else 0
        self._stable["200"] += 1000 - to_canary
        self._canary["200"] += to_canary - failed
        if failed:
            self._canary["503"] = self._canary.get("503", 0) + failed
        there = {self._gateway.stable: self._stable, self._gateway.canary: self._canary}
        self.scrape(
            self._gateway.page({name: ends for name, ends in there.items() if sum(ends.values())}, FAST_S)
        )


@each_gateway
@pytest.mark.parametrize(
    ("breaks", "code", "weights"),
    [(False, ExitCode.PROMOTED, [20, 100]), (True, ExitCode.ROLLED_BACK_BY_GUARD, [20, 0])],
    ids=["healthy", "broken"],
)
def test_a_release_ends_as_the_gateway_tells(
    tmp_path: Path, gateway: Gateway, code: ExitCode, weights: list[int], *, breaks: bool
) -> None:
    @virtually
    async def driven() -> None:
        world, clock = World(), asyncio.get_running_loop().time
        shown = Served(gateway, clock=clock, weight=lambda: world.router.weight, breaks=breaks)
        stages = tuple(stage(weight, guard(), hold_s=2 * SCRAPE_S) for weight in (20, 100))
        of = replace(gateway_plan(gateway), stages=stages)
        world.source = PrometheusSource(of, shown, clock=clock)  # type: ignore[assignment]  # the real one in the toy's place
        stand = Stand(tmp_path, of, world=world)
        assert await stand.run() == code, stand.records[-1]
        events = [record.event for record in stand.records]
        assert [each.weight for each in events if isinstance(each, ev.WeightConfirmed)] == weights

    driven()
