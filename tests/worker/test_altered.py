"""A write that comes out as another weight: more than was asked for is taken back at once, less is held."""

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
from tests.releases import ANA, plan
from tests.virtual_time import virtually
from tests.worker.ports import EPOCH, Stand


async def run_for(stand: Stand, for_s: float) -> None:
    with pytest.raises(TimeoutError):
        await stand.run(for_s=for_s)


def weights(stand: Stand) -> list[int]:
    return [
        event.weight for event in stand.all_of(ev.WeightRequested) if isinstance(event, ev.WeightRequested)
    ]


@virtually
async def test_more_than_asked_is_taken_back_at_once_in_the_first_stage_to_none(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.admitted = lambda weight: 50 if weight else 0
    await run_for(stand, 30.0)
    assert weights(stand) == [10, 0]
    assert stand.router.weight == 0
    assert stand.times_of(ev.TakenBack) == stand.times_of(ev.WeightAltered)
    line = explain(stand.worker.release, now=EPOCH + 30.0)
    assert (line.tone, line.word) == (Tone.ALARM, "HOLDING")
    assert "10% came out as 50%: a webhook or a controller changes what is written; 0% stays" in line.text
    assert "space writes 10% again" in line.text


@virtually
async def test_in_a_later_stage_it_is_taken_back_to_the_stage_before(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.admitted = lambda weight: 90 if weight == 50 else weight
    await run_for(stand, 60.0)
    assert weights(stand) == [10, 50, 10]
    assert stand.worker.release.index == 1


@virtually
async def test_where_that_comes_out_larger_too_all_is_taken_away(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    loop = asyncio.get_running_loop()
    stand.router.admitted = lambda weight: 90 if weight and loop.time() > 9.0 else weight
    await run_for(stand, 60.0)
    assert weights(stand) == [10, 50, 10, 0]
    assert stand.router.weight == 0


@virtually
async def test_where_even_none_comes_out_larger_it_is_not_asked_for_again_until_the_patience_goes_back(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path, plan(patience_s=60.0))
    stand.router.admitted = lambda weight: max(weight, 20)
    await run_for(stand, 30.0)
    assert weights(stand) == [10, 0]
    line = explain(stand.worker.release, now=EPOCH + 30.0)
    assert line.text.startswith("0% came out as 20%: ")
    assert "; 20% stays · space writes 10% again, R rolls back; back to v1 in " in line.text


@virtually
async def test_less_than_was_asked_for_is_held(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    stand.router.admitted = lambda weight: min(weight, 5)
    await run_for(stand, 60.0)
    assert weights(stand) == [10]
    line = explain(stand.worker.release, now=EPOCH + 60.0)
    assert "10% came out as 5%: a webhook or a controller changes what is written; 5% stays" in line.text


@virtually
async def test_a_person_goes_on_once_nothing_changes_the_weights_any_more(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    loop = asyncio.get_running_loop()
    stand.router.admitted = lambda weight: 50 if weight and loop.time() < 5.0 else weight
    loop.call_later(20.0, lambda: stand.worker.take(Ask(command=Command.RESUME, person=ANA)))
    assert await stand.run() == ExitCode.PROMOTED
    assert weights(stand) == [10, 0, 10, 50, 100]


@virtually
async def test_it_is_taken_back_while_a_person_has_paused_it(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    loop = asyncio.get_running_loop()
    stand.router.admitted = lambda weight: 90 if weight == 50 else weight
    stand.router.after_write = lambda weight: 1.0 if weight == 50 else None  # type: ignore[assignment,return-value]  # it may wait
    loop.call_later(10.5, lambda: stand.worker.take(Ask(command=Command.PAUSE, person=ANA)))
    await run_for(stand, 60.0)
    assert stand.worker.release.paused_by == ANA
    assert stand.router.weight == 10


@virtually
async def test_the_patience_ends_it_where_nobody_comes(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.admitted = lambda weight: 50 if weight else 0
    assert await stand.run() == ExitCode.HELD
    assert stand.router.weight == 0


@virtually
async def test_a_change_by_someone_else_holds_as_ever(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(patience_s=600.0))
    asyncio.get_running_loop().call_later(4.5, lambda: stand.router.set(70, by="kubectl-edit"))
    await run_for(stand, 30.0)
    assert stand.all_of(ev.WeightAltered) == []
    assert weights(stand) == [10]
