"""A rollback by what stands in the cluster takes back what a person was shown, and no newer release."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode, Unreachable
from console.release import events as ev
from console.release.shown import Shown
from tests.releases import plan, stage
from tests.virtual_time import VirtualTimeLoop, virtually
from tests.worker.ports import Stand, ToyRouter, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = plan(stage(10, hold_s=3600.0))
LOST = "ana@bastion (release checkout-1)"
AWAY = Unreachable("no route to host")


def left_at_10(*, driver: str = LOST) -> World:
    """Leave what a release has left whose record is lost."""
    world = World()
    router = world.router
    router.set(10, by="pithead")
    router.notes_marks, router.marked, router.driver, router.driver_wrote = True, False, driver, True
    return world


def by_route(folder: Path, world: World) -> Stand:
    """Give the worker of a person who has just been shown how it stands."""
    router = world.router
    shown = Shown(weight=router.weight, uid=router.uid, mark=router.driver, generation=router.generation)
    return Stand(folder, PLAN, world=world, first="rollback", in_place_of="checkout-1", shown=shown)


def stands(router: ToyRouter, *weights: int, driver: str = "", uid: str = "1", wrote: bool = True) -> None:
    for weight in weights:
        router.set(weight, by="pithead")
    router.driver, router.uid, router.driver_wrote = driver, uid, wrote


def cut_off_while(router: ToyRouter, meanwhile: Callable[[ToyRouter], None]) -> None:
    def comes_back() -> None:
        meanwhile(router)
        router.before_read = lambda: None

    router.before_read = lambda: AWAY
    loop = asyncio.get_running_loop()
    loop.call_at(loop.time() + 20.0, comes_back)


TAKEN_BACK: dict[str, Callable[[ToyRouter], None]] = {
    "nothing": lambda _router: None,
    "the driver that was shown went on": lambda router: stands(router, 50, driver=LOST),
    "it was rolled back": lambda router: stands(router, 0),
}
LEFT_ALONE: dict[str, Callable[[ToyRouter], None]] = {
    "a newer release has promoted": lambda router: stands(router, 100),
    "a newer release has come as far": lambda router: stands(router, 0, 10),
    "a newer release drives": lambda router: stands(router, 30, driver="bob@laptop (release checkout-9)"),
    "another object": lambda router: stands(router, driver=LOST, uid="2"),
    "a manifest with the old mark": lambda router: stands(router, 100, driver=LOST, wrote=False),
}


@pytest.mark.parametrize("happened", TAKEN_BACK)
@virtually
async def test_what_was_shown_is_taken_back_however_late(happened: str, tmp_path: Path) -> None:
    world = left_at_10()
    stand = by_route(tmp_path, world)
    cut_off_while(world.router, TAKEN_BACK[happened])
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert (world.router.weight, world.router.driver) == (0, "")


@pytest.mark.parametrize("happened", LEFT_ALONE)
@virtually
async def test_what_was_not_shown_is_not_written_over_and_that_is_said(happened: str, tmp_path: Path) -> None:
    world = left_at_10()
    stand = by_route(tmp_path, world)
    cut_off_while(world.router, LEFT_ALONE[happened])
    assert await stand.run() == ExitCode.ROLLBACK_NOT_CONFIRMED
    assert world.router.written == []
    end = stand.worker.release.end
    assert end is not None
    assert "nothing was written: at " in end.reason
    assert "not what was shown when the rollback was confirmed" in end.reason or happened == "another object"
    assert "pithead rollback --route shows what is there now" in end.reason


@virtually
async def test_what_bore_no_mark_is_known_by_its_generation(tmp_path: Path) -> None:
    world = left_at_10(driver="")
    stand = by_route(tmp_path, world)
    cut_off_while(world.router, lambda router: stands(router, 100, 10))
    assert await stand.run() == ExitCode.ROLLBACK_NOT_CONFIRMED
    assert world.router.written == []


@pytest.mark.parametrize("happened", ["nothing", "a newer release has promoted"])
@virtually
async def test_who_goes_on_with_it_goes_by_what_was_shown_then(happened: str, tmp_path: Path) -> None:
    world = left_at_10()
    world.router.before_read = lambda: AWAY
    with pytest.raises(TimeoutError):
        await by_route(tmp_path, world).run(for_s=5.0)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop.forget_timers()  # it is dead
    world.router.before_read = lambda: None
    (TAKEN_BACK | LEFT_ALONE)[happened](world.router)
    stand = Stand(tmp_path, PLAN, world=world)
    back = happened in TAKEN_BACK
    assert await stand.run() == (ExitCode.ROLLED_BACK_BY_PERSON if back else ExitCode.ROLLBACK_NOT_CONFIRMED)
    assert world.router.weight == (0 if back else 100)
    (found,) = stand.all_of(ev.RouterFound)
    assert isinstance(found, ev.RouterFound)
    assert found.ours == back
