"""Another's mark and another object of the same name, under a living worker: told by when, and by the UID."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.errors import ExitCode, TakenOver
from console.host.control import Ask
from console.identity import ClusterId
from console.policy.explain import explain
from console.policy.permit import Command
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


def applied(stand: Stand, *, written_at: float | None) -> None:
    """Let a manifest be applied that somebody saved while another release drove."""
    stand.router.driver, stand.router.driven_at = OLD, written_at
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
    assert found == ev.RouterFound(weight=0, ours=False, by="argocd-controller", replaced=True, uid="2")
    assert "this is another object of the same name" in lines[0]
    assert [weight for _at, weight in stand.router.written] == [10, 0]


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
            stand.worker._helm._split = None  # as behind a write that failed

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
