"""Nothing goes back by itself to a version without ready pods: it is said, and made up for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.command import Command
from console.errors import ExitCode
from console.host.control import Ask
from console.policy.explain import explain
from console.policy.headline import Tone
from console.release import events as ev
from tests.releases import ANA, counts, plan
from tests.virtual_time import virtually
from tests.worker.ports import EPOCH, Stand

BAD_AFTER = 5


def failing(folder: Path, *, stable_ready: int | None, attended: bool = True) -> Stand:
    """Give a release whose canary fails after some ticks."""
    stand = Stand(folder, plan(patience_s=120.0), attended=attended)
    stand.source.of = lambda tick: counts(100, errors=50 if tick > BAD_AFTER else 0)
    stand.world.stable_ready = stable_ready
    return stand


@virtually
async def test_a_guard_rolls_back_to_no_version_without_pods_and_says_so(tmp_path: Path) -> None:
    stand = failing(tmp_path, stable_ready=0)
    with pytest.raises(TimeoutError):
        await stand.run(for_s=300.0)
    assert stand.router.weight == 10
    assert stand.all_of(ev.RollbackDecided) == []
    assert len(stand.all_of(ev.RollbackWithheld)) == 1
    line = explain(stand.worker.release, now=EPOCH + 300.0)
    assert (line.tone, line.word) == (Tone.ALARM, "HOLDING")
    assert line.text.startswith("v1 has 0 ready pods")
    assert "v2's error rate" in line.text


@virtually
async def test_it_goes_back_once_stable_has_pods_though_the_canary_is_well_again(tmp_path: Path) -> None:
    stand = failing(tmp_path, stable_ready=0)
    stand.source.of = lambda tick: counts(100, errors=50 if BAD_AFTER < tick < 10 else 0)
    asyncio.get_running_loop().call_later(40.5, lambda: setattr(stand.world, "stable_ready", 1))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    assert stand.router.written[-1] == (41.0, 0)


@virtually
async def test_pods_that_nobody_can_count_hold_no_rollback_back(tmp_path: Path) -> None:
    stand = failing(tmp_path, stable_ready=None)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD


@virtually
async def test_a_person_rolls_back_all_the_same_and_the_end_says_what_is_there(tmp_path: Path) -> None:
    stand = failing(tmp_path, stable_ready=0)
    loop = asyncio.get_running_loop()
    loop.call_later(30.5, lambda: stand.worker.take(Ask(command=Command.ROLL_BACK, person=ANA)))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1] == (30.5, 0)
    (ended,) = stand.all_of(ev.ReleaseEnded)
    assert isinstance(ended, ev.ReleaseEnded)
    assert "v1, which has 0 READY PODS" in ended.reason


@virtually
async def test_the_patience_sends_nothing_to_nothing_either(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.world.stable_ready = 0
    stand.source.of = lambda _tick: counts(1)
    with pytest.raises(TimeoutError):
        await stand.run(for_s=300.0)
    assert stand.router.weight == 10
    (withheld,) = stand.all_of(ev.RollbackWithheld)
    assert isinstance(withheld, ev.RollbackWithheld)
    assert withheld.cause is ev.Cause.PATIENCE


@virtually
async def test_a_pipeline_ends_held_where_nothing_comes_of_it_within_the_patience(tmp_path: Path) -> None:
    stand = failing(tmp_path, stable_ready=0, attended=False)
    assert await stand.run() == ExitCode.HELD
    assert stand.router.weight == 10
    (ended,) = stand.all_of(ev.ReleaseEnded)
    assert isinstance(ended, ev.ReleaseEnded)
    assert ended.reason.startswith("not rolled back, v1 has 0 ready pods: ")
