"""A worker whose first act is the rollback: by its order alone, whatever has become of the journal."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from console.errors import ExitCode, JournalError, Unreachable
from console.host.order import Order, Reach, keep_moved, order_to_resume, order_to_undo, write_order
from console.identity import ClusterId, Identity
from console.journal import read_journal
from console.journal.verify import verify
from console.release import events as ev
from console.release.fold import fold_all
from console.replay.source import lines_at
from console.worker import found
from tests.releases import ANA, plan, stage
from tests.survival.deaths import live
from tests.virtual_time import virtually
from tests.worker.ports import Stand, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from console.journal import Past

AT_ONCE_S = 0.01
PLAN = plan(stage(10, hold_s=3600.0))


async def dead_at_10_percent(folder: Path) -> World:
    """Leave a release at 10% whose worker died without a word, and the world around it."""
    world = World()
    _, code = await live(folder, PLAN, world, plot={}, until=12, attended=True)
    assert (code, world.router.weight) == (None, 10)
    return world


async def rolled_back(folder: Path, world: World) -> Stand:
    """Start a worker that rolls back first, and let it come to its end."""
    began = asyncio.get_running_loop().time()
    stand = Stand(folder, PLAN, world=world, first="rollback")
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    at, weight = world.router.written[-1]
    assert (weight, world.router.weight) == (0, 0)
    assert at - began < AT_ONCE_S
    return stand


@virtually
async def test_a_dead_release_is_rolled_back_at_once_and_its_journal_goes_on(tmp_path: Path) -> None:
    world = await dead_at_10_percent(tmp_path)
    await rolled_back(tmp_path, world)
    records = read_journal(tmp_path / "journal.jsonl")
    assert verify(lines_at(str(tmp_path / "journal.jsonl"))).whole
    events = [record.event for record in records]
    resumed = next(at for at, event in enumerate(events) if isinstance(event, ev.WorkerResumed))
    assert isinstance(events[resumed + 1], ev.RollbackAsked)
    assert isinstance(events[resumed + 2], ev.RollbackDecided)
    release = fold_all(records)
    assert release.end is not None
    assert release.end.outcome is ev.Outcome.ROLLED_BACK
    assert release.weight == 0


@virtually
async def test_a_rollback_whose_own_worker_died_is_gone_on_with_by_who_resumes(tmp_path: Path) -> None:
    world = await dead_at_10_percent(tmp_path)
    world.router.before_write = lambda _weight: Unreachable("the API server is away")
    with pytest.raises(TimeoutError):
        await Stand(tmp_path, PLAN, world=world, first="rollback").run(for_s=5.0)
    world.router.before_write = lambda _weight: None
    assert await Stand(tmp_path, PLAN, world=world).run(for_s=600.0) == ExitCode.ROLLED_BACK_BY_PERSON
    assert world.router.weight == 0


@virtually
async def test_a_long_journal_without_a_checkpoint_is_not_read_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await dead_at_10_percent(tmp_path)
    monkeypatch.setattr(found, "QUICK_BYTES", 0)

    def read_nothing(_path: Path) -> Past:
        raise AssertionError("the past was read")

    monkeypatch.setattr(found, "read_past", read_nothing)
    await rolled_back(tmp_path, world)
    assert verify(lines_at(str(tmp_path / "journal.jsonl"))).whole
    release = fold_all(read_journal(tmp_path / "journal.jsonl"))
    assert release.end is not None
    assert release.end.outcome is ev.Outcome.ROLLED_BACK
    assert not (tmp_path / "checkpoint").exists()


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def without_its_beginning(path: Path) -> None:
    path.write_bytes(path.read_bytes().partition(b"\n")[2])


def with_a_byte_flipped_in_its_last_line(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-200] = 0
    path.write_bytes(data)


def with_other_bytes(path: Path) -> None:
    path.write_bytes(b"\x00" * 5000)


def gone(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_named_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGED = (emptied, without_its_beginning, with_a_byte_flipped_in_its_last_line, with_other_bytes, a_folder)


@pytest.mark.parametrize("harm", [cut_in_half, gone, a_named_pipe, *DAMAGED])
def test_whatever_has_become_of_the_journal_it_is_rolled_back(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    @virtually
    async def here() -> None:
        world = await dead_at_10_percent(tmp_path)
        harm(tmp_path / "journal.jsonl")
        await rolled_back(tmp_path, world)

    here()


@pytest.mark.parametrize("harm", DAMAGED)
def test_a_damaged_journal_is_kept_told_once_and_another_one_begun(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    @virtually
    async def here() -> None:
        journal = tmp_path / "journal.jsonl"
        world = await dead_at_10_percent(tmp_path)
        harm(journal)
        was = None if journal.is_dir() else journal.read_bytes()
        stand = await rolled_back(tmp_path, world)
        (replaced,) = stand.all_of(ev.JournalReplaced)
        assert isinstance(replaced, ev.JournalReplaced)
        aside = tmp_path / replaced.kept
        assert aside.is_dir() if was is None else aside.read_bytes() == was
        assert verify(lines_at(str(journal))).whole
        release = fold_all(read_journal(journal))
        assert release.goes_back
        assert release.end is not None
        assert release.end.outcome is ev.Outcome.ROLLED_BACK

    here()


@virtually
async def test_a_journal_that_has_lost_its_preflight_is_not_begun_again_by_who_goes_on(
    tmp_path: Path,
) -> None:
    await dead_at_10_percent(tmp_path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().partition(b"\n")[0] + b"\n")
    identity = Identity(cluster=ClusterId(uid="c"), route="r")
    order = Order(release="checkout-1", plan=PLAN, reach=Reach(identity=identity), person=ANA, attended=True)
    with pytest.raises(JournalError, match="has lost its end") as caught:
        found.found_at(journal, order)
    assert caught.value.hint == "pithead rollback checkout-1 sends all traffic back"


@virtually
async def test_a_journal_that_has_lost_its_weights_is_not_begun_again_by_who_goes_on(tmp_path: Path) -> None:
    await dead_at_10_percent(tmp_path)
    journal = tmp_path / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    first = next(place for place, line in enumerate(lines) if b"stage_entered" in line)
    journal.write_bytes(b"".join(lines[:first]))
    order = Order(release="checkout-1", plan=PLAN, reach=Reach(), person=ANA, attended=True)
    assert found.found_at(journal, order).past is not None
    with pytest.raises(JournalError, match="it knows of no weight, and one was asked for"):
        found.found_at(journal, replace(order, moved=True))


@pytest.mark.parametrize("harm", [emptied, gone])
@virtually
async def test_without_its_journal_no_release_is_begun_again_by_who_goes_on(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    await dead_at_10_percent(tmp_path)
    journal = tmp_path / "journal.jsonl"
    harm(journal)
    order = Order(release="checkout-1", plan=PLAN, reach=Reach(), person=ANA, attended=True, moved=True)
    with pytest.raises(JournalError, match="has lost its end"):
        found.found_at(journal, order)


def test_that_a_weight_was_asked_for_stands_in_the_order_until_another_release_has_it(tmp_path: Path) -> None:
    order = Order(release="checkout-1", plan=PLAN, reach=Reach(), person=ANA, attended=True)
    write_order(tmp_path / "order.json", order)
    keep_moved(tmp_path / "order.json")
    assert order_to_resume(tmp_path / "order.json", ANA).moved
    assert not order_to_undo(tmp_path / "order.json", ANA, release="checkout-2", reason="").moved


@pytest.mark.parametrize("last_stint", ["1", "2"])
@virtually
async def test_a_rollback_that_was_cut_off_takes_back_no_newer_promotion_that_the_lease_tells_of(
    tmp_path: Path, *, last_stint: str
) -> None:
    world = World()
    world.router.notes_marks, world.lease.stint = True, "1"
    await live(tmp_path, PLAN, world, plot={}, until=12, attended=True)
    world.lease.certainly, world.router.before_read = False, lambda: Unreachable("no route to host")
    stand = Stand(tmp_path, PLAN, world=world, first="rollback")
    running = asyncio.ensure_future(stand.run())
    await asyncio.sleep(2.0)
    world.router.set(100, by="pithead")
    world.router.marked, world.lease.last = False, last_stint
    world.router.before_read = lambda: None
    code = await running
    theirs = last_stint != "1"
    assert (code, world.router.weight) == (
        (ExitCode.TAKEN_OVER, 100) if theirs else (ExitCode.ROLLED_BACK_BY_PERSON, 0)
    )


@virtually
async def test_a_rollback_without_its_record_takes_back_nothing_of_who_came_behind_it(tmp_path: Path) -> None:
    world = await dead_at_10_percent(tmp_path)
    (tmp_path / "journal.jsonl").write_bytes(b"")
    world.lease.stint, world.lease.last, world.lease.certainly = "", "1", False
    stand = Stand(tmp_path, PLAN, world=world, first="rollback")

    def another_comes() -> None:
        world.lease.last = "2"
        world.router.set(100, by="argocd")

    asyncio.get_running_loop().call_later(1.0, another_comes)
    assert (await stand.run(), world.router.weight) == (ExitCode.TAKEN_OVER, 100)
