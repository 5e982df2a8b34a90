"""What a worker that goes on with a dead release takes for its own: not what was found, nor what is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode, Unreachable
from console.policy.explain import explain
from console.release import events as ev
from console.release.event import Event
from tests.releases import plan, stage
from tests.survival.deaths import live
from tests.virtual_time import VirtualTimeLoop, virtually
from tests.worker.ports import EPOCH, Stand, World

if TYPE_CHECKING:
    from pathlib import Path

PLAN = plan(stage(10, hold_s=3600.0))
NEWER = "bob@laptop (release checkout-2)"


def world_with_marks() -> World:
    world = World()
    world.router.notes_marks, world.router.marked = True, False
    return world


def is_promoted_by_a_newer_release(world: World) -> None:
    """Leave what a newer release leaves at its end: all traffic on its canary, and no mark."""
    world.router.set(100, by="pithead")
    world.router.marked, world.router.driver = False, ""


def cut_behind(journal: Path, kind: str) -> None:
    """Let the file's end be lost behind its first record of this kind."""
    lines = journal.read_bytes().splitlines(keepends=True)
    last = next(at for at, line in enumerate(lines) if f'"kind":"{kind}"'.encode() in line)
    journal.write_bytes(b"".join(lines[: last + 1]))


def another_pithead_goes_on_and_back(world: World) -> None:
    """Let another one move it and come back to the weight that it found, by a copy of the folder."""
    world.router.set(50, by="pithead")
    world.router.set(10, by="pithead")
    world.router.marked, world.router.driver_wrote = True, True


def found_by(stand: Stand) -> ev.RouterFound:
    (found,) = stand.all_of(ev.RouterFound)
    assert isinstance(found, ev.RouterFound)
    return found


async def goes_on(folder: Path, world: World, *, for_s: float) -> tuple[Stand, str]:
    """Let another worker go on, and die after a while; give the line that stood there then."""
    stand = Stand(folder, PLAN, world=world)
    running = asyncio.ensure_future(stand.run())
    await asyncio.sleep(for_s)
    line = explain(stand.worker.release, now=EPOCH + asyncio.get_running_loop().time()).text
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return stand, line


async def record_of(folder: Path, kind: type[Event]) -> int:
    """Give the number of the first record of this kind, by a release of its own."""
    world = world_with_marks()
    stand, _line = await goes_on(folder, world, for_s=12.0)
    return next(record.n for record in stand.records if isinstance(record.event, kind))


@virtually
async def test_what_one_worker_found_of_a_newer_release_is_not_the_next_ones_own(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    asked = await record_of(tmp_path / "first", ev.WeightRequested)
    world = world_with_marks()
    await live(tmp_path, PLAN, world, plot={}, until=asked, attended=True)
    is_promoted_by_a_newer_release(world)
    for _ in range(2):
        stand, line = await goes_on(tmp_path, world, for_s=12.0)
        (found,) = stand.all_of(ev.RouterFound)
        assert isinstance(found, ev.RouterFound)
        assert (found.ours, found.weight) == (False, 100)
        assert "at 100%, somebody else has been at the router: pithead wrote it last" in line
    assert world.router.written == []


@virtually
async def test_its_own_mark_that_a_manifest_put_there_is_no_proof_that_nobody_was_here(
    tmp_path: Path,
) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    is_promoted_by_a_newer_release(world)
    world.router.set(30, by="kubectl-client-side-apply")  # what was saved while this release drove
    world.router.marked, world.router.driver_wrote = True, False
    stand, line = await goes_on(tmp_path, world, for_s=12.0)
    assert "it bears the mark of this release, put there by a manifest" in line
    assert [weight for _at, weight in world.router.written] == [10]
    assert stand.worker.release.left_to_a_person


@virtually
async def test_the_mark_of_the_dead_worker_before_keeps_nobody_from_going_on(tmp_path: Path) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    world.router.worker, world.router.driver_wrote = "ana@bastion/checkout-1/0a/11-22", True
    world.lease.certainly = False  # for a while
    stand, line = await goes_on(tmp_path, world, for_s=12.0)
    (found,) = stand.all_of(ev.RouterFound)
    assert isinstance(found, ev.RouterFound)
    assert found.ours, line
    assert stand.worker.release.end is None


@virtually
async def test_a_journal_that_was_cut_behind_its_rollback_leads_nowhere_by_itself(tmp_path: Path) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    journal = tmp_path / "journal.jsonl"
    before = journal.read_bytes()
    back = Stand(tmp_path, PLAN, world=world, first="rollback")
    await back.run()
    assert [weight for _at, weight in world.router.written] == [10, 0]
    journal.write_bytes(before)  # as a copy of before, or where the file's end is lost
    _stand, line = await goes_on(tmp_path, world, for_s=60.0)
    assert "at 0%, somebody else has been at the router" in line
    assert "this release's mark is gone from it" in line
    assert [weight for _at, weight in world.router.written] == [10, 0]


@pytest.mark.parametrize("last", ["stage_entered", "weight_requested"])
@virtually
async def test_a_pipeline_whose_journal_was_cut_before_its_first_answer_leads_nowhere_by_itself(
    last: str, tmp_path: Path
) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    await Stand(tmp_path, PLAN, world=world, first="rollback").run()
    cut_behind(tmp_path / "journal.jsonl", last)
    stand = Stand(tmp_path, PLAN, world=world, attended=False)
    assert await stand.run(for_s=60.0) == ExitCode.HELD
    assert found_by(stand).since
    assert [weight for _at, weight in world.router.written] == [10, 0]


@virtually
async def test_a_preflight_that_a_journal_ends_in_is_not_passed_again_behind_what_came_of_it(
    tmp_path: Path,
) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    await Stand(tmp_path, PLAN, world=world, first="rollback").run()
    cut_behind(tmp_path / "journal.jsonl", "preflight_done")
    stand = Stand(tmp_path, PLAN, world=world, attended=False)
    assert await stand.run(for_s=60.0) == ExitCode.PREFLIGHT_FAILED
    assert stand.worker.release.end is not None
    assert "its route was changed since this release has read it first" in stand.worker.release.end.reason
    assert [weight for _at, weight in world.router.written] == [10, 0]


@virtually
async def test_a_weight_that_its_own_record_asked_for_is_anothers_where_it_was_moved_since(
    tmp_path: Path,
) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    another_pithead_goes_on_and_back(world)
    for _ in range(2):
        stand, line = await goes_on(tmp_path, world, for_s=12.0)
        assert "pithead wrote it last, it was changed behind all that this release has on record" in line
        assert not found_by(stand).ours
    assert [weight for _at, weight in world.router.written] == [10]


@virtually
async def test_what_a_dead_worker_asked_for_is_anothers_where_more_than_that_write_was_done(
    tmp_path: Path,
) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    cut_behind(tmp_path / "journal.jsonl", "weight_requested")
    another_pithead_goes_on_and_back(world)
    for _ in range(2):  # what the first one finds is no answer to what was asked
        stand, _line = await goes_on(tmp_path, world, for_s=12.0)
        assert not found_by(stand).ours
        assert stand.all_of(ev.WeightConfirmed) == []


@virtually
async def test_what_a_living_worker_has_seen_change_asks_no_person_behind_its_death(tmp_path: Path) -> None:
    world = world_with_marks()
    asyncio.get_running_loop().call_at(8.5, lambda: world.router.edit(by="kubectl-edit"))
    await goes_on(tmp_path, world, for_s=12.0)
    stand, _line = await goes_on(tmp_path, world, for_s=12.0)
    assert found_by(stand) == ev.RouterFound(weight=10, generation=3)


@virtually
async def test_what_changed_behind_a_death_is_for_a_person_and_metadata_is_not(tmp_path: Path) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    world.router.version += 1  # a label, an annotation, a status
    stand, _line = await goes_on(tmp_path, world, for_s=12.0)
    assert found_by(stand).ours
    world.router.edit(by="kubectl-edit")
    stand, line = await goes_on(tmp_path, world, for_s=12.0)
    assert "kubectl-edit wrote it last, it was changed behind all that this release has on record" in line


@pytest.mark.parametrize("by", ["kubectl-edit", "pithead"])
@virtually
async def test_a_rollback_goes_on_over_another_hands_change_and_over_no_other_drivers(
    by: str, tmp_path: Path
) -> None:
    world = world_with_marks()
    await goes_on(tmp_path, world, for_s=12.0)
    world.router.before_write = lambda _weight: Unreachable("the API server is away")
    with pytest.raises(TimeoutError):
        await Stand(tmp_path, PLAN, world=world, first="rollback").run(for_s=5.0)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop.forget_timers()  # it is dead
    world.router.before_write = lambda _weight: None
    world.router.edit(by=by)
    stand, _line = await goes_on(tmp_path, world, for_s=12.0)
    assert found_by(stand).ours == (by != "pithead")
    assert world.router.weight == (0 if by != "pithead" else 10)


@virtually
async def test_where_generations_are_not_on_record_a_release_is_gone_on_with_as_ever(tmp_path: Path) -> None:
    world = world_with_marks()
    world.router.counts_generations = False
    await goes_on(tmp_path, world, for_s=12.0)
    assert b"generation" not in (tmp_path / "journal.jsonl").read_bytes()
    world.router.counts_generations = True
    world.router.edit(by="kubectl-edit")
    for _ in range(2):
        stand, _line = await goes_on(tmp_path, world, for_s=12.0)
        assert found_by(stand) == ev.RouterFound(weight=10, generation=3)
