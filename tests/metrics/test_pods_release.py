"""A release by an application's own series: a canary that breaks goes back, a healthy one is promoted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import ExitCode
from console.metrics.answer import Answer
from console.metrics.evidence_source import PrometheusSource
from console.metrics.named import GivenNames
from console.release import events as ev
from tests.metrics.application_pages import FAST_S, LIBRARIES, Library
from tests.metrics.scripted import V1, V2
from tests.metrics.test_linkerd import SCRAPE_S
from tests.metrics.test_pods import PODS, Shop, pages, plan_of
from tests.releases import guard, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand, World

RPS = 200
BROKEN = 5
"""One in so many requests to a canary that breaks fails."""


class Served(Shop):
    """Requests that follow the weight in force, and a Prometheus that scrapes the pods that serve them."""

    def __init__(
        self, library: Library, *, clock: Callable[[], float], weight: Callable[[], int], breaks: bool
    ) -> None:
        super().__init__()
        self._library, self._clock, self._weight, self._breaks = library, clock, weight, breaks
        self._served: dict[str, Counter[tuple[str, float]]] = {V1: Counter(), V2: Counter()}
        self._serve()
        self._began_s = self.now_s

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        at_s = self._began_s + self._clock()
        while self.now_s + SCRAPE_S <= at_s:
            self._serve()
        return self.store.answer(promql, at_s=at_s)

    def _serve(self) -> None:
        ends = self._library.ends
        to_canary = round(RPS * SCRAPE_S * self._weight() / 100)
        failed = to_canary // BROKEN if self._breaks else 0
        self._served[V1][ends["answer"], FAST_S] += round(RPS * SCRAPE_S) - to_canary
        self._served[V2][ends["answer"], FAST_S] += to_canary - failed
        self._served[V2][ends["failure"], FAST_S] += failed
        self.scrape_pods(pages(self._library, self._served[V1], self._served[V2]))


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("breaks", "code", "weights"),
    [(False, ExitCode.PROMOTED, [20, 100]), (True, ExitCode.ROLLED_BACK_BY_GUARD, [20, 0])],
    ids=["healthy", "broken"],
)
def test_it_ends_as_its_own_series_tell(
    tmp_path: Path, library: Library, code: ExitCode, weights: list[int], *, breaks: bool
) -> None:
    @virtually
    async def driven() -> None:
        world, clock = World(), asyncio.get_running_loop().time
        shop = Served(library, clock=clock, weight=lambda: world.router.weight, breaks=breaks)
        stages = tuple(stage(weight, guard(), hold_s=2 * SCRAPE_S) for weight in (20, 100))
        of = replace(plan_of(library), stages=stages)
        world.source = PrometheusSource(of, shop, pods=GivenNames(PODS), clock=clock)  # type: ignore[assignment]  # the real one in the toy's place
        stand = Stand(tmp_path, of, world=world)
        assert await stand.run() == code, stand.records[-1]
        events = [record.event for record in stand.records]
        confirmed = [each.weight for each in events if isinstance(each, ev.WeightConfirmed)]
        assert confirmed == weights

    driven()
