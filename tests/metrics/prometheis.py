"""Simulated Prometheis: they scrape pods by their own clocks, lose them, start again, and answer late.

Time goes by seconds. The pods' traffic is the truth; what the replicas have scraped is asked through the
laboratory's PromQL, as a look asks it.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import isfinite

from console.errors import EvidenceError
from console.lab.promql import evaluate
from console.lab.series import Labels, Point, SeriesStore
from console.metrics.answer import Answer, Row
from console.metrics.range_answer import RangeAnswer
from tests.metrics.scripted import V1, V2

BEGAN_S = 1_800_000_000.0
CODES = ("200", "503", "404", "0")
CALLERS = ("web", "batch", "search")
BOUNDS = ("10", "+Inf")


@dataclass
class Proxy:
    """One pod's counters, by caller and code."""

    deployment: str
    name: str
    counters: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    alive: bool = True

    def serve(self, caller: str, code: str, requests: int) -> None:
        self.counters[caller, code] += requests

    def samples(self) -> list[tuple[dict[str, str], float]]:
        target = {"namespace": "shop", "pod": self.name, "instance": f"{self.name}:15020", "job": "mesh"}
        mesh = {
            "reporter": "destination",
            "destination_workload_namespace": "shop",
            "destination_workload": self.deployment,
        }
        requests = [
            (
                {
                    "__name__": "istio_requests_total",
                    **target,
                    **mesh,
                    "source_workload": caller,
                    "response_code": code,
                },
                value,
            )
            for (caller, code), value in self.counters.items()
        ]
        total = sum(self.counters.values())
        name = "istio_request_duration_milliseconds_bucket"
        buckets = [({"__name__": name, **target, **mesh, "le": le}, total) for le in BOUNDS]
        return [*requests, *buckets, ({"__name__": "up", **target}, 1.0)]


@dataclass
class Replica:
    """One Prometheus."""

    store: SeriesStore
    phase_s: int
    every_s: int
    labels: dict[str, str] = field(default_factory=dict)
    late_s: int = 0
    """At most so long after a scrape its samples can be asked for."""
    down_until_s: float = 0.0
    under_way: deque[tuple[float, Labels, Point]] = field(default_factory=deque)
    there: dict[str, set[Labels]] = field(default_factory=dict)
    """The series that each pod had in its last scrape."""

    def second(self, now_s: float, proxies: list[Proxy]) -> None:
        for at, proxy in enumerate(proxies):
            turn = (int(now_s) - self.phase_s - 3 * at) % self.every_s == 0
            if self.is_up(now_s) and turn:
                self._scrape(now_s, proxy)
        while self.under_way and self.under_way[0][0] <= now_s:
            _, labels, point = self.under_way.popleft()
            self.store.append(labels, point)

    def is_up(self, now_s: float) -> bool:
        """Whether it scrapes and answers."""
        return now_s >= self.down_until_s

    def _scrape(self, now_s: float, proxy: Proxy) -> None:
        """Take a pod's counters; what is there no more gets the mark of an end."""
        found = {
            Labels({**labels, **self.labels}.items()): value
            for labels, value in (proxy.samples() if proxy.alive else [])
        }
        last_s = self.under_way[-1][0] if self.under_way else now_s
        arrives_s = max(last_s, now_s + (int(now_s) * 7919 % (self.late_s + 1)))
        stamp_s = now_s + self.phase_s / 1000  # no two replicas scrape in the same millisecond
        for labels in self.there.get(proxy.name, set()) - found.keys():
            self.under_way.append((arrives_s, labels, Point(stamp_s, None)))
        for labels, value in found.items():
            self.under_way.append((arrives_s, labels, Point(stamp_s, value)))
        self.there[proxy.name] = set(found)


class Prometheis:
    """Answers each question by one of the replicas, as a proxy before them would."""

    def __init__(self, replicas: list[Replica], chance: random.Random) -> None:
        self.replicas = replicas
        self.chance = chance
        self.now_s = BEGAN_S

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        up = [each for each in self.replicas if each.is_up(self.now_s)]
        if not up:
            raise EvidenceError("Prometheus does not answer")
        found = evaluate(promql, self.chance.choice(up).store, at_s=self.now_s)
        rows = () if isinstance(found, float) else found
        told = tuple(
            Row(labels=dict(each.labels), value=each.value if isfinite(each.value) else None) for each in rows
        )
        return Answer(rows=told, at_s=self.now_s if told else None)

    async def query_range(
        self,
        promql: str,  # noqa: ARG002 - the protocol's name
        *,
        start_s: float,  # noqa: ARG002
        end_s: float,  # noqa: ARG002
        step_s: float,  # noqa: ARG002
        deadline_s: float,  # noqa: ARG002
    ) -> RangeAnswer:
        return RangeAnswer(tracks=())

    async def build(self, *, deadline_s: float) -> str:  # noqa: ARG002 - the protocol's name
        return "simulated"


def pods() -> list[Proxy]:
    """Two pods of stable and one of the canary, each with a past."""
    names = (V1, "7d9f8b6c4-aaaaa"), (V1, "7d9f8b6c4-bbbbb"), (V2, "6d5f7c9b84-ccccc")
    return [Proxy(deployment, f"{deployment}-{name}") for deployment, name in names]
