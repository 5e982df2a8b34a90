from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.cluster.holder import Holder
from console.command import Command
from console.errors import ExitCode, Unreachable
from console.host.control import Ask
from console.host.order import TakeOver
from console.policy.explain import explain
from console.release import events as ev
from tests.releases import ANA, counts, plan, stage
from tests.virtual_time import virtually
from tests.worker.leases import ToyLease, taken
from tests.worker.ports import EPOCH, Stand

ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA, reason="pager")
BOB = Holder(identity="bob@laptop/checkout-9/0b", held_s=180.0, renewed_s=2.0)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def cut_off(stand: Stand) -> None:
    """Let the lease run out: it can't be renewed, and nobody has taken it."""
    stand.lease.certainly = False
    stand.lease.trouble = Unreachable("no route to host")


def take_away(stand: Stand, *, and_write: bool = False) -> None:
    stand.lease.certainly = False
    stand.lease.trouble = taken()
    if and_write:
        stand.router.driver = "bob@laptop (release checkout-9)"
        stand.router.driven_at = EPOCH + asyncio.get_running_loop().time()
        stand.router.set(30, by="pithead")


@virtually
async def test_a_second_run_is_refused_with_who_drives(stand: Stand) -> None:
    stand.lease.trouble = taken()
    assert await stand.run() == ExitCode.PREFLIGHT_FAILED
    assert stand.router.written == []
    end = stand.worker.release.end
    assert end is not None
    assert "bob@laptop, for 3m" in end.reason


@virtually
async def test_the_lease_is_got_before_the_first_write_and_let_go_of_at_the_end(stand: Stand) -> None:
    held: list[bool] = []
    stand.router.before_write = lambda _weight: held.append(bool(stand.all_of(ev.LeaseHeld)))
    assert await stand.run() == ExitCode.PROMOTED
    assert held == [True] * 3
    assert (stand.lease.released, stand.router.signed_off) == (True, True)


@virtually
async def test_nothing_goes_forward_while_the_lease_cannot_be_renewed(stand: Stand) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(5.0, lambda: cut_off(stand))
    with pytest.raises(TimeoutError):
        await stand.run(for_s=25.0)
    assert [weight for _at, weight in stand.router.written] == [10]
    (lost,) = stand.all_of(ev.LeaseLost)
    assert isinstance(lost, ev.LeaseLost)
    assert (lost.by, "no route to host" in lost.why) == ("", True)


@virtually
async def test_a_lease_that_is_there_again_lets_the_release_go_on(stand: Stand) -> None:
    def mend() -> None:
        stand.lease.certainly, stand.lease.trouble = True, None

    loop = asyncio.get_running_loop()
    loop.call_later(5.0, lambda: cut_off(stand))
    loop.call_later(20.0, mend)
    assert await stand.run() == ExitCode.PROMOTED
    assert len(stand.all_of(ev.LeaseHeld)) == 2


SHADOW = plan(stage(0, hold_s=20.0), stage(10, hold_s=20.0), patience_s=60.0)
GO_ON = Ask(command=Command.RESUME, person=ANA)


def is_rolled_back_elsewhere(stand: Stand) -> None:
    """Let another worker have rolled it back from 0%: nothing was written, and the lease is free."""
    stand.lease.was_anothers()
    stand.lease.certainly, stand.lease.trouble = True, None


@pytest.mark.parametrize("frozen", [False, True])
@virtually
async def test_behind_a_lease_that_somebody_else_has_held_nothing_goes_forward_by_itself(
    tmp_path: Path, *, frozen: bool
) -> None:
    stand = Stand(tmp_path, SHADOW)
    stand.lease.stint = "1"
    loop = asyncio.get_running_loop()
    if not frozen:  # who was frozen has not noticed that its time was over
        loop.call_at(5.5, lambda: cut_off(stand))
    loop.call_at(15.5, lambda: is_rolled_back_elsewhere(stand))
    lines: list[str] = []
    loop.call_at(45.5, lambda: lines.append(explain(stand.worker.release, now=EPOCH + 45.5).text))
    loop.call_at(46.0, lambda: stand.worker.take(GO_ON))
    assert await stand.run() == ExitCode.PROMOTED
    assert "at 0%, somebody else has held the lease since this worker did" in lines[0]
    assert "space goes on, R rolls back" in lines[0]
    assert [at > 46.0 for at, weight in stand.router.written if weight] == [True]


@virtually
async def test_a_guard_watches_on_behind_a_lease_that_somebody_else_has_held(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.lease.stint = "1"
    loop = asyncio.get_running_loop()
    loop.call_at(5.5, lambda: is_rolled_back_elsewhere(stand))
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 12 else 0)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    assert [weight for _at, weight in stand.router.written] == [10, 0]


@virtually
async def test_nor_does_a_pipeline_that_goes_on_behind_another_holder_than_its_dead_worker(
    tmp_path: Path,
) -> None:
    first = Stand(tmp_path, SHADOW)
    first.lease.stint = "1"
    with pytest.raises(TimeoutError):
        await first.run(for_s=5.0)
    first.lease.was_anothers()
    stand = Stand(tmp_path, SHADOW, world=first.world, attended=False)
    assert await stand.run() == ExitCode.HELD  # the patience
    (held,) = stand.all_of(ev.LeaseHeld)
    assert held == ev.LeaseHeld(lease=ToyLease.name, stint="3", meanwhile=True)
    assert [weight for _at, weight in stand.router.written if weight] == []


@virtually
async def test_nor_does_one_whose_end_is_lost_and_only_the_lease_tells_of_it(tmp_path: Path) -> None:
    first = Stand(tmp_path, SHADOW)
    first.lease.stint = "1"
    with pytest.raises(TimeoutError):
        await first.run(for_s=5.0)
    first.lease.was_ours()
    stand = Stand(tmp_path, SHADOW, world=first.world, attended=False)
    assert await stand.run() == ExitCode.HELD  # the patience
    (held,) = stand.all_of(ev.LeaseHeld)
    assert held == ev.LeaseHeld(lease=ToyLease.name, stint="2", end_lost=True)
    assert [weight for _at, weight in stand.router.written if weight] == []


@virtually
async def test_a_person_lets_one_go_on_whose_end_is_lost(tmp_path: Path) -> None:
    first = Stand(tmp_path, SHADOW)
    first.lease.stint = "1"
    with pytest.raises(TimeoutError):
        await first.run(for_s=5.0)
    first.lease.was_ours()
    stand = Stand(tmp_path, SHADOW, world=first.world)
    loop = asyncio.get_running_loop()
    lines: list[str] = []
    loop.call_at(35.0, lambda: lines.append(explain(stand.worker.release, now=EPOCH + 35.0).text))
    loop.call_at(35.5, lambda: stand.worker.take(GO_ON))
    assert await stand.run() == ExitCode.PROMOTED
    assert "this journal has lost that end" in lines[0]
    assert "space goes on, R rolls back" in lines[0]


@virtually
async def test_a_worker_that_fails_lets_nobody_take_that_for_an_end(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stand.worker, "_begin", fails)
    with pytest.raises(ZeroDivisionError):
        await stand.run()
    assert not stand.lease.released


@virtually
async def test_a_release_that_never_gets_its_lease_back_goes_back_to_stable(stand: Stand) -> None:
    asyncio.get_running_loop().call_later(5.0, lambda: cut_off(stand))
    assert await stand.run() == ExitCode.HELD
    assert stand.router.weight == 0


@virtually
async def test_a_forward_write_is_not_begun_by_a_worker_that_slept_through_its_lease(stand: Stand) -> None:
    """The journal still says that it is held: nobody has looked since the machine was suspended."""

    def sleep_long() -> None:
        stand.lease.certainly = False

    asyncio.get_running_loop().call_later(5.0, sleep_long)
    with pytest.raises(TimeoutError):
        await stand.run(for_s=40.0)
    assert [weight for _at, weight in stand.router.written] == [10]
    assert stand.all_of(ev.LeaseLost) == []
    (first, *_) = stand.all_of(ev.WriteFailed)
    assert isinstance(first, ev.WriteFailed)
    assert "not certain that the lease" in first.trouble


@virtually
async def test_a_rollback_needs_no_lease(stand: Stand) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(5.0, lambda: cut_off(stand))
    loop.call_later(12.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1] == (12.0, 0)


@virtually
async def test_a_guard_rolls_back_without_the_lease(stand: Stand) -> None:
    asyncio.get_running_loop().call_later(5.0, lambda: cut_off(stand))
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 12 else 0)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD


@virtually
async def test_a_holder_whose_lease_is_taken_stops_and_says_who_has_it(stand: Stand) -> None:
    asyncio.get_running_loop().call_later(5.0, lambda: take_away(stand))
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert [weight for _at, weight in stand.router.written] == [10]
    end = stand.worker.release.end
    assert end is not None
    assert end.reason == "bob@laptop drives now; this worker has stopped and left the weight at 10%"
    assert (stand.lease.released, stand.router.signed_off) == (False, False)


@virtually
async def test_a_rollback_under_way_finishes_after_the_lease_is_taken(stand: Stand) -> None:
    loop = asyncio.get_running_loop()
    stand.router.before_write = lambda weight: (
        Unreachable("down") if weight == 0 and loop.time() < 20.0 else None
    )
    loop.call_later(4.5, lambda: stand.worker.take(ROLL_BACK))
    loop.call_later(5.0, lambda: take_away(stand))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.weight == 0


@virtually
async def test_a_rollback_does_not_undo_what_another_driver_has_written(stand: Stand) -> None:
    loop = asyncio.get_running_loop()
    stand.router.before_write = lambda weight: (
        Unreachable("down") if weight == 0 and loop.time() < 20.0 else None
    )
    loop.call_later(4.5, lambda: stand.worker.take(ROLL_BACK))
    loop.call_later(10.0, lambda: take_away(stand, and_write=True))
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert stand.router.weight == 30


@virtually
async def test_nothing_is_on_record_behind_the_end(stand: Stand) -> None:
    """The tick finds the marks of the other driver at the instant at which the lease turns out to be lost."""
    asyncio.get_running_loop().call_later(7.5, lambda: take_away(stand, and_write=True))
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert stand.times_of(ev.LeaseLost) == [8.0]
    assert isinstance(stand.records[-1].event, ev.ReleaseEnded)


@virtually
async def test_marks_of_another_driver_are_found_also_without_a_lease(tmp_path: Path) -> None:
    stand = Stand(tmp_path, leased=False)
    asyncio.get_running_loop().call_later(5.0, lambda: take_away(stand, and_write=True))
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert stand.router.weight == 30


@virtually
async def test_marks_that_were_there_before_are_left_by_someone_who_is_gone(stand: Stand) -> None:
    stand.router.driver = "bob@laptop (release checkout-9)"

    def sign(_weight: int) -> None:
        stand.router.driver = ""

    stand.router.after_write = sign
    assert await stand.run() == ExitCode.PROMOTED


@virtually
async def test_a_takeover_is_on_record_with_who_and_why_after_the_others_time_is_over(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path, take_over=TakeOver(reason="bob is on a plane", holder=BOB.identity))
    loop = asyncio.get_running_loop()
    stand.lease.before = BOB
    stand.lease.wait_s = 15.0
    loop.call_later(15.0, lambda: setattr(stand.lease, "wait_s", 0.0))
    assert await stand.run() == ExitCode.PROMOTED
    (held,) = stand.all_of(ev.LeaseHeld)
    assert held == ev.LeaseHeld(
        lease=stand.lease.name, taken_from="bob@laptop", person=ANA, reason="bob is on a plane"
    )
    (awaited,) = stand.all_of(ev.LeaseAwaited)
    assert awaited == ev.LeaseAwaited(lease=stand.lease.name, taken_from="bob@laptop", wait_s=15.0)
    assert stand.lease.taken_from == [BOB.identity]
    assert stand.router.written[0][0] >= 15.0


@virtually
async def test_running_without_a_lease_is_on_record(tmp_path: Path) -> None:
    stand = Stand(tmp_path, leased=False)
    assert await stand.run() == ExitCode.PROMOTED
    assert [type(event) for event in stand.all_of(ev.LeaseWaived)] == [ev.LeaseWaived]


@virtually
async def test_the_release_and_its_commands_carry_the_clusters_name_for_us(stand: Stand) -> None:
    stand.world.account = "ana@example.com"
    asyncio.get_running_loop().call_later(4.5, lambda: stand.worker.take(ROLL_BACK))
    await stand.run()
    (asked,) = stand.all_of(ev.RollbackAsked)
    assert isinstance(asked, ev.RollbackAsked)
    assert (stand.worker.release.person.account, asked.person.account) == ("ana@example.com",) * 2
