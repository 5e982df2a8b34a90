"""Releases in virtual time under everything that can go wrong, told by a worker: one a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path

from msgspec.structs import replace

from console.command import Command
from console.errors import EvidenceError, Unreachable
from console.evidence import Counts, Look, Sample
from console.host.control import Ask
from console.plan.model import (
    Alone,
    Judge,
    LowTraffic,
    Metric,
    OnSharedBreach,
    Plan,
    Rule,
    Slo,
    Then,
)
from console.release import events as ev
from tests.releases import ANA, BOUNDS_MS, counts, guard, plan, stage
from tests.virtual_time import VirtualTimeLoop
from tests.worker.ports import Stand, ToyRouter, World

LONGEST_S = 600.0
JUDGED = 0.4
"""So many of the plans have a judge."""
KILLED = 0.15
"""So many of the workers die, and another one goes on."""
BUSINESS = {"baskets": 'sum(rate(baskets_total{version="{{version}}"}[1m]))'}
EVENTS = {"orders": 'orders_total{version="{{version}}"}'}


def random_release(seed: int, folder: Path) -> list[ev.Record]:
    """Let one release run to its end, or as long as it may, and give its records."""
    folder.mkdir(exist_ok=True, parents=True)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_run(random.Random(seed), folder))


async def _run(chance: random.Random, folder: Path) -> list[ev.Record]:
    of, attended = random_plan(chance), chance.random() < 0.5
    world = World()
    _trouble_the_router(world.router, chance)
    _trouble_the_canary(world, chance)
    records: list[ev.Record] = []
    for lives_s in (chance.uniform(5.0, 60.0), LONGEST_S) if chance.random() < KILLED else (LONGEST_S,):
        stand = Stand(folder, of, attended=attended, world=world)
        people = asyncio.ensure_future(_people(stand, chance))
        with contextlib.suppress(TimeoutError):  # a death, or a paused release that nobody takes up again
            await stand.run(for_s=lives_s)
        people.cancel()
        await _end_what_is_left()
        records += stand.records
        if any(isinstance(record.event, ev.ReleaseEnded) for record in stand.records):
            break
    return records


async def _end_what_is_left() -> None:
    """Let nothing of a worker outlive it."""
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def random_plan(chance: random.Random) -> Plan:
    guards = [
        guard(
            limit=chance.choice([0.02, 0.05, 0.2]),
            window_s=chance.choice([3.0, 10.0]),
            for_s=chance.choice([0.0, 2.0, 5.0]),
            then=chance.choice(list(Then)),
            name="errors",
        ),
        guard(Metric.P99, Rule.MAX_RATIO, 2.0, for_s=chance.choice([0.0, 3.0]), name="slow"),
        guard(rule=Rule.MAX_INCREASE, limit=0.03, window_s=5.0, name="worse"),
        guard("baskets", Rule.MIN, 3.0, window_s=5.0, name="baskets"),
    ]
    weights = sorted(chance.sample([1, 5, 10, 25, 50, 100], k=chance.randint(1, 4)))
    stages = [
        stage(
            weight,
            *chance.sample(guards, k=chance.randint(1, 3)),
            hold_s=chance.choice([3.0, 8.0, 20.0]),
            min_requests=chance.choice([0, 0, 2000]),
            approve=chance.random() < 0.15,
        )
        for weight in weights
    ]
    of = plan(
        *stages,
        interval_s=chance.choice([1.0, 1.0, 2.0]),
        patience_s=chance.choice([12.0, 30.0]),
        after_patience=chance.choice(list(Then)),
    )
    of = replace(of, metrics=replace(of.metrics, business=BUSINESS, events=chance.choice([{}, EVENTS])))
    judged = chance.random() < JUDGED
    # Two keys want more evidence than a limit, and so more time for it.
    return replace(of, judge=_random_judge(chance), patience_s=4 * of.patience_s) if judged else of


def _random_judge(chance: random.Random) -> Judge:
    return Judge(
        slo=Slo(error_rate=0.05),
        tolerate=chance.choice([0.001, 0.02]),
        block_s=2.0,
        low_traffic=chance.choice(list(LowTraffic)),
        on_shared_breach=chance.choice(list(OnSharedBreach)),
        alone=chance.choice(list(Alone)),
    )


def _trouble_the_router(router: ToyRouter, chance: random.Random) -> None:
    rate = chance.choice([0.0, 0.0, 0.1, 0.5])

    def before(_weight: int) -> Exception | float | None:
        if chance.random() < rate:
            return Unreachable("connection refused")
        return chance.choice([None, 0.004, 0.3, 2.5])

    def after(_weight: int) -> Exception | None:
        return Unreachable("the answer was lost") if chance.random() < rate / 2 else None

    router.before_write, router.after_write = before, after
    router.before_read = lambda: (
        Unreachable("no route") if chance.random() < rate / 2 else chance.choice([None, 0.01])
    )


def _trouble_the_canary(world: World, chance: random.Random) -> None:
    bad_from, bad_to = sorted(chance.randint(0, 90) for _ in range(2))
    kind = chance.choice(
        ["errors", "slow", "quiet", "blind", "hang", "shared", "shared", "shared", "unsold", "well"]
    )

    def look(tick: int) -> Sample | float | Exception:
        if chance.random() < 0.02:
            return EvidenceError("Prometheus does not answer")
        trouble = kind if bad_from <= tick <= bad_to else "well"
        if trouble == "blind":
            return EvidenceError("Prometheus does not answer")
        if trouble == "hang":
            return chance.choice([0.2, 5.0])
        return _seen(trouble, chance, sent=world.router.weight > 0)

    world.source.of = look


def _seen(trouble: str, chance: random.Random, *, sent: bool) -> Sample:
    """Give what is seen of both versions; the canary's requests are as many at every weight above zero."""
    share = chance.choice([0.04, 0.15, 0.5])
    requests = 0.0 if not sent else 2.0 if trouble == "quiet" else float(chance.randint(60, 140))
    canary = counts(
        requests,
        errors=round(requests * share) if trouble in ("errors", "shared") else 0.0,
        slow=requests / 4 if trouble == "slow" else 0.0,
    )
    stable = counts(1000, errors=round(1000 * share) if trouble == "shared" else 0.0)
    return Sample(
        span_s=1.0,
        bounds_ms=BOUNDS_MS,
        stable=_look(stable, chance, sold=0.3),
        canary=_look(canary, chance, sold=0.1 if trouble == "unsold" else 0.3),
    )


def _look(seen: Counts, chance: random.Random, *, sold: float) -> Look:
    orders = sum(chance.random() < sold for _ in range(int(seen.requests)))
    return Look(counts=seen, events={"orders": float(orders)}, business={"baskets": 100 * sold / 5})


async def _people(stand: Stand, chance: random.Random) -> None:
    busy = chance.random() < 0.5
    while True:
        await asyncio.sleep(chance.uniform(1.0, 20.0 if busy else 120.0))
        if chance.random() < 0.15:
            stand.router.set(chance.choice([0, 10, 33, 50]), by="kubectl")
            continue
        often = [Command.RESUME, Command.APPROVE, Command.PROMOTE, Command.PAUSE]
        seldom = [Command.ROLL_BACK, Command.OVERRIDE, Command.OVERRIDE, Command.ADVANCE_BLIND]
        command = chance.choice([*often, *often, *often, *seldom])
        reason = chance.choice(["", "enough"])
        ask = Ask(command=command, person=ANA, reason=reason, read_only=chance.random() < 0.1)
        stand.worker.take(ask)
