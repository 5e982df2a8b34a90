"""What each rule of a plan is worth: how many healthy releases it would roll back.

Every stage of many healthy releases is walked to its end, whatever the rules say on the way, so that each
rule is judged as if it were alone.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from random import Random

import msgspec
from msgspec import Struct

from console.backtest.bench import Bench, bench_of
from console.backtest.healthy import HealthyRelease
from console.backtest.source_history import terms_before
from console.backtest.window import Window
from console.evidence import History
from console.judge.guard import read_guard
from console.judge.memory import watched
from console.judge.reading import Reading
from console.judge.registry import judge_named
from console.judge.value import QUANTILES, Restarts, is_traffic
from console.plan.judges import RULES
from console.plan.model import Guard, Plan, Stage, Then

TICKS, TICKS_JUDGED = 60_000, 15_000
"""So many ticks take a few seconds: with guards alone, and where the plan has a judge."""
FEWEST, MOST = 8, 400
LONGEST_WALKS = 4
"""A release that takes more than this part of those ticks is not walked to the end of its stages: a hold of a
month would take an hour."""


class RuleFalseAlarms(Struct, frozen=True, kw_only=True):
    """What was seen of one rule."""

    guard: Guard
    acted: int
    """Releases in which it would have rolled back, or held."""
    most_requests: float
    """The most that one of its windows held."""

    @property
    def blind(self) -> bool:
        """Whether it never had enough requests to say anything."""
        return self.most_requests < self.guard.min_requests


class FalseAlarms(Struct, frozen=True, kw_only=True):
    """What was seen of a plan's rules over healthy releases."""

    releases: int
    walked: float
    """How much of each stage, ratio: less than 1 where the plan takes very long."""
    rolled_back: int
    """By any rule."""
    rules: tuple[RuleFalseAlarms, ...]
    """Those that watch traffic, in the plan's order."""
    judge: int | None = None
    """Releases that the plan's judge would have rolled back; None where the plan has none."""
    chosen: bool = False
    """Whether nobody said how many to draw."""


def count_false_alarms(
    plan: Plan,
    history: History,
    *,
    releases: int | None = None,
    walked: Callable[[int, int], None] = lambda _done, _of: None,
) -> FalseAlarms:
    """Draw healthy releases out of stable's past, and count what the plan's rules make of them.

    The same plan and past give the same answer. `walked` is told how many of how many are done.
    """
    wanted = releases or releases_within(plan)
    seed = zlib.crc32(msgspec.json.encode(plan))
    rules = {guard.name: _Seen(guard) for guard in traffic_rules(plan)}
    judges = plan.judge_kind != RULES
    latency = judges or any(guard.metric in QUANTILES for guard in traffic_rules(plan))
    terms = terms_before(plan, history, begin=len(history.minutes))
    rolled_back = judged = 0
    share = walked_share(plan)
    for number in range(wanted):
        release = HealthyRelease(history, chance=Random(seed + number), latency=latency)
        bench = bench_of(plan, terms)
        acted = _walk(plan, release, rules, bench, share=share)
        turned = bench is not None and bench.turned
        judged += turned
        rolled_back += turned or any(rules[name].guard.then is Then.ROLLBACK for name in acted)
        walked(number + 1, wanted)
    return FalseAlarms(
        releases=wanted,
        walked=share,
        rolled_back=rolled_back,
        rules=tuple(seen.alarms() for seen in rules.values()),
        judge=judged if judges else None,
        chosen=releases is None,
    )


def releases_within(plan: Plan) -> int:
    """Choose how many releases to draw, so that it takes a few seconds."""
    share = walked_share(plan)
    ticks = sum(_ticks(stage, plan, share) for stage in plan.stages)
    return min(max(_budget(plan) // ticks, FEWEST), MOST)


def walked_share(plan: Plan) -> float:
    """Choose how much of each stage is walked, ratio."""
    return min(1.0, _budget(plan) / LONGEST_WALKS / sum(_ticks(stage, plan, 1.0) for stage in plan.stages))


def _budget(plan: Plan) -> int:
    return TICKS_JUDGED if judge_named(plan.judge_kind).wants_past else TICKS


def traffic_rules(plan: Plan) -> tuple[Guard, ...]:
    """Give every guard of the plan that watches requests, once each."""
    guards = {guard.name: guard for stage in plan.stages for guard in stage.guards}
    return tuple(guard for guard in guards.values() if is_traffic(guard.metric))


class _Seen:
    """One rule, and what was seen of it so far."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._acted = 0
        self._most_requests = 0.0

    def take(self, readings: list[Reading]) -> bool:
        """Take its readings of one release in; tells whether it acted."""
        acted = any(reading.ripe for reading in readings)
        self._acted += acted
        self._most_requests = max(self._most_requests, *(each.requests for each in readings), 0.0)
        return acted

    def alarms(self) -> RuleFalseAlarms:
        return RuleFalseAlarms(guard=self.guard, acted=self._acted, most_requests=self._most_requests)


def _walk(
    plan: Plan,
    release: HealthyRelease,
    rules: dict[str, _Seen],
    bench: Bench | None,
    *,
    share: float,
) -> set[str]:
    """Walk one release, that share of each stage, and give the names of the rules that acted."""
    readings: dict[str, list[Reading]] = {name: [] for name in rules}
    for stage in plan.stages:
        for reading in _readings(plan, stage, release, bench, share=share):
            readings[reading.guard].append(reading)
    return {name for name, seen in rules.items() if seen.take(readings[name])}


def _readings(
    plan: Plan, stage: Stage, release: HealthyRelease, bench: Bench | None, *, share: float
) -> Iterator[Reading]:
    """Read the stage's rules at every tick of it, as `judge.memory` does, and let the judge look too."""
    guards = [guard for guard in watched(stage) if is_traffic(guard.metric)]
    windows = {guard.window_s: Window(guard.window_s) for guard in guards}
    before: dict[str, Reading] = {}
    for tick in range(_ticks(stage, plan, share)):
        at = tick * plan.interval_s
        sample = release.sample(weight=stage.weight, span_s=plan.interval_s)
        if bench is not None:
            bench.take(sample, weight=stage.weight)
        tallies = {span_s: window.add(at, sample) for span_s, window in windows.items()}
        for guard in guards:
            before[guard.name] = read_guard(
                guard,
                samples=(sample,),
                tally=tallies[guard.window_s],
                restarts=Restarts(),
                before=before.get(guard.name),
                at=at,
                gap_s=plan.interval_s if tick else 0.0,
            )
            yield before[guard.name]


def _ticks(stage: Stage, plan: Plan, share: float) -> int:
    return max(1, math.ceil(share * stage.hold_s / plan.interval_s))
