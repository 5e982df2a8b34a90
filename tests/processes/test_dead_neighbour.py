"""A new release on the route of one whose worker was killed a moment ago, on the same host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from console.release.events import LeaseAwaited, LeaseHeld, PreflightDone, StageEntered, WeightConfirmed
from tests.processes.background import Followed
from tests.processes.ground import Ground

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.order import LabAddresses

pytestmark = [pytest.mark.real, pytest.mark.full]
CEILING_S = 90.0


def test_its_lease_is_neither_waited_for_nor_in_the_way(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "dead-neighbour") as ground:
        first = ground.headless()
        before = ground.release()
        before.until(WeightConfirmed)
        first.kill()
        first.communicate()
        second = ground.headless("--from", "5%")
        try:
            after = the_other(ground, before)
            _, preflight = after.until(PreflightDone)
            assert preflight.ok, preflight
            after.until(StageEntered)
            assert after.all_of(LeaseHeld)
            assert not after.all_of(LeaseAwaited)
        finally:
            second.kill()
            second.communicate()


def the_other(ground: Ground, first: Followed) -> Followed:
    until = time.monotonic() + CEILING_S
    while True:
        found = {path.parent for path in ground.home.rglob("releases/*/journal.jsonl")} - {first.folder}
        if found:
            return Followed(found.pop())
        assert time.monotonic() < until, [*ground.home.rglob("*")]
        time.sleep(0.02)
