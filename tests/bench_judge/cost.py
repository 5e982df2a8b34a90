"""What the judge itself costs: processor time of a tick, and the size of what it keeps, over a day."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from itertools import cycle, islice
from time import process_time

import msgspec
import numpy as np

from console.evidence import Counts
from console.judge.keys.blocks import Tick
from console.judge.keys.judge import KeysState, take, verdict
from tests.bench_judge.one_release import begin_release, counts_of
from tests.bench_judge.releases import WARM_UP_TICKS, Releases, Seen, simulate
from tests.bench_judge.worlds import TICK_S, Case

_HOUR = 3600 // TICK_S
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was measured."""

    tick_us: float
    growth: float
    """Bytes of the state after 24 hours by those after one."""


def measure(*, seed: int) -> Cost:
    """Let a day of ticks in, one verdict after each."""
    releases = simulate(Case(), count=1, rng=np.random.default_rng(seed))
    seen = list(zip(_ticks(releases, releases.stable), _ticks(releases, releases.canary), strict=True))
    bounds_ms = releases.case.world.bounds_ms
    ticks = [
        Tick(at_s=TICK_S * at, span_s=TICK_S, weight=25, bounds_ms=bounds_ms, stable=stable, canary=canary)
        for at, (stable, canary) in enumerate(islice(cycle(seen), _DAY), start=1)
    ]
    state = begin_release(releases, 0, planned_blocks=160)
    gc.collect()
    began_s = process_time()
    state = _through(state, ticks[:_HOUR])
    hour = len(msgspec.json.encode(state))
    state = _through(state, ticks[_HOUR:])
    spent_s = process_time() - began_s
    return Cost(tick_us=1e6 * spent_s / _DAY, growth=len(msgspec.json.encode(state)) / hour)


def _through(state: KeysState, ticks: list[Tick]) -> KeysState:
    for tick in ticks:
        state = take(state, tick)
        verdict(state, at_s=tick.at_s)
    return state


def _ticks(releases: Releases, seen: Seen) -> list[Counts]:
    """Give one version's counts of the third stage, tick by tick."""
    start = WARM_UP_TICKS + 2 * releases.case.stages.stage_s // TICK_S
    bounds_ms = releases.case.world.bounds_ms
    ticks = range(start, start + releases.case.stages.stage_s // TICK_S)
    return [counts_of(seen, (0, at), bounds_ms=bounds_ms) for at in ticks]
