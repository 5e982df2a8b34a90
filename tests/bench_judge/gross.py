"""Gross damage, and what looks like it for some seconds: the worlds of the bars G1 and G2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf
from zlib import crc32

import numpy as np

from tests.bench_judge.releases import Floats
from tests.bench_judge.scraped import Drawn, Hit, Looks, Scene

SCRAPES_S = (1.0, 5.0, 15.0, 30.0)
OFTEN_AND_SELDOM_S = (1.0, 15.0)
WATCHED_S = 200.0
"""So long a release goes on behind the damage."""

Chance = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is drawn anew for each release."""

    name: str
    scrape_s: float
    draw: Callable[[Chance], Scene]
    """Its first hit is the damage, where there is any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of a world's releases."""

    world: World
    delays_s: Floats
    """From the first hit to the rollback; infinite: never."""
    gross: int
    """Releases that were rolled back for gross damage."""
    by_blocks: int
    """Releases that the blocks rolled back."""


def found(world: World, *, count: int, seed: int) -> Found:
    """Draw so many releases and look at each, at another phase of the looks."""
    delays_s, whys = [], []
    for at in range(count):
        chance = np.random.default_rng([crc32(world.name.encode()), seed, at])
        scene = world.draw(chance)
        looks = Looks(Drawn(scene, chance))
        at_s, why = looks.decided(phase_s=float(chance.uniform(0, scene.looks_s)))
        delays_s.append(at_s - scene.hits[0].from_s)
        whys.append(why)
    gross, by_blocks = (whys.count(each) for each in ("gross", "keys"))
    return Found(world=world, delays_s=np.asarray(delays_s), gross=gross, by_blocks=by_blocks)


def damages() -> Iterator[World]:
    """A hundred requests a second a version, of which the canary's begin to fail or to take long."""
    hits = {
        "+20pp": Hit(errors=0.2),
        "+50pp": Hit(errors=0.5),
        "x3 latency": Hit(latency_times=3.0),
    }
    for scrape_s in SCRAPES_S:
        for name, hit in hits.items():
            yield World(
                name=f"{name}, scraped every {scrape_s:g} s",
                scrape_s=scrape_s,
                draw=lambda chance, scrape_s=scrape_s, hit=hit: _damaged(chance, scrape_s, hit),  # type: ignore[misc]
            )


def _damaged(chance: Chance, scrape_s: float, hit: Hit) -> Scene:
    at_s = float(chance.uniform(120, 120 + 5 * scrape_s))
    own = replace(hit, from_s=at_s, until_s=inf, stable=False)
    return Scene(scrape_s=scrape_s, looks_s=1.0, stage_s=at_s + WATCHED_S, hits=(own,))


def lookalikes() -> Iterator[World]:
    """Healthy canaries beside outages, blips and restarts."""
    for scrape_s in OFTEN_AND_SELDOM_S:
        for name, draw in _LOOKALIKES.items():
            yield World(
                name=f"{name}, scraped every {scrape_s:g} s",
                scrape_s=scrape_s,
                draw=lambda chance, scrape_s=scrape_s, draw=draw: replace(  # type: ignore[misc]
                    draw(chance), scrape_s=scrape_s, looks_s=float(chance.choice([1, 5]))
                ),
            )


def _outage(chance: Chance) -> Scene:
    """Both versions, for a second or two minutes, any depth, any weight, any traffic."""
    at_s = float(chance.uniform(40, 150))
    hit = Hit(
        from_s=at_s,
        until_s=at_s + float(chance.choice([1, 2, 3, 5, 8, 15, 30, 60, 120])),
        errors=float(chance.choice([0.1, 0.3, 0.5, 0.9])),
        latency_times=float(chance.choice([1, 2, 4])),
        traffic_times=float(chance.choice([0.3, 1, 1, 3])),
    )
    return Scene(
        rps=float(chance.choice([20, 200, 1000])),
        weights=(int(chance.choice([5, 25, 50])),),
        stage_s=330,
        hits=(hit,),
    )


def _two_pods(chance: Chance) -> Scene:
    return replace(_outage(chance), canary_pods=2)


def _uneven(chance: Chance) -> Scene:
    """Pods that an outage hits unevenly."""
    return replace(_outage(chance), pod_errors=tuple(np.exp(chance.normal(0, 0.3, 5)).tolist()))


def _unscraped(chance: Chance) -> Scene:
    """Scrapes of half of stable's pods, or of the canary's, fail while it lasts."""
    scene = _outage(chance)
    hit, pods = scene.hits[0], (0, 1) if chance.random() < 0.5 else (4,)
    return replace(scene, unscraped=tuple((pod, hit.from_s, hit.until_s) for pod in pods))


def _exported(chance: Chance) -> Scene:
    """Counters that move every ten or thirty seconds only."""
    return replace(_outage(chance), export_s=float(chance.choice([10, 30])))


def _start_blips(chance: Chance) -> Scene:
    """For up to three seconds behind each new weight most of the canary's requests fail."""
    return Scene(
        rps=float(chance.choice([50, 200, 1000])),
        weights=(5, 25, 50),
        stage_s=120,
        hits=tuple(_blip(chance, 120.0 * stage + float(chance.uniform(0, 8)), 3.0) for stage in range(3)),
    )


def _blips(chance: Chance) -> Scene:
    """Once in a minute the canary alone fails, for a second at most."""
    times = (60.0 * minute + float(chance.uniform(0, 55)) for minute in range(1, 5))
    return Scene(stage_s=330, hits=tuple(_blip(chance, at_s, 1.0) for at_s in times))


def _blip(chance: Chance, at_s: float, longest_s: float) -> Hit:
    return Hit(
        from_s=at_s,
        until_s=at_s + float(chance.uniform(0.1, longest_s)),
        errors=float(chance.uniform(0.3, 1)),
        stable=False,
    )


def _restarts(chance: Chance) -> Scene:
    """Pods of both versions begin anew; the canary's fail up to a second before."""
    times = tuple((int(chance.integers(0, 5)), float(chance.uniform(30, 320))) for _ in range(6))
    hits = tuple(
        Hit(from_s=at_s - float(chance.uniform(0.1, 1)), until_s=at_s, errors=0.9, stable=False)
        for pod, at_s in times
        if pod == 4
    )
    return replace(_outage(chance), restarts=times, hits=hits or (Hit(until_s=0.0),))


def _restarts_in_an_outage(chance: Chance) -> Scene:
    scene, beside = _outage(chance), _restarts(chance)
    return replace(scene, restarts=beside.restarts, hits=(*scene.hits, *beside.hits))


_LOOKALIKES: dict[str, Callable[[Chance], Scene]] = {
    "outage": _outage,
    "outage, two canary pods": _two_pods,
    "outage, uneven pods": _uneven,
    "outage, scrapes fail": _unscraped,
    "outage, counters move seldom": _exported,
    "blips behind new weights": _start_blips,
    "blips of a second": _blips,
    "restarts": _restarts,
    "restarts in an outage": _restarts_in_an_outage,
}
