"""A dead release that is gone on with, where somebody has been at its route since: only a person moves it."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from console.command import Command
from console.errors import ExitCode
from console.host.control import Ask
from console.host.order import write_order
from console.policy.explain import explain
from console.release import events as ev
from console.traffic.marks import NAMES
from tests.releases import ANA, stage
from tests.traffic.conftest import REAL
from tests.traffic.ground import CANARY, STABLE, virtual_service
from tests.traffic.two_clusters import Life, TwoClusters, order_again

if TYPE_CHECKING:
    from pathlib import Path

COUNT = itertools.count(1)
ROLL_BACK, GO_ON = (Ask(command=command, person=ANA) for command in (Command.ROLL_BACK, Command.RESUME))


@pytest.fixture(params=["lab", *REAL])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> TwoClusters:
    server = request.getfixturevalue(request.param)
    clusters = TwoClusters(tmp_path, server, server)
    asyncio.run(clusters.lay_ground(f"taken-up-{next(COUNT)}", only="a"))
    return clusters


async def died_at_10(one: TwoClusters, *, rolling_back: bool = False) -> None:
    life = Life(one.folder, one.order(one.shops["a"].namespace))
    await life.until(lambda: life.release.weight == 10)
    if rolling_back:
        assert life.worker.take(ROLL_BACK) == ""
    await life.kill()


async def somebody_promotes(one: TwoClusters, *, marks: dict[str, Any] | None = None) -> None:
    """Send all to the canary by hand, as a newer release would have left it: without marks."""
    routes = virtual_service(STABLE | {"weight": 0}, CANARY | {"weight": 100})["spec"]
    change = {"spec": routes, "metadata": {"annotations": dict.fromkeys(NAMES) | (marks or {})}}
    await one.shops["a"].change(change, manager="kubectl-edit")


def goes_on(one: TwoClusters, *, attended: bool = True) -> Life:
    return Life(one.folder, replace(order_again(one.folder), attended=attended))


async def rolled_back(one: TwoClusters) -> None:
    """Let a person roll it back by a worker of its own, as `pithead rollback` does."""
    life = Life(one.folder, replace(order_again(one.folder), first="rollback"))
    await life.until(lambda: life.release.rollback is not None and life.release.weight == 0)
    await life.kill()


def cut_behind(one: TwoClusters, kind: str) -> None:
    """Let the journal's end be lost behind its first record of this kind: power, or a full disk."""
    journal = one.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    last = next(at for at, line in enumerate(lines) if f'"kind":"{kind}"'.encode() in line)
    journal.write_bytes(b"".join(lines[: last + 1]))


async def another_pithead_writes(one: TwoClusters, *weights: int) -> None:
    """Let another one write, by a copy of the release's folder: its mark stays."""
    for weight in weights:
        routes = virtual_service(STABLE | {"weight": 100 - weight}, CANARY | {"weight": weight})["spec"]
        await one.shops["a"].change({"spec": routes}, manager="pithead")


async def weight_of(one: TwoClusters) -> int:
    return (await one.state_of("a"))[0]


@pytest.mark.parametrize("rolling_back", [False, True], ids=["running", "rolling back"])
async def test_what_was_moved_since_stays_until_a_person_moves_it(
    one: TwoClusters, *, rolling_back: bool
) -> None:
    await died_at_10(one, rolling_back=rolling_back)
    await somebody_promotes(one)
    life = goes_on(one)
    await life.until(lambda: life.release.stranger is not None)
    await asyncio.sleep(1.5)  # a tick and more: nothing may come of it
    line = explain(life.release, now=life.book.now())
    assert await weight_of(one) == 100
    assert line.word == "HOLDING"
    assert "kubectl-edit wrote it last, this release's mark is gone from it · R sends all to v1" in line.text
    assert life.worker.take(ROLL_BACK) == ""
    await life.until(lambda: life.release.weight == 0)
    await life.kill()
    assert await weight_of(one) == 0


async def test_space_makes_it_this_releases_again(one: TwoClusters) -> None:
    await died_at_10(one)
    await somebody_promotes(one)
    life = goes_on(one)
    await life.until(lambda: life.release.stranger is not None and life.release.may_drive)
    assert life.worker.take(GO_ON) == ""
    await life.until(lambda: life.release.weight == 10)
    await life.kill()
    assert await one.state_of("a") == (10, True, True)


async def test_where_another_releases_mark_stands_it_is_named(one: TwoClusters) -> None:
    await died_at_10(one)
    marks = {"pithead/driver": "bob@laptop/checkout-9/0b", "pithead/release": "checkout-9"}
    await somebody_promotes(one, marks=marks)
    life = goes_on(one)
    await life.until(lambda: life.release.stranger is not None)
    line = explain(life.release, now=life.book.now())
    assert "it bears the mark of bob@laptop (release checkout-9)" in line.text
    assert life.worker.take(ROLL_BACK) == ""
    await life.until(lambda: life.release.weight == 0)
    await life.kill()
    assert await weight_of(one) == 0


async def test_a_pipeline_has_no_person_and_ends_without_moving_it(one: TwoClusters) -> None:
    await died_at_10(one, rolling_back=True)
    await somebody_promotes(one)
    life = goes_on(one, attended=False)
    assert await asyncio.wait_for(life.running, 60) == ExitCode.HELD
    await life.kill()
    assert await weight_of(one) == 100


async def test_a_rollback_that_finds_its_own_mark_goes_on_by_itself(one: TwoClusters) -> None:
    await died_at_10(one, rolling_back=True)
    life = goes_on(one)
    await life.until(lambda: life.release.weight == 0)
    await life.kill()
    (found,) = life.all_of(ev.RouterFound)
    assert found.ours
    assert await weight_of(one) == 0


async def test_a_journal_that_was_cut_behind_its_first_request_leads_nowhere_behind_its_rollback(
    one: TwoClusters,
) -> None:
    await died_at_10(one)
    await rolled_back(one)
    cut_behind(one, "weight_requested")
    life = goes_on(one, attended=False)
    assert await asyncio.wait_for(life.running, 60) == ExitCode.HELD
    await life.kill()
    (found,) = life.all_of(ev.RouterFound)
    assert (found.weight, found.since, found.by) == (0, True, "pithead")
    assert await weight_of(one) == 0


async def test_a_write_that_got_through_unheard_is_this_releases_own(one: TwoClusters) -> None:
    await died_at_10(one)
    cut_behind(one, "weight_requested")
    life = goes_on(one)
    await life.until(lambda: life.release.generation > 0 and life.release.weight == 10)
    await life.kill()
    assert [found.ours for found in life.all_of(ev.RouterFound)] == [True]


@pytest.mark.full
async def test_another_s_write_of_the_weight_that_is_on_record_is_told_by_its_generation(
    one: TwoClusters,
) -> None:
    await died_at_10(one)
    await one.shops["a"].change({"metadata": {"labels": {"team": "pay"}}}, manager="kubectl-label")
    life = goes_on(one)
    await life.until(lambda: not life.release.unseen)
    await life.kill()
    assert [found.ours for found in life.all_of(ev.RouterFound)] == [True]
    await another_pithead_writes(one, 50, 10)
    life = goes_on(one)
    await life.until(lambda: life.release.stranger is not None)
    line = explain(life.release, now=life.book.now())
    assert "pithead wrote it last, it was changed behind all that this release has on record" in line.text
    await life.kill()
    assert await weight_of(one) == 10


async def test_a_manifest_with_an_old_mark_takes_no_release_over(one: TwoClusters) -> None:
    life = Life(one.folder, one.order(one.shops["a"].namespace))
    await life.until(lambda: life.release.weight == 10)
    marks = {"pithead/driver": "old@elsewhere/checkout-0/0c", "pithead/release": "checkout-0"}
    await somebody_promotes(one, marks=marks)
    await life.until(lambda: life.release.stranger is not None)
    assert life.release.end is None
    assert life.worker.take(ROLL_BACK) == ""
    await life.until(lambda: life.release.weight == 0)
    await life.kill()
    assert await weight_of(one) == 0


@pytest.mark.full
async def test_two_workers_of_one_release_on_hosts_of_one_name_are_two_and_one_drives(
    one: TwoClusters, tmp_path: Path
) -> None:
    first = Life(one.folder, one.order(one.shops["a"].namespace))
    await first.until(lambda: first.release.weight == 10 and first.release.may_drive)
    copy = tmp_path / "copy"
    shutil.copytree(one.folder, copy, ignore=shutil.ignore_patterns("*.sock"))
    second = Life(copy, order_again(copy))  # a shared home, or a volume that followed its pod
    assert await asyncio.wait_for(second.running, 60) == ExitCode.TAKEN_OVER
    assert first.release.may_drive
    assert first.release.end is None
    assert first.worker.take(ROLL_BACK) == ""
    await first.until(lambda: first.release.weight == 0)
    await first.kill()
    await second.kill()
    assert await weight_of(one) == 0


@pytest.mark.full
async def test_a_release_at_0_that_another_worker_has_rolled_back_is_told_by_its_lease(
    one: TwoClusters, tmp_path: Path
) -> None:
    order = one.order(one.shops["a"].namespace)
    shadow = replace(order.plan, stages=(stage(0, hold_s=3600.0), *order.plan.stages))
    order = replace(order, plan=shadow)
    write_order(one.folder / "order.json", order)
    first = Life(one.folder, order)
    await first.until(lambda: first.release.at_weight and first.release.may_drive)
    await first.kill()
    copy = tmp_path / "copy"
    shutil.copytree(one.folder, copy, ignore=shutil.ignore_patterns("*.sock"))
    second = Life(copy, order_again(copy))
    await second.until(lambda: second.release.may_drive and not second.release.unseen)
    assert second.worker.take(ROLL_BACK) == ""
    await second.until(lambda: bool(second.all_of(ev.RolledBack)))
    await asyncio.sleep(0.5)  # it lets go of the lease behind that
    await second.kill()
    assert (await one.shops["a"].get())["metadata"]["generation"] == 1
    life = goes_on(one, attended=False)
    await life.until(lambda: life.release.held_meanwhile)
    line = explain(life.release, now=life.book.now())
    assert "at 0%, somebody else has held the lease since this worker did" in line.text
    await life.kill()


async def test_a_mark_says_which_worker_of_a_release_has_written(one: TwoClusters) -> None:
    await died_at_10(one)
    life = goes_on(one)
    await life.until(lambda: not life.release.unseen)
    split = await life.worker._ports.router.read()
    assert (split.marked, split.driver) == (True, "")
    assert split.worker.startswith(f"{ANA.login}@{ANA.host}/checkout-1/")
    assert life.worker.take(GO_ON) == ""
    await life.until(lambda: life.release.may_drive)
    assert life.worker.take(ROLL_BACK) == ""
    await life.until(lambda: life.release.weight == 0)
    await life.kill()
