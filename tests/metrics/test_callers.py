"""What only callers see counts for the version that was meant, and no request counts twice."""

from __future__ import annotations

import asyncio
import random

import pytest
from msgspec.structs import replace

from console.evidence import Counts
from console.lab.series import Labels, Point
from console.metrics.callers import HOLD_S, Account, settle
from console.metrics.evidence_source import PrometheusSource
from console.plan.model import Errors, Plan
from console.plan.routers import written
from console.plan.routers.istio import Destination, Settings
from tests.metrics.prometheis import Prometheis, Replica, Simulated, pods
from tests.metrics.scripted import V1, V2, plan
from tests.metrics.truth import Ledger

TICK_S = 5


class ViewState:
    """Three pods, and a gateway that calls them and counts on its own."""

    def __init__(self, of: Plan | None = None) -> None:
        self.store = Ledger(Simulated())
        self.prometheis = Prometheis([Replica(self.store, 0, TICK_S)], random.Random(0))
        self.proxies = pods()
        for proxy in self.proxies:
            proxy.serve("web", "200", 1000)
        self.failed: dict[tuple[str, str, str, str], float] = {}
        self.source = PrometheusSource(of or plan(), self.prometheis, clock=lambda: self.prometheis.now_s)
        self.told: list[Counts] = []

    def fail(
        self, count: float, *, flags: str, code: str = "503", workload: str = V2, host: str = "checkout"
    ) -> None:
        key = (flags, code, workload, host)
        self.failed[key] = self.failed.get(key, 0.0) + count

    def tick(self) -> Counts:
        """Let a scrape's time pass, and look; gives what the canary had."""
        for _ in range(TICK_S):
            self.prometheis.now_s += 1
            for proxy in self.proxies:
                proxy.serve("web", "200", 1)
            for replica in self.prometheis.replicas:
                replica.second(self.prometheis.now_s, self.proxies)
        for (flags, code, workload, host), count in self.failed.items():
            self._scraped(flags, code, workload, host, count)
        found = asyncio.run(self.source.sample(deadline_s=1)).canary.counts
        assert found is not None
        self.told.append(found)
        return found

    def _scraped(self, flags: str, code: str, workload: str, host: str, count: float) -> None:
        labels = {
            "__name__": "istio_requests_total",
            "reporter": "source",
            "namespace": "istio-system",
            "pod": "gateway-1",
            "instance": "gateway-1:15020",
            "destination_workload": workload,
            "destination_workload_namespace": "unknown" if workload == "unknown" else "shop",
            "destination_service_name": host,
            "destination_service_namespace": "shop",
            "response_code": code,
            "response_flags": flags,
        }
        self.store.append(Labels(labels.items()), Point(self.prometheis.now_s, count), None)

    @property
    def lost(self) -> float:
        return sum(each.no_answer for each in self.told)


def begun(of: Plan | None = None, **known: str) -> ViewState:
    """A scene in which the gateway has failed once before the first look."""
    scene = ViewState(of)
    for flags in ("UH", "UF", "NR", "NC", "UO", "UT", "-", "DC", "UF,URX", "URX"):
        scene.fail(1, flags=flags, **known)
        scene.fail(1, flags=flags, code="0", **known)
    scene.tick()
    return scene


@pytest.mark.parametrize("flags", ["UH", "UF", "NR", "NC", "UO", "UF,URX"])
def test_a_request_that_was_sent_nowhere_is_one_without_an_answer_at_once(flags: str) -> None:
    scene = begun()
    scene.fail(40, flags=flags)
    counts = scene.tick()
    assert (counts.no_answer, counts.answered, counts.errors) == (40, TICK_S, 40)


@pytest.mark.parametrize(("flags", "code"), [("UT", "504"), ("DC", "0"), ("URX", "503"), ("-", "0")])
def test_an_answer_that_was_lost_counts_once_no_pod_can_have_counted_it(flags: str, code: str) -> None:
    scene = ViewState()
    scene.fail(1, flags=flags, code=code)
    scene.tick()
    scene.fail(40, flags=flags, code=code)
    for _ in range(round(HOLD_S / TICK_S)):
        assert scene.tick().no_answer == 0
    assert scene.tick().no_answer == 40


@pytest.mark.parametrize("scrapes_later", [0, 1, 3])
@pytest.mark.parametrize("first", ["caller", "pod"])
def test_what_the_pod_counted_too_is_one_request(first: str, scrapes_later: int) -> None:
    scene = begun()
    for who in ("caller", "pod") if first == "caller" else ("pod", "caller"):
        if who == "caller":
            scene.fail(40, flags="DC", code="0")
        else:
            scene.proxies[2].serve("web", "0", 40)
        for _ in range(scrapes_later):
            scene.tick()
    for _ in range(10):
        scene.tick()
    assert scene.lost == 40


def test_an_error_that_a_pod_answered_is_the_pods_to_count() -> None:
    scene = begun()
    scene.fail(40, flags="-")
    scene.proxies[2].serve("web", "503", 40)
    for _ in range(10):
        scene.tick()
    assert (scene.lost, sum(each.errors_5xx for each in scene.told)) == (0, 40)


def test_a_request_to_no_pod_is_the_versions_whose_host_was_called() -> None:
    hosts = Settings(
        virtual_service="checkout",
        route=None,
        stable=Destination(host="checkout-v1"),
        canary=Destination(host="checkout-v2.shop.svc.cluster.local"),
    )
    scene = ViewState(replace(plan(), router=written(hosts)))
    for host in ("checkout-v1", "checkout-v2"):
        scene.fail(1, flags="UH", workload="unknown", host=host)
    scene.tick()
    scene.fail(40, flags="UH", workload="unknown", host="checkout-v2")
    assert scene.tick().no_answer == 40


def test_of_a_host_that_both_share_nobody_knows_which_version_was_meant() -> None:
    scene = ViewState()
    scene.fail(1, flags="UH", workload="unknown")
    scene.tick()
    scene.fail(40, flags="UH", workload="unknown")
    assert scene.tick().no_answer == 0


def test_a_plan_that_calls_no_answer_no_error_has_none_by_callers_either() -> None:
    scene = begun(replace(plan(), errors=Errors(no_answer=False)))
    scene.fail(40, flags="UF")
    counts = scene.tick()
    assert (counts.no_answer, counts.errors) == (40, 0)


def test_stable_has_its_own_account() -> None:
    scene = begun(workload=V1)
    scene.fail(40, flags="UF", workload=V1)
    assert scene.tick().no_answer == 0


def test_both_told_in_one_look_leave_nothing_open() -> None:
    account, unseen = settle(Account(), by_callers=5.0, by_pods=5.0, now_s=0.0)
    assert (account.owed, account.credit, unseen) == ((), (), 0.0)
