"""Simulated Prometheis: they scrape pods by their own clocks, lose them, start again, and answer late.

Time goes by seconds. The pods' counters are the truth; what the replicas have scraped is asked through the
laboratory's PromQL, or a real program's, as a look asks it.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

from console.errors import EvidenceError
from console.lab.promql import evaluate
from console.lab.series import Labels, Point, SeriesStore
from console.metrics.answer import Answer, Row
from console.metrics.range_answer import RangeAnswer
from tests.metrics.scripted import V1, V2
from tests.metrics.truth import Counter, Ledger, Sample

BEGAN_S = 1_800_000_000.0
CODES = ("200", "503", "404", "0")
CALLERS = ("web", "batch", "search")
BOUNDS = ("10", "+Inf")
UPTIME = "envoy_server_uptime"
_OF_A_COUNTER = ("pod", "source_workload", "response_code")
COUNTERS = "pithead_asked"
"""Only the question for the counters has this in it."""


class Simulated:
    """The laboratory's series and PromQL."""

    def __init__(self) -> None:
        self._store = SeriesStore()

    def append(self, labels: Labels, point: Point) -> None:
        self._store.append(labels, point)

    def answer(self, promql: str, *, at_s: float) -> Answer:
        found = evaluate(promql, self._store, at_s=at_s)
        rows = () if isinstance(found, float) else found
        told = tuple(
            Row(labels=dict(each.labels), value=each.value if isfinite(each.value) else None) for each in rows
        )
        return Answer(rows=told, at_s=at_s if told else None)


@dataclass(eq=False)
class Proxy:
    """One pod: its process's counters, by caller and code."""

    deployment: str
    name: str
    counters: dict[tuple[str, str], Counter] = field(default_factory=dict)
    alive: bool = True
    began_s: float | None = None
    """When it began, where it says so."""
    ever: defaultdict[tuple[str, str], list[Counter]] = field(default_factory=lambda: defaultdict(list))
    """All counters that it ever had, one after the other."""

    def serve(self, caller: str, code: str, requests: int) -> None:
        counter = self.counters.get((caller, code))
        if counter is None:
            counter = self.counters[caller, code] = Counter(self.deployment, code)
            self.ever[caller, code].append(counter)
        counter.value += requests

    @property
    def all_counters(self) -> list[Counter]:
        """Give all that it ever had."""
        return [counter for each in self.ever.values() for counter in each]

    def samples(self, now_s: float = BEGAN_S) -> list[tuple[dict[str, str], float, Counter | None]]:
        """Give what a scrape reads, and of which counter it is."""
        target = {"namespace": "shop", "pod": self.name, "instance": f"{self.name}:15020", "job": "mesh"}
        mesh = {
            **target,
            "reporter": "destination",
            "destination_workload_namespace": "shop",
            "destination_workload": self.deployment,
        }
        requests: list[tuple[dict[str, str], float, Counter | None]] = [
            (
                {
                    "__name__": "istio_requests_total",
                    **mesh,
                    "source_workload": caller,
                    "response_code": code,
                },
                counter.value,
                counter,
            )
            for (caller, code), counter in self.counters.items()
        ]
        total = sum(counter.value for counter in self.counters.values())
        name = "istio_request_duration_milliseconds_bucket"
        buckets = [({"__name__": name, **mesh, "le": le}, total, None) for le in BOUNDS]
        began_s = self.began_s
        uptime_s = [] if began_s is None else [({"__name__": UPTIME, **target}, now_s - began_s, None)]
        return [*requests, *buckets, *uptime_s, ({"__name__": "up", **target}, 1.0, None)]


class _Sample(NamedTuple):
    """One sample on its way into a store."""

    arrives_s: float
    labels: Labels
    point: Point
    counter: Counter | None


@dataclass(eq=False)
class Replica:
    """One Prometheus."""

    store: Ledger
    phase_s: int
    every_s: int
    labels: dict[str, str] = field(default_factory=dict)
    late_s: int = 0
    """At most so long after a scrape its samples can be asked for."""
    down_until_s: float = 0.0
    stalled_until_s: float = 0.0
    """Until then nothing that it scrapes is written; then all of it at once."""
    ahead_s: float = 0.0
    """How far its clock is ahead of ours."""
    under_way: deque[_Sample] = field(default_factory=deque)
    there: dict[str, set[Labels]] = field(default_factory=dict)
    """The series that each pod had in its last scrape."""

    def second(self, now_s: float, proxies: list[Proxy]) -> None:
        for at, proxy in enumerate(proxies):
            turn = (int(now_s) - self.phase_s - 3 * at) % self.every_s == 0
            if self.is_up(now_s) and turn:
                self._scrape(now_s, proxy)
        while self.under_way and max(self.under_way[0].arrives_s, self.stalled_until_s) <= now_s:
            _, labels, point, counter = self.under_way.popleft()
            self.store.append(labels, point, counter)

    def lose_data(self, store: Ledger) -> None:
        """Begin anew with nothing."""
        self.store = store
        self.there.clear()
        self.under_way.clear()

    def is_up(self, now_s: float) -> bool:
        """Whether it scrapes and answers."""
        return now_s >= self.down_until_s

    def _scrape(self, now_s: float, proxy: Proxy) -> None:
        """Take a pod's counters; what is there no more gets the mark of an end."""
        found = {
            Labels({**labels, **self.labels}.items()): (value, counter)
            for labels, value, counter in (proxy.samples(now_s) if proxy.alive else [])
        }
        # No two replicas scrape in the same millisecond.
        stamp_s = now_s + self.ahead_s - self.phase_s / 1000
        for labels in self.there.get(proxy.name, set()) - found.keys():
            self._send(now_s, labels, Point(stamp_s, None), None)
        for labels, (value, counter) in found.items():
            self._send(now_s, labels, Point(stamp_s, value), counter)
        self.there[proxy.name] = set(found)

    def _send(self, now_s: float, labels: Labels, point: Point, counter: Counter | None) -> None:
        last_s = self.under_way[-1].arrives_s if self.under_way else now_s
        arrives_s = max(last_s, now_s + (int(now_s) * 7919 % (self.late_s + 1)))
        self.under_way.append(_Sample(arrives_s, labels, point, counter))


class Prometheis:
    """Answers each question by one of the replicas, as a proxy before them would."""

    def __init__(
        self,
        replicas: list[Replica],
        chance: random.Random,
        *,
        began_s: float = BEGAN_S,
        rows_lost: float = 0.0,
    ) -> None:
        self.rows_lost = rows_lost
        self.replicas = replicas
        self.chance = chance
        self.now_s = began_s
        self.shown: list[Sample] = []
        """What the last question for the counters was shown."""
        self.lost: list[Sample] = []
        """What of it was lost on the way."""

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        up = [each for each in self.replicas if each.is_up(self.now_s)]
        if not up:
            raise EvidenceError("Prometheus does not answer")
        replica = self.chance.choice(up)
        answer = replica.store.kept.answer(promql, at_s=self.now_s + replica.ahead_s)
        if COUNTERS not in promql:
            return answer
        self.shown, self.lost = replica.store.show(), []
        return self._without_a_row(answer) if self.chance.random() < self.rows_lost else answer

    def _without_a_row(self, answer: Answer) -> Answer:
        """Lose a counter that was known before, as a store does that is missing in part."""
        lost = self.chance.choice([each for each in self.shown if each.counter.taken] or [None])
        if lost is None:
            return answer
        what = {(name, lost.labels[name]) for name in _OF_A_COUNTER}
        self.lost = [each for each in self.shown if what <= each.labels.items()]
        kept = tuple(row for row in answer.rows if not what <= row.labels.items())
        return Answer(rows=kept, at_s=answer.at_s)

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

    async def samples(
        self,
        selector: str,  # noqa: ARG002 - the protocol's names
        *,
        back_s: float,  # noqa: ARG002
        deadline_s: float,  # noqa: ARG002
    ) -> RangeAnswer:
        raise EvidenceError("no raw samples are kept")

    async def build(self, *, deadline_s: float) -> str:  # noqa: ARG002 - the protocol's name
        return "simulated"


def pods() -> list[Proxy]:
    """Two pods of stable and one of the canary."""
    names = (V1, "7d9f8b6c4-aaaaa"), (V1, "7d9f8b6c4-bbbbb"), (V2, "6d5f7c9b84-ccccc")
    return [Proxy(deployment, f"{deployment}-{name}") for deployment, name in names]
