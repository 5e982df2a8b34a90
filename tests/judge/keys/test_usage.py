from __future__ import annotations

import random

import pytest

from console.judge.keys.usage import SETTLED_S, UsageWatch, Use, hear, read_usage, watch_use

ALPHA = 0.01
STABLE = Use(pods=4, requests=1200.0, cpu_cores=2.0, memory_bytes=800e6)


def canary(*, cpu: float = 1.0, memory: float = 1.0, load: float = 1.0, pods: int = 1) -> Use:
    """A canary each of whose pods does `load` times what one of stable's does, and needs so much for it."""
    share = load * pods / STABLE.pods
    assert STABLE.cpu_cores is not None
    assert STABLE.memory_bytes is not None
    return Use(
        pods=pods,
        requests=STABLE.requests * share,
        cpu_cores=STABLE.cpu_cores * share * cpu,
        memory_bytes=STABLE.memory_bytes * pods / STABLE.pods * memory,
    )


def watched(of: Use, *, minutes: float, weight: int = 20, watch: UsageWatch | None = None) -> UsageWatch:
    """Watch settled ticks of 5 seconds."""
    watch = watch or UsageWatch(weight=weight, weight_since_s=-SETTLED_S)
    for tick in range(round(minutes * 12)):
        watch = watch_use(watch, stable=STABLE, canary=of, at_s=5.0 * (tick + 1), span_s=5.0, weight=weight)
    return watch


def beyond(watch: UsageWatch) -> list[str]:
    return [each.name for each in read_usage(watch, alpha=ALPHA) if each.beyond]


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (canary(), []),
        (canary(cpu=1.2, memory=1.2), []),
        (canary(cpu=2.0), ["CPU per request"]),
        (canary(memory=2.0), ["memory per pod"]),
        (canary(cpu=0.3, memory=0.3), []),
    ],
)
def test_what_needs_much_more_is_found_within_minutes(of: Use, found: list[str]) -> None:
    assert beyond(watched(of, minutes=10)) == found


def test_it_says_how_much_more_and_how_much_at_least() -> None:
    cpu, memory = read_usage(watched(canary(cpu=2.0), minutes=10), alpha=ALPHA)
    assert cpu.factor == pytest.approx(2.0)
    assert 1.3 < cpu.low < 2.0
    assert cpu.minutes == 10
    assert memory.factor == pytest.approx(1.0)


@pytest.mark.parametrize("load", [0.3, 3.0])
def test_pods_that_have_another_load_are_not_compared(load: float) -> None:
    """An idle pod's CPU is shared by few requests, and a busy one's caches are full."""
    assert read_usage(watched(canary(cpu=3.0, memory=3.0, load=load), minutes=30), alpha=ALPHA) == ()


def test_the_first_minutes_of_a_weight_are_left_out() -> None:
    begun = UsageWatch(weight=5, weight_since_s=-SETTLED_S)
    assert watched(canary(cpu=9.0), minutes=2, weight=20, watch=begun).cpu.count == 0
    assert watched(canary(cpu=9.0), minutes=3, weight=20, watch=begun).cpu.count == 1


@pytest.mark.parametrize(
    "of",
    [
        Use(pods=1, requests=300),
        Use(pods=0, requests=300, cpu_cores=9, memory_bytes=9e9),
        Use(pods=1, requests=0, cpu_cores=9, memory_bytes=9e9),
    ],
    ids=["nobody measures", "nobody counts the pods", "no request"],
)
def test_what_is_not_known_says_nothing(of: Use) -> None:
    assert read_usage(watched(of, minutes=30), alpha=ALPHA) == ()


def test_what_a_person_went_on_with_is_not_said_again() -> None:
    heard = hear(watched(canary(cpu=2.0), minutes=10), alpha=ALPHA)
    assert heard.heard == ("CPU per request",)
    assert beyond(heard) == []
    other = UsageWatch(weight=20, weight_since_s=-SETTLED_S, heard=heard.heard)
    assert beyond(watched(canary(cpu=2.0, memory=2.0), minutes=10, watch=other)) == ["memory per pod"]


def test_alike_pods_that_wander_are_hardly_ever_told_apart() -> None:
    alarms = 0
    for seed in range(60):
        chance, level, watch = random.Random(seed), 0.0, UsageWatch(weight=20, weight_since_s=-SETTLED_S)
        for tick in range(60):
            level = 0.6 * level + chance.gauss(0, 0.08)
            use = canary(cpu=1.15 * 2.718**level)
            watch = watch_use(
                watch, stable=STABLE, canary=use, at_s=60.0 * (tick + 1), span_s=60.0, weight=20
            )
            alarms += bool(beyond(watch))
    assert alarms == 0
