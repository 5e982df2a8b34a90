"""The undo of a release that has ended: by a release of its own, and only where stable can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.journal import read_journal
from console.release import events as ev
from console.release.fold import fold_all
from tests.releases import plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand, World

if TYPE_CHECKING:
    from pathlib import Path


def promoted() -> World:
    world = World()
    world.router.set(100, by="pithead")
    return world


async def undone(folder: Path, world: World) -> tuple[int, Stand]:
    stand = Stand(folder, plan(stage(10)), world=world, first="rollback", undoes="checkout-0")
    return await stand.run(), stand


@virtually
async def test_all_traffic_goes_back_in_one_step_and_the_record_names_what_it_undoes(tmp_path: Path) -> None:
    world = promoted()
    code, _ = await undone(tmp_path, world)
    assert code == ExitCode.ROLLED_BACK_BY_PERSON
    assert [weight for _, weight in world.router.written] == [0]
    release = fold_all(read_journal(tmp_path / "journal.jsonl"))
    assert release.undoes == "checkout-0"
    assert release.end is not None
    assert release.end.outcome is ev.Outcome.ROLLED_BACK


@pytest.mark.parametrize("ready", [0, None])
def test_it_is_refused_where_stable_has_no_ready_pods_or_nobody_knows(
    ready: int | None, tmp_path: Path
) -> None:
    @virtually
    async def here() -> None:
        world = promoted()
        world.stable_ready = ready
        code, stand = await undone(tmp_path, world)
        assert (code, world.router.weight, world.router.written) == (ExitCode.PREFLIGHT_FAILED, 100, [])
        end = stand.worker.release.end
        assert end is not None
        assert end.reason.startswith("pods of v1: ")

    here()


@virtually
async def test_it_is_refused_where_another_release_drives_the_object(tmp_path: Path) -> None:
    world = promoted()
    world.router.driver = "bob@elsewhere (release checkout-2)"
    code, stand = await undone(tmp_path, world)
    assert (code, world.router.weight) == (ExitCode.PREFLIGHT_FAILED, 100)
    end = stand.worker.release.end
    assert end is not None
    assert "bob@elsewhere (release checkout-2) drives it now" in end.reason
