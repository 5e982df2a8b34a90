"""Which commands the worker takes, beside what the release's state says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from console.command import ANSWERABLE, LONGEST_REASON, Command
from console.errors import ExitCode
from console.host.control import Ask
from console.policy.permit import event_for
from console.release import events as ev
from tests.releases import ANA, plan
from tests.virtual_time import virtually
from tests.worker.ports import Stand

if TYPE_CHECKING:
    from pathlib import Path


def ask_at(stand: Stand, *asks: Ask, at_s: float = 2.5) -> None:
    for ask in asks:
        asyncio.get_running_loop().call_later(at_s, stand.worker.take, ask)


def refusals(stand: Stand) -> list[tuple[str, str]]:
    refused = [event for event in stand.all_of(ev.CommandRefused) if isinstance(event, ev.CommandRefused)]
    return [(event.command, event.why) for event in refused]


@pytest.fixture
def strict(tmp_path: Path) -> Stand:
    return Stand(tmp_path, replace(plan(), reasons=ANSWERABLE))


@virtually
async def test_a_command_without_the_reason_that_the_plan_wants_is_refused(strict: Stand) -> None:
    ask_at(strict, Ask(command=Command.PAUSE, person=ANA, reason="  "))
    assert await strict.run() == ExitCode.PROMOTED
    assert refusals(strict) == [("pause", "it is taken with a reason only")]


@virtually
async def test_a_reason_is_on_record_as_one_harmless_line(strict: Stand) -> None:
    reason = f" lunch\n\x1b[31m{'x' * LONGEST_REASON}"
    ask_at(strict, Ask(command=Command.PROMOTE, person=ANA, reason=reason))
    await strict.run()
    (asked,) = strict.all_of(ev.PromotionAsked)
    assert isinstance(asked, ev.PromotionAsked)
    assert asked.reason.startswith("lunch\\n\\x1b[31mxxx")
    assert asked.reason.isprintable()


@virtually
async def test_a_rollback_never_waits_for_a_reason(strict: Stand) -> None:
    ask_at(strict, Ask(command=Command.ROLL_BACK, person=ANA))
    assert await strict.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert refusals(strict) == []


@virtually
async def test_a_read_only_viewer_is_refused_whatever_it_asks_and_on_record(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.world.account = "ana@example.com"
    ask_at(stand, *(Ask(command=command, person=ANA, read_only=True) for command in Command))
    assert await stand.run() == ExitCode.PROMOTED
    why = "this viewer may only look: it is read-only"
    assert sorted(refusals(stand)) == sorted((command, why) for command in Command)
    refused = [event for event in stand.all_of(ev.CommandRefused) if isinstance(event, ev.CommandRefused)]
    assert {event.person for event in refused} == {replace(ANA, account="ana@example.com")}


@pytest.mark.parametrize("command", Command)
def test_every_command_is_on_record_with_who_and_why(command: Command) -> None:
    told = msgspec.to_builtins(event_for(command, ANA, reason="pager"))
    assert (told["person"], told["reason"]) == (msgspec.to_builtins(ANA), "pager")
