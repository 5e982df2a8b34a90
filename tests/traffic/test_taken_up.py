"""A dead release that is gone on with, where somebody has been at its route since: only a person moves it."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from console.errors import ExitCode
from console.host.control import Ask
from console.policy.explain import explain
from console.policy.permit import Command
from console.release import events as ev
from console.traffic.marks import NAMES
from tests.releases import ANA
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
