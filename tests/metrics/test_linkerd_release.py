"""A release by Linkerd's metrics alone: a canary that breaks goes back, and one that does not is promoted."""

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
from console.release import events as ev
from tests.metrics.linkerd_page import EDGES, page
from tests.metrics.test_linkerd import SCRAPE_S, V1, V2, Scraped, linkerd_plan
from tests.releases import guard, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand, World

RPS = 200
BROKEN = 5
"""One in so many requests to a canary that breaks gets no answer in time."""


class Callers(Scraped):
    """Requests that follow the weight in force, and a Prometheus that scrapes their callers."""

    def __init__(self, *, clock: Callable[[], float], weight: Callable[[], int], breaks: bool) -> None:
        super().__init__()
        self._clock, self._weight, self._breaks = clock, weight, breaks
        self._ends: dict[str, Counter[tuple[str, str]]] = {V1: Counter(), V2: Counter()}
        self._serve()
        self._began_s = self.now_s

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        at_s = self._began_s + self._clock()
        while self.now_s + SCRAPE_S <= at_s:
            self._serve()
        return self.store.answer(promql, at_s=at_s)

    def _serve(self) -> None:
        to_canary = round(RPS * SCRAPE_S * self._weight() / 100)
        lost = to_canary // BROKEN if self._breaks else 0
        self._ends[V1]["200", ""] += round(RPS * SCRAPE_S) - to_canary
        self._ends[V2]["200", ""] += to_canary - lost
        if lost:
            self._ends[V2]["", "REQUEST_TIMEOUT"] += lost
        there = {backend: ends for backend, ends in self._ends.items() if ends.total()}
        below = {backend: (ends.total(),) * len(EDGES) for backend, ends in there.items()}
        self.scrape(page(ends=there, below=below))


@pytest.mark.parametrize(
    ("breaks", "code", "weights"),
    [(False, ExitCode.PROMOTED, [20, 100]), (True, ExitCode.ROLLED_BACK_BY_GUARD, [20, 0])],
    ids=["healthy", "broken"],
)
def test_it_ends_as_its_callers_fare(
    tmp_path: Path, code: ExitCode, weights: list[int], *, breaks: bool
) -> None:
    @virtually
    async def driven() -> None:
        world, clock = World(), asyncio.get_running_loop().time
        callers = Callers(clock=clock, weight=lambda: world.router.weight, breaks=breaks)
        stages = tuple(stage(weight, guard(), hold_s=2 * SCRAPE_S) for weight in (20, 100))
        of = replace(linkerd_plan(), stages=stages)
        world.source = PrometheusSource(of, callers, clock=clock)  # type: ignore[assignment]  # the real one in the toy's place
        stand = Stand(tmp_path, of, world=world)
        assert await stand.run() == code, stand.records[-1]
        events = [record.event for record in stand.records]
        confirmed = [each.weight for each in events if isinstance(each, ev.WeightConfirmed)]
        assert confirmed == weights

    driven()
