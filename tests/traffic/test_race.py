from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.traffic.race import races

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer

RACES = int(os.environ.get("PITHEAD_RACES", "6"))
"""`PITHEAD_RACES=200` is the whole distance, about ten minutes."""


@pytest.mark.real
async def test_of_two_hosts_that_race_for_a_release_one_drives(real: RealServer, tmp_path: Path) -> None:
    finishes = await races(real, tmp_path, count=RACES)
    assert [finish.told for finish in finishes if finish.both_drove] == []
    assert {finish.drivers for finish in finishes} <= {1, 2}  # two: one after the other
    assert any(finish.drivers == 1 for finish in finishes)
