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
    nothing,
    stall,
)
from tests.processes.ground import Ground
from tests.sample import in_full_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.lab.order import LabAddresses
    from tests.processes.terminal import Terminal

pytestmark = pytest.mark.real

HARMS: dict[str, tuple[Callable[[Terminal], None], float]] = {
    "untouched": (nothing, 15.0),
    "killed": (kill, WATCH_S),
    **dict(in_full_only([("closed", (close, WATCH_S)), ("interrupted", (interrupt, WATCH_S))])),
    "stalled": (stall, 15.0),
}
LEAST_TICKS = 3
"""Fewer of the release that is left alone would compare nothing."""
START_WITHIN_S = 240.0

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


def test_the_worker_ticks_as_often_as_one_whose_screen_came_to_no_harm(
    aftermath: Aftermath, running: Running
) -> None:
    """On whatever machine: both share it. How late a tick is, in milliseconds, `make bench` measures."""
    unharmed = running["untouched"].result()
    since = max(aftermath.harmed_at, unharmed.harmed_at)
    until = min(aftermath.watched_until, unharmed.watched_until)
    here, there = (sum(since < at < until for at in each.ticks) for each in (aftermath, unharmed))
    assert there >= LEAST_TICKS
    assert here >= 0.7 * there - 1, f"{here} ticks, and {there} of a release that was left alone"


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
