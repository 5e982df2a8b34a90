"""What can befall the machine under a worker: its clock, its sleep, its descriptors, its folder."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from console.command import Command
from console.errors import ExitCode
from console.host.alive import only_worker, worker_of
from console.host.control import Ask, ControlClient
from console.release import events as ev
from console.worker import clock as clocks
from console.worker.clock import Clock
from console.worker.run_files import kept
from console.worker.spare_descriptors import HELD_BACK, SpareDescriptors
from tests.releases import ANA, counts, guard, plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand


def test_a_clock_that_is_set_moves_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = [1_000_000.0], [50.0]
    monkeypatch.setattr(time, "time", lambda: wall[0])
    monkeypatch.setattr(clocks, "_steady", lambda: steady[0])
    clock = Clock()
    times = []
    for step_s in (0.0, 3600.0, -7200.0, 86400.0):
        wall[0] += step_s
        steady[0] += 1.0
        times.append(clock())
    assert times == [1_000_001.0, 1_000_002.0, 1_000_003.0, 1_000_004.0]


def test_a_clock_that_was_set_back_while_no_worker_lived_goes_on_behind_the_last_record() -> None:
    later = time.time() + 3600.0
    assert later <= Clock(not_before=later)() < later + 1.0


@virtually
async def test_behind_a_sleep_of_ten_minutes_no_clock_has_run_and_the_evidence_is_new(tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(10, guard(), hold_s=5.0), stage(100, guard(), hold_s=5.0)))
    slept = [0.0]
    awake = stand.book.now
    stand.book.now = lambda: awake() + slept[0]
    asyncio.get_running_loop().call_at(3.5, lambda: slept.__setitem__(0, 600.0))
    assert await stand.run() == ExitCode.PROMOTED
    asked_at, weight = stand.router.written[1]
    assert weight == 100
    assert asked_at >= 6.0
    held = [record.at for record in stand.records if isinstance(record.event, ev.SampleTaken)]
    assert sum(later - earlier < 2.0 for earlier, later in pairwise(held)) >= 8


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len([*Path("/proc/self/fd").iterdir()]) + 60, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def use_up_all() -> list[int]:
    taken: list[int] = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return taken


@pytest.mark.usefixtures("few_descriptors")
def test_a_rollback_has_descriptors_when_there_are_none(tmp_path: Path) -> None:
    free: list[int] = []

    @virtually
    async def here() -> None:
        stand = Stand(tmp_path)
        stand.source.of = lambda tick: counts(100, errors=50 if tick > 5 else 0)

        def before_write(weight: int) -> None:
            if weight == 0:
                sockets = [socket.socket() for _ in range(HELD_BACK - 4)]
                free.append(len(sockets))
                for each in sockets:
                    each.close()

        stand.router.before_write = before_write
        taken = use_up_all()
        try:
            assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
        finally:
            for fd in taken:
                os.close(fd)

    here()
    assert free == [HELD_BACK - 4]


def test_a_reserve_rests_once_it_was_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with SpareDescriptors() as spare:
        assert len(spare._held) == HELD_BACK
        spare.let_go()
        spare.fill()
        assert spare._held == []
        now[0] += 11.0
        spare.fill()
        assert len(spare._held) == HELD_BACK


async def test_a_socket_and_a_lock_that_were_deleted_are_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.worker.run_files.LOOK_S", 0.01)
    folder = tmp_path / "release"
    path = folder / "control.sock"
    asked = Ask(command=Command.PAUSE, person=ANA)
    with only_worker(folder) as lock:
        async with kept(path, lambda _ask: "heard", lock):
            harms: list[Callable[[], object]] = [path.unlink, partial(shutil.rmtree, folder)]
            for harm in harms:
                assert await ControlClient(path, ANA).send(asked.command) == "heard"
                harm()
                while not path.exists() or worker_of(folder) is None:  # noqa: ASYNC110 - it happens on disk
                    await asyncio.sleep(0.01)
            assert await ControlClient(path, ANA).send(asked.command) == "heard"
