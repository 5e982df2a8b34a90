"""Whatever befalls the screen, the worker goes on: real processes on real ptys, side by side."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from tests.processes.calamities import (
    WATCH_S,
    Aftermath,
    befallen,
    close,
    interrupt,
    kill,
    lateness_s,
    stall,
)
from tests.processes.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.lab.order import LabAddresses
    from tests.processes.terminal import Terminal

pytestmark = pytest.mark.real

HARMS: dict[str, tuple[Callable[[Terminal], None], float]] = {
    "killed": (kill, WATCH_S),
    "closed": (close, WATCH_S),
    "interrupted": (interrupt, WATCH_S),
    "stalled": (stall, 15.0),
}
MOST_LATE_S = 0.25
START_WITHIN_S = 60.0

Running = dict[str, Future[Aftermath]]


@pytest.fixture(scope="module")
def running(lab: LabAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All calamities at once: each has a release of its own, and strikes when all releases tick."""
    all_tick = Barrier(len(HARMS))
    ready = partial(all_tick.wait, START_WITHIN_S)
    with ThreadPoolExecutor(len(HARMS)) as threads:
        yield {
            name: threads.submit(
                befallen,
                Ground(lab, tmp_path_factory.mktemp(name) / "home", name),
                harm,
                ready=ready,
                watch_s=watch_s,
            )
            for name, (harm, watch_s) in HARMS.items()
        }


@pytest.fixture(params=HARMS)
def aftermath(request: pytest.FixtureRequest, running: Running) -> Aftermath:
    return running[request.param].result()


def test_ticks_stay_on_their_grid(aftermath: Aftermath) -> None:
    assert aftermath.worst_lateness_s < MOST_LATE_S


def test_no_tick_is_left_out(aftermath: Aftermath) -> None:
    assert aftermath.until - aftermath.ticks[-1] < 1 + MOST_LATE_S
    assert len(aftermath.ticks) >= WATCH_S


def test_there_is_still_one_worker(aftermath: Aftermath) -> None:
    assert aftermath.workers == 1


def test_another_viewer_can_roll_back(aftermath: Aftermath) -> None:
    assert aftermath.refused == ""
    assert aftermath.exit_code == ExitCode.ROLLED_BACK_BY_PERSON


def test_the_terminal_took_nothing_for_as_long_as_it_was_stalled(running: Running) -> None:
    assert running["stalled"].result().terminal_was_full


def test_a_late_tick_and_a_missing_one_are_seen() -> None:
    assert lateness_s([0.0, 1.0, 2.0, 3.0]) == 0.0
    assert lateness_s([0.0, 1.0, 2.3, 3.0]) == pytest.approx(0.3)
    assert lateness_s([0.0, 1.0, 2.0, 4.0]) == pytest.approx(1.0)
