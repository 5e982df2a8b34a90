"""Releases in virtual time under everything that can go wrong, told by a worker: one a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path

from msgspec.structs import replace

from console.errors import EvidenceError, Unreachable
from console.evidence import Counts
from console.host.control import Ask
from console.plan.model import Judge, Metric, Plan, Rule, Then
from console.policy.permit import Command
from console.release import events as ev
from tests.releases import ANA, counts, guard, plan, stage
from tests.virtual_time import VirtualTimeLoop
from tests.worker.ports import Stand

LONGEST_S = 600.0


def random_release(seed: int, folder: Path) -> list[ev.Record]:
    """Let one release run to its end, or as long as it may, and give its records."""
    folder.mkdir(exist_ok=True, parents=True)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_run(random.Random(seed), folder))


async def _run(chance: random.Random, folder: Path) -> list[ev.Record]:
    stand = Stand(folder, random_plan(chance), attended=chance.random() < 0.5)
    _trouble_the_router(stand, chance)
    _trouble_the_canary(stand, chance)
    people = asyncio.ensure_future(_people(stand, chance))
    with contextlib.suppress(TimeoutError):  # a paused release that nobody takes up again
        await stand.run(for_s=LONGEST_S)
    people.cancel()
    return stand.records


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
    return replace(of, judge=Judge(block_s=2.0)) if chance.random() < 0.3 else of


def _trouble_the_router(stand: Stand, chance: random.Random) -> None:
    rate = chance.choice([0.0, 0.0, 0.1, 0.5])

    def before(_weight: int) -> Exception | float | None:
        if chance.random() < rate:
            return Unreachable("connection refused")
        return chance.choice([None, 0.004, 0.3, 2.5])

    def after(_weight: int) -> Exception | None:
        return Unreachable("the answer was lost") if chance.random() < rate / 2 else None

    stand.router.before_write, stand.router.after_write = before, after
    stand.router.before_read = lambda: (
        Unreachable("no route") if chance.random() < rate / 2 else chance.choice([None, 0.01])
    )


def _trouble_the_canary(stand: Stand, chance: random.Random) -> None:
    bad_from, bad_to = sorted(chance.randint(0, 90) for _ in range(2))
    kind = chance.choice(["errors", "slow", "quiet", "blind", "hang", "well", "well"])

    def look(tick: int) -> Counts | float | Exception:
        if chance.random() < 0.02:
            return EvidenceError("Prometheus does not answer")
        requests = float(chance.randint(60, 140))
        if not bad_from <= tick <= bad_to or kind == "well":
            return counts(requests)
        answers: dict[str, Counts | float | Exception] = {
            "errors": counts(requests, errors=round(requests * chance.choice([0.04, 0.15, 0.5]))),
            "slow": counts(requests, slow=requests / 4),
            "quiet": counts(2),
            "blind": EvidenceError("Prometheus does not answer"),
            "hang": chance.choice([0.2, 5.0]),
        }
        return answers[kind]

    stand.source.of = look


async def _people(stand: Stand, chance: random.Random) -> None:
    busy = chance.random() < 0.5
    while True:
        await asyncio.sleep(chance.uniform(1.0, 20.0 if busy else 120.0))
        if chance.random() < 0.15:
            stand.router.set(chance.choice([0, 10, 33, 50]), by="kubectl")
            continue
        often = [Command.RESUME, Command.APPROVE, Command.PROMOTE, Command.PAUSE]
        command = chance.choice([*often, *often, *often, Command.ROLL_BACK])
        reason = chance.choice(["", "enough"])
        ask = Ask(command=command, person=ANA, reason=reason, read_only=chance.random() < 0.1)
        stand.worker.take(ask)
