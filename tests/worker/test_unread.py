"""A router that can't be read is an obstacle: nothing leads forward past it, and a rollback still goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.command import Command
from console.errors import ClusterError, Denied, ExitCode, NotAsPlanned, NotFound, NotServed, Unreachable
from console.host.control import Ask
from console.policy.explain import explain
from console.policy.headline import Tone
from console.policy.permit import refusal
from console.release import events as ev
from console.release.obstacles import Kind, obstacles
from tests.releases import ANA, counts, guard, plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import EPOCH, Stand

CAUSES = (
    (NotFound('virtualservices "checkout" not found'), ev.Unread.GONE, "deleted or renamed"),
    (NotServed("the kind is not known"), ev.Unread.GONE, "deleted or renamed"),
    (NotAsPlanned("route number 1 lacks the plan's canary"), ev.Unread.CHANGED, "its route is another now"),
    (Denied("ana cannot get virtualservices"), ev.Unread.FORBIDDEN, "forbidden"),
    (Unreachable("no route to host"), ev.Unread.UNREACHABLE, "unreachable"),
    (ClusterError("answered 418"), ev.Unread.UNUSABLE, "the answer says nothing of it"),
)


def unreadable(stand: Stand, error: ClusterError, *, from_s: float, to_s: float = 1e9) -> None:
    """Let no read succeed for a while."""
    loop = asyncio.get_running_loop()
    stand.router.before_read = lambda: error if from_s <= loop.time() < to_s else None


async def run_for(stand: Stand, for_s: float) -> None:
    with pytest.raises(TimeoutError):
        await stand.run(for_s=for_s)


@pytest.mark.parametrize(("error", "cause", "words"), CAUSES, ids=[type(each[0]).__name__ for each in CAUSES])
@virtually
async def test_three_looks_in_vain_are_the_headline_with_the_reason(
    tmp_path: Path, error: ClusterError, cause: ev.Unread, words: str
) -> None:
    stand = Stand(tmp_path)
    unreadable(stand, error, from_s=2.5)
    await run_for(stand, 5.5)
    assert stand.all_of(ev.RouterUnread) == [ev.RouterUnread(cause=cause, why=error.with_hint)]
    assert obstacles(stand.worker.release)[0].kind is Kind.UNREAD
    line = explain(stand.worker.release, now=EPOCH + 5.5)
    assert (line.tone, line.word) == (Tone.ALARM, "HOLDING")
    assert line.text.startswith(f"the router has not been read for 2s (3 looks), {words}")
    assert str(error) in line.text
    assert "no step forward; R rolls back; back to v1 in " in line.text


@virtually
async def test_the_holds_clock_stands_while_the_router_is_not_read(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    unreadable(stand, NotFound("it is gone"), from_s=2.5)
    await run_for(stand, 300.0)
    assert stand.worker.release.index == 0
    assert stand.worker.release.held_s <= 5.0
    assert stand.router.weight == 10


@virtually
async def test_the_patience_ends_it_as_the_plan_says(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    unreadable(stand, Denied("get is forbidden"), from_s=2.5, to_s=50.0)
    assert await stand.run() == ExitCode.HELD
    assert stand.router.weight == 0
    (decided,) = stand.all_of(ev.RollbackDecided)
    assert isinstance(decided, ev.RollbackDecided)
    assert "the router has not been read" in decided.reason


@virtually
async def test_guards_watch_on_meanwhile_and_roll_back(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    unreadable(stand, Unreachable("no route to host"), from_s=2.5, to_s=20.0)
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 10 else 0)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    (decided_at,) = stand.times_of(ev.RollbackDecided)
    assert decided_at < 13.0


@virtually
async def test_it_goes_on_once_the_router_is_read_again(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    unreadable(stand, Unreachable("no route to host"), from_s=2.5, to_s=12.5)
    assert await stand.run() == ExitCode.PROMOTED
    assert len(stand.all_of(ev.RouterUnread)) == len(stand.all_of(ev.RouterReadAgain)) == 1


@virtually
async def test_a_look_that_fails_once_delays_nothing_but_is_on_record(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    unreadable(stand, Unreachable("a blip"), from_s=3.5, to_s=4.5)
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.times_of(ev.RouterUnread) == [4.0]
    assert stand.times_of(ev.RouterReadAgain) == [5.0]
    assert stand.times_of(ev.StageEntered)[1] == 10.0


@virtually
async def test_another_cause_is_told_too(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    loop = asyncio.get_running_loop()

    def trouble() -> ClusterError | None:
        if loop.time() < 2.5:
            return None
        return Unreachable("no route") if loop.time() < 4.5 else Denied("forbidden")

    stand.router.before_read = trouble
    await run_for(stand, 8.5)
    told = stand.all_of(ev.RouterUnread)
    assert [each.cause for each in told if isinstance(each, ev.RouterUnread)] == ["unreachable", "forbidden"]
    assert stand.worker.release.unread is not None
    assert stand.worker.release.unread.since == EPOCH + 3.0


@virtually
async def test_the_last_stage_is_no_promotion_without_a_read_in_its_last_tick(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(60, guard(), hold_s=3.0)))
    unreadable(stand, NotFound("it is gone"), from_s=2.5, to_s=4.5)
    assert await stand.run() == ExitCode.PROMOTED
    (ended_at,) = stand.times_of(ev.ReleaseEnded)
    assert ended_at == 5.0


@virtually
async def test_a_persons_promotion_of_the_last_stage_waits_for_a_look_at_the_router(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(100, guard(), hold_s=600.0)))
    loop = asyncio.get_running_loop()
    unreadable(stand, NotFound("it is gone"), from_s=4.2, to_s=6.5)
    loop.call_later(4.5, lambda: stand.worker.take(Ask(command=Command.PROMOTE, person=ANA)))
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.times_of(ev.PromotionAsked) == [4.5]
    assert stand.times_of(ev.ReleaseEnded) == [7.0]


@virtually
async def test_no_person_promotes_what_is_not_read(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    unreadable(stand, NotFound("it is gone"), from_s=2.5)
    await run_for(stand, 6.5)
    assert "holding: the router has not been read" in refusal(
        stand.worker.release, Command.PROMOTE, now=EPOCH + 6.5
    )


@virtually
async def test_a_rollback_goes_while_the_router_can_not_be_read(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    loop = asyncio.get_running_loop()
    unreadable(stand, Denied("get is forbidden"), from_s=2.5, to_s=20.5)
    loop.call_later(10.0, lambda: stand.worker.take(Ask(command=Command.ROLL_BACK, person=ANA)))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1] == (10.0, 0)
