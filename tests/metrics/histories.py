"""Histories of simulated Prometheis, and whether what is counted of them is true.

`python -m tests.metrics.histories --first 1 --count 500` lives through some. They are drawn: replicas without
affinity or under a label that nobody knows, idle series that a proxy drops, pods that restart, go and come,
Prometheis that restart, samples that come late, and a step of the traffic from 1 to 50 requests a second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections import defaultdict
from contextlib import suppress

from console.errors import EvidenceError
from console.lab.series import SeriesStore
from console.metrics.evidence_source import PrometheusSource
from tests.metrics.prometheis import CALLERS, CODES, Prometheis, Proxy, Replica, pods
from tests.metrics.scripted import V1, V2, plan

TICK_S = 5
IDLE_S = 30
"""For so much of each minute the last caller is idle."""
WARM_S = 75
"""Before the first look everything is scraped, and nobody asks anything of the pods."""
LASTS_S = 150
CALM_S = 90
"""At the end nothing happens any more, so that all that can be seen is seen."""
WAYS = ("one", "no affinity", "unknown label", "late")


class Course:
    """One history: what was served, what was counted, and what nobody can have seen."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.way = WAYS[seed % len(WAYS)]
        self.every_s = self.chance.choice((5, 15, 30))
        self.proxies = pods()
        for proxy in self.proxies:
            for caller in CALLERS:
                proxy.serve(caller, "200", self.chance.randrange(1, 60_000))
                proxy.serve(caller, "503", self.chance.randrange(0, 2_000))
        self.prometheis = Prometheis(self._replicas(), self.chance)
        of = plan(interval_s=TICK_S)
        source = PrometheusSource(of, self.prometheis, clock=lambda: self.prometheis.now_s)
        source.scrape_s = float(self.every_s)
        self.source = source
        self.served = {V1: 0.0, V2: 0.0}
        self.failed = {V1: 0.0, V2: 0.0}
        self.counted = {V1: 0.0, V2: 0.0}
        self.counted_failed = {V1: 0.0, V2: 0.0}
        self.lately: defaultdict[str, list[float]] = defaultdict(list)
        """Of each pod: what it served, second by second."""
        self.ended_at_s = 0.0
        """When something ended last."""
        self.unseen = {V1: 0.0, V2: 0.0}
        """At most so much was lost where something ended or began."""
        self.calm_from_s = 0.0
        """When the last of it has happened, epoch seconds."""
        self.story: list[str] = [f"{self.way}, scraped every {self.every_s} s"]

    def _replicas(self) -> list[Replica]:
        several = self.chance.choice((2, 3))
        stores = [SeriesStore() for _ in range(several)]
        if self.way == "one":
            return [Replica(stores[0], 0, self.every_s)]
        if self.way == "late":
            late_s = self.chance.randrange(1, 2 * self.every_s)
            return [Replica(stores[0], 0, self.every_s, late_s=late_s)]
        phases = [self.chance.randrange(self.every_s) for _ in stores]
        if self.way == "no affinity":
            return [Replica(store, phase, self.every_s) for store, phase in zip(stores, phases, strict=True)]
        shared = SeriesStore()
        return [
            Replica(shared, phase, self.every_s, labels={"receive_replica": f"r{at}"} if at else {})
            for at, phase in enumerate(phases)
        ]

    def live(self) -> None:
        """Let it happen."""
        self.calm_from_s = self.prometheis.now_s + WARM_S + LASTS_S
        for second in range(-WARM_S, LASTS_S + CALM_S):
            self.prometheis.now_s += 1
            if second >= 0:
                self._traffic(busy=second > LASTS_S / 2)
            if 0 <= second < LASTS_S and self.chance.random() < 0.04:
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
            self.lately[proxy.name].append(requests)
            idle = self.prometheis.now_s % 60 < IDLE_S
            caller = self.chance.choice(CALLERS[:2] if idle else CALLERS)
            for code in (self.chance.choice(CODES) for _ in range(1 if not busy else 4)):
                part = requests if not busy else requests // 4
                proxy.serve(caller, code, part)
                self.served[proxy.deployment] += part
                self.failed[proxy.deployment] += part * (code in ("503", "0"))

    def _something_happens(self) -> None:
        proxy = self.chance.choice([each for each in self.proxies if each.alive])
        what = self.chance.choice((self._evict, self._restart, self._replace, self._lose_prometheus))
        self.story.append(f"{self.prometheis.now_s:.0f} {what.__name__} {proxy.name}")
        what(proxy)

    def _miss(self, proxy: Proxy, *, after: bool) -> None:
        """What one scrape would have told is lost before an end, and behind a beginning."""
        now_s, replicas = self.prometheis.now_s, self.prometheis.replicas
        self.ended_at_s = now_s
        down = any(each.down_until_s > now_s - self.every_s for each in replicas)
        late_s = max(each.late_s for each in replicas)
        seconds = (5 if down else 2) * self.every_s + TICK_S + late_s
        self.unseen[proxy.deployment] += sum(self.lately[proxy.name][-seconds:]) + 50.0 * seconds * after

    def _evict(self, proxy: Proxy) -> None:
        """Drop what a caller who is idle had, and with it what he asked since the last scrape."""
        if self.prometheis.now_s % 60 >= IDLE_S:
            return
        self._miss(proxy, after=False)
        for key in [key for key in proxy.counters if key[0] == CALLERS[2]]:
            del proxy.counters[key]

    def _restart(self, proxy: Proxy) -> None:
        proxy.counters.clear()
        self._miss(proxy, after=False)

    def _replace(self, proxy: Proxy) -> None:
        proxy.alive = False
        new = Proxy(proxy.deployment, f"{proxy.name[:-5]}{self.chance.randrange(10_000, 99_999)}")
        self.proxies.append(new)
        self._miss(proxy, after=True)

    def _lose_prometheus(self, _: Proxy) -> None:
        """Let a replica miss some scrapes, but not those that would tell of an end a moment ago."""
        late_s = max(each.late_s for each in self.prometheis.replicas)
        if self.prometheis.now_s - self.ended_at_s < 2 * self.every_s + late_s:
            return
        replica = self.chance.choice(self.prometheis.replicas)
        until_s = self.prometheis.now_s + self.chance.randrange(1, 3 * self.every_s)
        replica.down_until_s = min(until_s, self.calm_from_s)  # what comes after it has to be seen

    def _look(self) -> None:
        with suppress(EvidenceError):
            sample = asyncio.run(self.source.sample(deadline_s=1))
            for deployment, look in ((V1, sample.stable), (V2, sample.canary)):
                if look.counts is not None:
                    self.counted[deployment] += look.counts.requests
                    self.counted_failed[deployment] += look.counts.errors
        for deployment in (V1, V2):
            told = "\n".join(self.story)
            assert self.counted[deployment] <= self.served[deployment], f"twice: {deployment}\n{told}"
            assert self.counted_failed[deployment] <= self.failed[deployment], f"twice: {deployment}\n{told}"


def live_through(seed: int) -> None:
    """Hold one history to what it must keep; raises `AssertionError` with what happened in it."""
    course = Course(seed)
    course.live()
    late_s = max(each.late_s for each in course.prometheis.replicas) + 2 * course.every_s + TICK_S
    for deployment in (V1, V2):
        pods_now = sum(each.alive and each.deployment == deployment for each in course.proxies)
        still_unseen = 50.0 * late_s * pods_now + course.unseen[deployment]
        told = "\n".join(course.story)
        assert course.counted[deployment] >= course.served[deployment] - still_unseen, told


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
