"""Another's mark and another object of the same name, under a living worker: told by when, and by the UID."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.command import Command
from console.errors import ExitCode, TakenOver, Unreachable
from console.host.control import Ask
from console.identity import ClusterId
from console.policy.explain import explain
from console.release import events as ev
from tests.releases import ANA, counts, guard, plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import EPOCH, Stand

ROLL_BACK, GO_ON = (Ask(command=command, person=ANA) for command in (Command.ROLL_BACK, Command.RESUME))
PATIENT = plan(*(stage(weight, guard(), hold_s=20.0) for weight in (10, 50, 100)), patience_s=600.0)
OLD = "old@elsewhere (release checkout-0)"


def stand_of(tmp_path: Path, *, leased: bool = True) -> Stand:
    stand = Stand(tmp_path, PATIENT, leased=leased)

    async def identify() -> ClusterId:
        return ClusterId(uid="c", server="https://x")

    stand.worker._ports = replace(stand.worker._ports, identify=identify)
    return stand


def applied(stand: Stand, *, written_at: float | None, by_its_driver: bool | None = None) -> None:
    """Let a manifest be applied that somebody saved while another release drove."""
    stand.router.driver, stand.router.driven_at = OLD, written_at
    stand.router.driver_wrote = by_its_driver
    stand.router.set(30, by="kubectl-client-side-apply")


@pytest.mark.parametrize("written_at", [None, EPOCH - 86_400.0], ids=["no time", "yesterday"])
@virtually
async def test_a_manifests_old_mark_takes_no_driver_without_a_lease_over(
    written_at: float | None, tmp_path: Path
) -> None:
    stand = stand_of(tmp_path, leased=False)
    loop = asyncio.get_running_loop()
    loop.call_at(5.5, lambda: applied(stand, written_at=written_at))
    lines: list[str] = []
    loop.call_at(9.5, lambda: lines.append(explain(stand.worker.release, now=EPOCH + 9.5).text))
    loop.call_at(10.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert f"it bears the mark of {OLD}" in lines[0]
    assert stand.all_of(ev.LeaseLost) == []
    assert stand.router.weight == 0


@pytest.mark.parametrize("leased", [False, True])
@virtually
async def test_a_newer_mark_is_of_another_driver_who_has_taken_over(tmp_path: Path, *, leased: bool) -> None:
    stand = stand_of(tmp_path, leased=leased)

    def other_drives() -> None:
        stand.lease.certainly = False
        stand.lease.trouble = TakenOver("it is held by old@elsewhere", by=OLD)
        applied(stand, written_at=EPOCH + 5.5)

    asyncio.get_running_loop().call_at(5.5, other_drives)
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert stand.router.weight == 30


@virtually
async def test_who_wrote_a_mark_counts_for_more_than_the_time_that_a_host_of_another_clock_put_there(
    tmp_path: Path,
) -> None:
    stand = stand_of(tmp_path, leased=False)
    an_hour_slow = EPOCH - 3600.0
    asyncio.get_running_loop().call_at(
        5.5, lambda: applied(stand, written_at=an_hour_slow, by_its_driver=True)
    )
    assert await stand.run() == ExitCode.TAKEN_OVER


@virtually
async def test_a_manifests_mark_takes_nobody_over_whatever_time_it_says(tmp_path: Path) -> None:
    stand = stand_of(tmp_path, leased=False)
    loop = asyncio.get_running_loop()
    an_hour_fast = EPOCH + 3600.0
    loop.call_at(5.5, lambda: applied(stand, written_at=an_hour_fast, by_its_driver=False))
    loop.call_at(10.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.all_of(ev.LeaseLost) == []


@virtually
async def test_a_manifests_old_mark_ends_no_rollback(tmp_path: Path) -> None:
    stand = stand_of(tmp_path, leased=False)
    loop = asyncio.get_running_loop()
    loop.call_at(5.0, lambda: stand.worker.take(ROLL_BACK))
    loop.call_at(5.5, lambda: applied(stand, written_at=EPOCH - 86_400.0))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.all_of(ev.LeaseLost) == []
    assert stand.router.weight == 0


def made_anew(stand: Stand) -> None:
    stand.router.uid = "2"
    stand.router.set(0, by="argocd-controller")


@virtually
async def test_a_route_that_is_made_anew_is_another_object_and_only_a_person_moves_it(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    loop.call_at(5.5, lambda: made_anew(stand))
    lines: list[str] = []
    loop.call_at(100.0, lambda: lines.append(explain(stand.worker.release, now=EPOCH + 100.0).text))
    loop.call_at(101.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    (found,) = stand.all_of(ev.RouterFound)
    made = ev.RouterFound(weight=0, ours=False, by="argocd-controller", replaced=True, uid="2", generation=3)
    assert found == made
    assert "this is another object of the same name" in lines[0]
    assert [weight for _at, weight in stand.router.written] == [10, 0]


@virtually
async def test_a_rollback_by_itself_writes_nothing_to_a_new_object_that_has_nothing_on_the_canary(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path, plan(stage(0, hold_s=600.0), patience_s=8.0), attended=False)

    async def identify() -> ClusterId:
        return ClusterId(uid="c", server="https://x")

    def is_deleted() -> None:
        stand.router.before_read = lambda: Unreachable("no route to host")
        stand.router.before_write = lambda _weight: Unreachable("no route to host")

    def is_there_again() -> None:
        stand.router.before_read, stand.router.before_write = lambda: None, lambda _weight: None
        made_anew(stand)

    stand.worker._ports = replace(stand.worker._ports, identify=identify)
    loop = asyncio.get_running_loop()
    loop.call_at(5.5, is_deleted)
    loop.call_at(20.0, is_there_again)
    assert await stand.run() == ExitCode.HELD  # the patience
    assert stand.router.written == []


@virtually
async def test_a_person_makes_the_new_object_this_releases_own_and_it_goes_on(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    loop.call_at(5.5, lambda: made_anew(stand))
    loop.call_at(9.5, lambda: stand.worker.take(GO_ON))
    assert await stand.run() == ExitCode.PROMOTED
    assert len(stand.all_of(ev.RouterFound)) == 1
    assert stand.worker.release.identity is not None
    assert stand.worker.release.identity.route == "2"


@virtually
async def test_no_step_is_written_into_another_object_that_no_tick_has_seen_yet(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()

    def just_before_the_write(record: ev.Record) -> None:
        if record.event == ev.WeightRequested(number=2, weight=50):
            made_anew(stand)
            stand.worker._writer._split = None  # as behind a write that failed

    stand.book.add_listener(just_before_the_write)
    loop.call_at(40.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert [weight for _at, weight in stand.router.written] == [10, 0]


@virtually
async def test_a_guard_that_breaches_on_another_object_waits_for_a_person(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 8 else 0)
    loop.call_at(5.5, lambda: made_anew(stand))
    loop.call_at(60.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.times_of(ev.RollbackDecided) == [60.0]


@virtually
async def test_a_rollback_that_nobody_asked_for_leaves_another_object_to_a_person(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 8 else 0)

    def at_once(record: ev.Record) -> None:
        if isinstance(record.event, ev.RollbackDecided):
            stand.router.uid = "2"
            stand.router.set(30, by="argocd-controller")

    stand.book.add_listener(at_once)
    loop.call_at(40.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    assert [at >= 40.0 for at, weight in stand.router.written if weight == 0] == [True]
    assert [found.uid for found in stand.all_of(ev.RouterFound) if isinstance(found, ev.RouterFound)] == ["2"]


@virtually
async def test_another_object_is_told_by_the_write_that_it_refuses_where_no_look_comes_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 8 else 0)

    async def sees_nothing(_deadline_s: float) -> None:
        """A write is on its way at each tick."""

    def at_once(record: ev.Record) -> None:
        if isinstance(record.event, ev.RollbackDecided):
            monkeypatch.setattr(stand.worker._writer, "watch", sees_nothing)
            stand.router.uid = "2"
            stand.router.set(30, by="argocd-controller")

    stand.book.add_listener(at_once)
    loop.call_at(40.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    assert [at >= 40.0 for at, weight in stand.router.written if weight == 0] == [True]


SECOND = "ana@bastion/checkout-1/0a/22222222-bb"


def ends_at_100(stand: Stand) -> None:
    """Let a newer release promote and end: all traffic on its canary, and its marks taken off."""
    stand.router.set(100, by="pithead")
    stand.router.marked = False


def cut_off(stand: Stand, *, cut: bool = True, certain: bool = False) -> None:
    trouble = Unreachable("no route to host") if cut else None
    stand.router.before_read = lambda: trouble
    stand.router.before_write = lambda _weight: trouble
    stand.lease.trouble, stand.lease.certainly = trouble, certain


def cut_off_while_a_newer_release_promotes(stand: Stand, *, at: float) -> None:
    loop = asyncio.get_running_loop()
    stand.router.notes_marks = True
    loop.call_at(at, lambda: cut_off(stand))
    loop.call_at(at + 3.0, lambda: ends_at_100(stand))
    loop.call_at(at + 4.0, lambda: cut_off(stand, cut=False, certain=True))


@pytest.mark.parametrize("leased", [True, False])
@virtually
async def test_a_rollback_that_was_cut_off_undoes_nothing_that_a_newer_release_has_left(
    tmp_path: Path, *, leased: bool
) -> None:
    stand = stand_of(tmp_path, leased=leased)
    loop = asyncio.get_running_loop()
    cut_off_while_a_newer_release_promotes(stand, at=5.5)
    loop.call_at(6.0, lambda: stand.worker.take(ROLL_BACK))
    lines: list[str] = []
    loop.call_at(60.0, lambda: lines.append(explain(stand.worker.release, now=EPOCH + 60.0).text))
    loop.call_at(61.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert "at 100%, somebody else has been at the router: pithead wrote it last" in lines[0]
    assert [at > 60.0 for at, weight in stand.router.written if weight == 0] == [True]


@virtually
async def test_nor_does_a_guard_that_breaches_on_it(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    cut_off_while_a_newer_release_promotes(stand, at=5.5)
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 16 else 0)
    loop.call_at(60.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert [at >= 60.0 for at, weight in stand.router.written if weight == 0] == [True]


@virtually
async def test_nor_a_rollback_that_is_confirmed_and_watched(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    loop = asyncio.get_running_loop()
    cut_off_while_a_newer_release_promotes(stand, at=9.5)
    loop.call_at(5.5, lambda: stand.worker.take(ROLL_BACK))
    await stand.run()
    assert stand.router.weight == 100


@virtually
async def test_a_person_makes_what_a_newer_release_has_left_this_releases_own(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    cut_off_while_a_newer_release_promotes(stand, at=5.5)
    asyncio.get_running_loop().call_at(60.0, lambda: stand.worker.take(GO_ON))
    assert await stand.run() == ExitCode.PROMOTED
    assert [weight for _at, weight in stand.router.written] == [10, 10, 50, 100]


@virtually
async def test_where_a_policy_takes_marks_off_a_release_goes_on_without_them(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    stand.router.marked = False
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.all_of(ev.RouterFound) == []


@pytest.mark.parametrize("leased", [True, False])
@pytest.mark.parametrize("rolling_back", [True, False])
@virtually
async def test_a_worker_that_comes_back_leaves_the_router_to_another_worker_of_its_release(
    tmp_path: Path, *, leased: bool, rolling_back: bool
) -> None:
    stand = stand_of(tmp_path, leased=leased)
    loop = asyncio.get_running_loop()

    def second_drives() -> None:
        stand.router.worker, stand.router.driver_wrote = SECOND, True
        stand.router.set(50, by="pithead")

    loop.call_at(5.5, lambda: cut_off(stand))
    if rolling_back:
        loop.call_at(6.0, lambda: stand.worker.take(ROLL_BACK))
    loop.call_at(15.0, second_drives)
    loop.call_at(16.0, lambda: cut_off(stand, cut=False))
    assert await stand.run() == ExitCode.TAKEN_OVER
    assert [weight for _at, weight in stand.router.written] == [10]
    assert "ana@bastion (another worker of this release)" in str(stand.all_of(ev.ReleaseEnded)[0])


@virtually
async def test_another_pithead_that_has_left_the_weight_as_it_found_it_is_noticed(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(0, hold_s=20.0), stage(10, hold_s=20.0)))
    loop = asyncio.get_running_loop()

    def goes_forward_and_back() -> None:
        stand.router.set(20, by="pithead")
        stand.router.set(0, by="pithead")

    loop.call_at(5.5, goes_forward_and_back)
    loop.call_at(60.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    (found,) = stand.all_of(ev.RouterFound)
    assert found == ev.RouterFound(weight=0, ours=False, by="pithead", generation=3, since=True)
    assert [weight for _at, weight in stand.router.written if weight] == []


@virtually
async def test_a_change_of_something_else_holds_no_release(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)
    asyncio.get_running_loop().call_at(5.5, lambda: stand.router.edit(by="kubectl-edit"))
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.all_of(ev.RouterFound) == []


@virtually
async def test_a_step_is_written_on_nothing_that_the_record_does_not_know(tmp_path: Path) -> None:
    stand = stand_of(tmp_path)

    def just_before_the_write(record: ev.Record) -> None:
        if record.event == ev.WeightRequested(number=2, weight=50):
            stand.router.edit(by="kubectl-edit")
            stand.worker._writer._split = None  # as behind a write that failed

    stand.book.add_listener(just_before_the_write)
    assert await stand.run() == ExitCode.PROMOTED
    (failed,) = stand.all_of(ev.WriteFailed)
    assert isinstance(failed, ev.WriteFailed)
    assert "the object was changed since it was looked at last" in failed.trouble
    assert [weight for _at, weight in stand.router.written] == [10, 50, 100]
