from __future__ import annotations

from pathlib import Path

from console.errors import ExitCode
from console.release import events as ev
from tests.virtual_time import virtually
from tests.worker.ports import Stand


@virtually
async def test_a_plan_that_is_run_again_when_its_canary_has_all_traffic_is_refused(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.weight = 100
    assert await stand.run() == ExitCode.PREFLIGHT_FAILED
    assert stand.router.written == []
    (ended,) = stand.all_of(ev.ReleaseEnded)
    assert isinstance(ended, ev.ReleaseEnded)
    assert ended.reason.startswith("starting weight: v2 gets 100% already")


@virtually
async def test_it_begins_there_where_the_weight_is_named(tmp_path: Path) -> None:
    stand = Stand(tmp_path, start_weight=100)
    stand.router.weight = 100
    assert await stand.run() == ExitCode.PROMOTED
    assert stand.router.written[0][1] == 10


@virtually
async def test_another_weight_than_the_one_named_is_refused(tmp_path: Path) -> None:
    stand = Stand(tmp_path, start_weight=100)
    stand.router.weight = 50
    assert await stand.run() == ExitCode.PREFLIGHT_FAILED
    assert stand.router.written == []
