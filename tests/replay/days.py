"""A long release's journal with a service's traffic in it, as a worker would write it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from console.evidence import Counts, Look, Pods, Sample
from console.journal import Journal
from console.plan.model import Metric, Plan, Rule
from console.release import events as ev
from tests.releases import PREFLIGHT, guard, opened, plan, stage

BEGIN = 1_760_000_000.0
BUCKETS = 20
BOUNDS_MS = tuple(5.0 * place for place in range(1, BUCKETS))
RPS = 300.0
WEIGHTS = (5, 10, 25, 50, 75)
_POOL = 4096
"""So many ticks are drawn for each weight; a longer release meets them again in another order."""


def day_plan(ticks: int) -> Plan:
    guards = (
        guard(Metric.ERROR_RATE, Rule.MAX, 0.01, window_s=60.0, for_s=10.0),
        guard(Metric.ERROR_RATE, Rule.MAX_INCREASE, 0.005, window_s=60.0, for_s=10.0),
        guard(Metric.P99, Rule.MAX, 500.0, window_s=60.0, for_s=20.0),
        guard(Metric.CRASH_LOOPS, Rule.MAX, 0.0, min_requests=0),
    )
    return plan(*(stage(weight, *guards, hold_s=ticks / len(WEIGHTS)) for weight in WEIGHTS))


def write_day(path: Path, *, ticks: int, seed: int = 7) -> None:
    """Write a journal of so many ticks, one a second, in five stages."""
    with Journal(path) as journal:
        for n, (at, event) in enumerate(_happenings(ticks, random.Random(seed)), start=1):
            journal.append(ev.Record(n=n, at=at, event=event))


def _happenings(ticks: int, chance: random.Random) -> Iterator[tuple[float, ev.AnyEvent]]:
    at = BEGIN
    yield from ((at, event) for event in (opened(day_plan(ticks)), PREFLIGHT, ev.RouterSeen(weight=0)))
    for index, weight in enumerate(WEIGHTS):
        pools = [
            [_counts(RPS * share / 100, chance) for _ in range(min(ticks, _POOL))]
            for share in (100 - weight, weight)
        ]
        entered: tuple[ev.AnyEvent, ...] = (
            ev.StageEntered(stage=index),
            ev.WeightRequested(number=index + 1, weight=weight),
            ev.WeightConfirmed(number=index + 1, weight=weight, took_ms=round(chance.uniform(9, 60), 3)),
        )
        yield from ((at + 0.02, event) for event in entered)
        for _ in range(ticks // len(WEIGHTS)):
            at += 1.0
            stable, canary = (Look(counts=chance.choice(pool), pods=_pods(chance)) for pool in pools)
            sample = Sample(
                span_s=1.0,
                data_age_s=round(chance.uniform(0.2, 0.4), 3),
                bounds_ms=BOUNDS_MS,
                stable=stable,
                canary=canary,
            )
            yield round(at + chance.uniform(0.0, 0.01), 7), ev.SampleTaken(sample=sample)


def _counts(requests: float, chance: random.Random) -> Counts:
    """Draw a second's requests; each bucket has its own chance, and all are met alike."""
    latency = tuple(float(_poisson(requests / BUCKETS, chance)) for _ in range(BUCKETS))
    return Counts(
        requests=sum(latency),
        errors_4xx=float(_poisson(requests * 0.01, chance)),
        errors_5xx=float(_poisson(requests * 0.001, chance)),
        latency=latency,
    )


def _poisson(expected: float, chance: random.Random) -> int:
    count, left = 0, expected - chance.expovariate(1.0)
    while left >= 0:
        count += 1
        left -= chance.expovariate(1.0)
    return count


def _pods(chance: random.Random) -> Pods:
    return Pods(
        desired=3,
        ready=3,
        restarts=0,
        crash_looping=0,
        cpu_cores=chance.uniform(0.3, 0.5),
        memory_bytes=4096.0 * chance.randint(50_000, 60_000),
    )
