"""Histories of simulated Prometheis, and whether what is counted of them is true.

`python -m tests.metrics.histories --first 1 --count 500` lives through some. They are drawn: replicas without
affinity or under a label that nobody knows, idle series that a proxy drops, pods that restart, go, come, and
are found late, Prometheis that restart, samples that come late or all at once, and a step of the traffic from
1 to 50 requests a second.

Each count is held to what the looks were shown of each counter: never more, and at the end never less but for
what a scrape holds where a process ended or began.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from math import inf

from console.errors import EvidenceError
from console.evidence import Counts
from console.metrics.evidence_source import PrometheusSource
from tests.metrics.prometheis import BEGAN_S, CALLERS, CODES, Prometheis, Proxy, Replica, Simulated, pods
from tests.metrics.scripted import V1, V2, plan
from tests.metrics.truth import Counter, Kept, Ledger, Sample, at_least, at_most

TICK_S = 5
IDLE_S = 30
"""For so much of each minute the last caller is idle."""
WARM_S = 75
"""Before the first look everything is scraped, and nobody asks anything of the pods."""
LASTS_S = 150
CALM_S = 90
"""At the end nothing happens any more, so that all that can be seen is seen."""
OFTEN = 0.06
"""How likely something happens in a second."""
ROWS_LOST = 0.05
"""How likely an answer lacks a counter that is there."""
CLOCKS_APART_S = 2
"""A replica's clock is so far ahead, or behind."""
UNSURE_S = 4.5
"""A scrape whose stamp is newer by less may be an older one: what is shown by it need not be counted."""
WAYS = ("one", "no affinity", "unknown label", "late")
GOOD = "good"
CLASSES = {"200": GOOD, "503": "errors_5xx", "404": "errors_4xx", "0": "no_answer"}
NEARLY = 1e-6


class Course:
    """One history: what was served and shown, what was counted, and what nobody can have seen."""

    def __init__(self, seed: int, *, store: Callable[[], Kept] = Simulated, began_s: float = BEGAN_S) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.way = WAYS[seed % len(WAYS)]
        self.every_s = self.chance.choice((5, 15, 30))
        self.tells = bool(seed // len(WAYS) % 2)
        """Whether proxies tell for how long they have run."""
        self.proxies = pods()
        for proxy in self.proxies:
            self._give_a_past(proxy, began_s=began_s - 1000.0)
        self.prometheis = Prometheis(self._replicas(), self.chance, began_s=began_s, rows_lost=ROWS_LOST)
        of = plan(interval_s=TICK_S)
        self.source = PrometheusSource(of, self.prometheis, clock=lambda: self.prometheis.now_s)
        self.source.scrape_s = float(self.every_s)
        self.counted: defaultdict[tuple[str, str], float] = defaultdict(float)
        """By deployment and the class of the requests' end."""
        self.by_latency: defaultdict[str, float] = defaultdict(float)
        self.first_of: dict[str, list[Counter]] = {}
        """Of each pod: what it had when it was shown first to a look that counted."""
        self.scraped_s: dict[str, float] = {}
        """Of each pod: when it was scraped for the last look that counted."""
        self.begun = False
        """Whether there was a look that counts come after."""
        self.calm_from_s = 0.0
        """When the last of it has happened, epoch seconds."""
        self.story: list[str] = [f"{self.way}, scraped every {self.every_s} s, tells its age: {self.tells}"]

    def _give_a_past(self, proxy: Proxy, *, began_s: float) -> None:
        """Let a pod have served before, long or little: then a new counter soon passes the old one."""
        proxy.began_s = began_s if self.tells else None
        most = self.chance.choice((60_000, 200))
        for caller in CALLERS:
            proxy.serve(caller, "200", self.chance.randrange(1, most))
            proxy.serve(caller, "503", self.chance.randrange(0, max(1, most // 30)))
        for counter in proxy.all_counters:
            counter.old = True

    def _replicas(self) -> list[Replica]:
        several = self.chance.choice((2, 3))
        stores = [Ledger(self.store()) for _ in range(1 if self.way != "no affinity" else several)]
        if self.way == "one":
            return [Replica(stores[0], 0, self.every_s)]
        if self.way == "late":
            late_s = self.chance.randrange(1, 2 * self.every_s)
            return [Replica(stores[0], 0, self.every_s, late_s=late_s)]
        phases = [self.chance.randrange(self.every_s) for _ in range(several)]
        if self.way == "no affinity":
            return self._without_affinity(stores, phases)
        return [
            Replica(stores[0], phase, self.every_s, labels={"receive_replica": f"r{at}"} if at else {})
            for at, phase in enumerate(phases)
        ]

    def _without_affinity(self, stores: list[Ledger], phases: list[int]) -> list[Replica]:
        """Let the second scrape soon after the first, whose clock is ahead: older samples look newer."""
        phases[1] = phases[0] + self.chance.randint(1, CLOCKS_APART_S)
        ahead_s = (CLOCKS_APART_S, -CLOCKS_APART_S, 0)
        return [
            Replica(store, phase, self.every_s, ahead_s=ahead)
            for store, phase, ahead in zip(stores, phases, ahead_s, strict=False)
        ]

    def live(self) -> None:
        """Let it happen."""
        self.calm_from_s = self.prometheis.now_s + WARM_S + LASTS_S
        for second in range(-WARM_S, LASTS_S + CALM_S):
            self.prometheis.now_s += 1
            if second == LASTS_S:
                self.prometheis.rows_lost = 0.0
            if second >= 0:
                self._traffic(busy=second > LASTS_S / 2)
            if 0 <= second < LASTS_S and self.chance.random() < OFTEN:
                self._something_happens()
            for replica in self.prometheis.replicas:
                replica.second(self.prometheis.now_s, self.proxies)
            if second >= -TICK_S and second % TICK_S == 0:
                self._look()

    def _traffic(self, *, busy: bool) -> None:
        for proxy in self.proxies:
            if not proxy.alive:
                continue
            requests = 50 if busy else 1
            idle = self.prometheis.now_s % 60 < IDLE_S
            caller = self.chance.choice(CALLERS[:2] if idle else CALLERS)
            for part in (requests,) if not busy else (20, 15, 10, 5):
                proxy.serve(caller, self.chance.choice(CODES), part)

    def _something_happens(self) -> None:
        proxy = self.chance.choice([each for each in self.proxies if each.alive])
        what = self.chance.choice(
            (
                self._evict,
                self._restart,
                self._replace,
                self._find,
                self._lose_prometheus,
                self._lose_data,
                self._stall,
            )
        )
        self.story.append(f"{self.prometheis.now_s:.0f} {what.__name__} {proxy.name}")
        what(proxy)

    def _evict(self, proxy: Proxy) -> None:
        """Drop what a caller who is idle had, and with it what he asked since the last scrape."""
        if self.prometheis.now_s % 60 >= IDLE_S:
            return
        for key in [key for key in proxy.counters if key[0] == CALLERS[2]]:
            del proxy.counters[key]

    def _restart(self, proxy: Proxy) -> None:
        proxy.counters.clear()
        proxy.began_s = self.prometheis.now_s if self.tells else None

    def _replace(self, proxy: Proxy) -> None:
        proxy.alive = False
        new = self._another(proxy)
        new.began_s = self.prometheis.now_s if self.tells else None
        self.proxies.append(new)

    def _find(self, proxy: Proxy) -> None:
        """Let a pod that has served for long be scraped from now on."""
        found = self._another(proxy)
        self._give_a_past(found, began_s=self.prometheis.now_s - 1000.0)
        self.proxies.append(found)

    def _another(self, proxy: Proxy) -> Proxy:
        return Proxy(proxy.deployment, f"{proxy.name[:-5]}{self.chance.randrange(10_000, 99_999)}")

    def _lose_prometheus(self, _: Proxy) -> None:
        replica = self.chance.choice(self.prometheis.replicas)
        until_s = self.prometheis.now_s + self.chance.randrange(1, 3 * self.every_s)
        replica.down_until_s = min(until_s, self.calm_from_s)  # what comes after it has to be seen

    def _lose_data(self, _: Proxy) -> None:
        """Let a replica begin anew with nothing, where each has a store of its own."""
        if self.way in ("one", "no affinity"):
            self.chance.choice(self.prometheis.replicas).lose_data(Ledger(self.store()))

    def _stall(self, _: Proxy) -> None:
        replica = self.chance.choice(self.prometheis.replicas)
        until_s = self.prometheis.now_s + self.chance.randrange(1, 3 * self.every_s)
        replica.stalled_until_s = min(until_s, self.calm_from_s)

    def _look(self) -> None:
        self.prometheis.shown = self.prometheis.lost = []
        with suppress(EvidenceError):
            sample = asyncio.run(self.source.sample(deadline_s=1))
            if sample.span_s > 0 or not self.begun:
                self._take(first=not self.begun)
            for deployment, look in ((V1, sample.stable), (V2, sample.canary)):
                if look.counts is not None:
                    self._count(deployment, look.counts)
        for each in self.prometheis.shown:
            each.counter.shown.append(each.value)
        self._nothing_twice()

    def _take(self, *, first: bool) -> None:
        """Note what was shown to a look that counts; before the `first` of them nothing is to be counted."""
        self.begun = True
        by_pod: defaultdict[str, list[Sample]] = defaultdict(list)
        for each in self.prometheis.shown:
            by_pod[each.labels["pod"]].append(each)
        for pod, samples in by_pod.items():
            scraped_s = max(each.scraped_s for each in samples)
            if scraped_s > self.scraped_s.get(pod, -inf) + UNSURE_S:
                self.scraped_s[pod] = scraped_s
                newest = [each for each in samples if each.scraped_s == scraped_s]
                self.first_of.setdefault(pod, [each.counter for each in newest])
                for each in newest:
                    if each not in self.prometheis.lost:
                        each.counter.taken.append(each.value)
                        each.counter.old |= first

    def _count(self, deployment: str, counts: Counts) -> None:
        classed = {what: getattr(counts, what) for what in CLASSES.values() if what != GOOD}
        classed[GOOD] = counts.requests - sum(classed.values())
        for what, count in classed.items():
            self.counted[deployment, what] += count
        self.by_latency[deployment] += sum(counts.latency)

    def _nothing_twice(self) -> None:
        most = at_most(counter for proxy in self.proxies for counter in proxy.all_counters)
        for deployment in (V1, V2):
            for code, what in CLASSES.items():
                counted = self.counted[deployment, what]
                assert counted <= most[deployment, code] + NEARLY, self.told(
                    f"{deployment}: {counted:.0f} {what} counted of {most[deployment, code]:.0f}"
                )
            counted, whole = self.by_latency[deployment], sum(most[deployment, code] for code in CLASSES)
            assert counted <= whole + NEARLY, self.told(
                f"{deployment}: {counted:.0f} counted in buckets of {whole:.0f}"
            )

    def nothing_lost(self) -> None:
        """Hold the end to what must have been counted."""
        for deployment in (V1, V2):
            pods = [proxy for proxy in self.proxies if proxy.deployment == deployment]
            least = sum(
                at_least(counters, first=self.first_of.get(proxy.name, ()))
                for proxy in pods
                for counters in proxy.ever.values()
            )
            counted = sum(self.counted[deployment, what] for what in CLASSES.values())
            assert counted >= least - NEARLY, self.told(
                f"{deployment}: {counted:.0f} counted of {least:.0f} at least"
            )

    def told(self, what: str) -> str:
        """Say what is wrong, and what happened before it."""
        return "\n".join((f"{what} at {self.prometheis.now_s:.0f}", *self.story))


def live_through(seed: int, *, store: Callable[[], Kept] = Simulated, began_s: float = BEGAN_S) -> None:
    """Hold one history to what it must keep; raises `AssertionError` with what happened in it."""
    course = Course(seed, store=store, began_s=began_s)
    course.live()
    course.nothing_lost()


def main() -> int:
    """Live through so many; 1 where one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.metrics.histories", description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=500)
    asked = parser.parse_args()
    failed = 0
    for seed in range(asked.first, asked.first + asked.count):
        try:
            live_through(seed)
        except AssertionError as error:
            failed += 1
            sys.stdout.write(f"seed {seed}: {error}\n")
    sys.stdout.write(f"{asked.count} histories, {failed} failed\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
