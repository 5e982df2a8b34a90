"""Webhooks that take their time stop no step, and nothing that hangs delays a rollback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from console.command import Command
from console.errors import ExitCode, Unreachable
from console.host.control import Ask
from console.release import events as ev
from tests.releases import ANA, plan
from tests.virtual_time import virtually
from tests.worker.ports import Stand

ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA)


def nth(*, first: float | None, then: float | None) -> Callable[[int], float | None]:
    """Let the first write take one time, and the others another."""
    sent: list[int] = []

    def takes(weight: int) -> float | None:
        sent.append(weight)
        return first if len(sent) == 1 else then

    return takes


@pytest.mark.parametrize("webhook_s", [3.0, 9.5, 29.0])
@virtually
async def test_a_webhook_inside_its_own_time_limit_stops_no_step(tmp_path: Path, webhook_s: float) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.before_write = lambda _weight: webhook_s
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.all_of(ev.WriteFailed) == []
    assert [weight for _at, weight in stand.router.written] == [10, 50, 100]


@virtually
async def test_a_slow_step_delays_no_rollback_and_does_not_stay(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.before_write = lambda weight: 25.0 if weight else None
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[0] == (4.0, 0)
    assert stand.router.weight == 0


@virtually
async def test_a_step_on_a_connection_that_died_in_silence_is_sent_once_more(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.before_write = nth(first=3600.0, then=None)
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.router.written[0][0] <= 2.1
    assert stand.all_of(ev.WriteFailed) == []


@virtually
async def test_a_step_is_given_up_within_seconds_where_the_api_server_answers_nothing(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    loop = asyncio.get_running_loop()
    stand.router.before_write = lambda _weight: 3600.0 if loop.time() < 30.0 else None
    stand.router.before_read = lambda: Unreachable("no answer") if 0.5 < loop.time() < 30.0 else None
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.times_of(ev.WriteFailed)[0] <= 4.1


@virtually
async def test_a_rollback_gets_through_a_webhook_that_takes_its_time(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.before_write = lambda weight: None if weight else 14.0
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1][0] == 18.0
