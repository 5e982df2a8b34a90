"""A worker killed under a screen that watches it: the screen says so, and brings it back with one key."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from console.host.alive import worker_of
from console.release.events import Paused, SampleTaken, WorkerResumed
from tests.processes.ground import Ground
from tests.processes.terminal import LAST_HINT
from tests.processes.test_viewers import shows

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.order import LabAddresses

pytestmark = pytest.mark.real


@pytest.mark.full
def test_r_brings_a_killed_worker_back_and_it_holds(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "revived") as ground, ground.on_terminal() as terminal:
        terminal.read_until(LAST_HINT)
        release = ground.release()
        release.until(SampleTaken, count=2)
        worker = worker_of(release.folder)
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        assert shows(terminal, "The worker is dead since")
        ticks = len(release.ticks)
        terminal.read_for(1.0)  # as a person does, who reads the question
        terminal.press(b"r")
        release.until(WorkerResumed)
        release.until(SampleTaken, count=ticks + 2)
        assert shows(terminal, "HOLDING")
        assert worker_of(release.folder) not in (None, worker)
        assert release.all_of(Paused) == []
