"""A release driven over a real SSH connection in tmux, which is killed in a stage and in a rollback."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.release.events import Paused, ReleaseEnded, ReleaseOpened, RollbackDecided, SampleTaken
from tests.processes.ground import Ground, workers_of
from tests.processes.ssh import Server, Tmux
from tests.processes.terminal import PITHEAD

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.order import LabAddresses

pytestmark = pytest.mark.real


def test_a_killed_connection_ends_no_stage_and_no_rollback(lab: LabAddresses, tmp_path: Path) -> None:
    with (
        Server(tmp_path) as server,
        Ground(lab, tmp_path / "home", "over-ssh") as ground,
        Tmux(tmp_path) as tmux,
    ):
        env = {**ground.env, "LC_ALL": "C.UTF-8", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        attach = server.login([PITHEAD, "attach"], env=env)

        tmux.open(server.login(ground.run, env=env))
        tmux.shows("stage 1 of 2")
        release = ground.release()
        release.until(SampleTaken, count=2)
        tmux.cut()
        seen = len(release.ticks)
        release.until(SampleTaken, count=seen + 2)
        assert len(workers_of(ground.home)) == 1

        tmux.open(attach)
        shown = tmux.shows("stage 1 of 2")
        assert "the router confirms 5%" in shown
        tmux.press("Space")
        release.until(Paused)
        tmux.shows("PAUSED")
        tmux.press("R")
        tmux.shows("Roll back to v1?")
        tmux.press("Enter")
        release.until(RollbackDecided)
        tmux.cut()
        assert release.all_of(ReleaseEnded) == []
        release.until(ReleaseEnded)
        assert release.exit_code == ExitCode.ROLLED_BACK_BY_PERSON

        tmux.open(server.login([PITHEAD, "attach", "over-ssh"], env=env))
        assert "the router confirms 0%" in tmux.shows("R O L L E D")
        (_, opened), *_ = release.all_of(ReleaseOpened)
        (_, paused), *_ = release.all_of(Paused)
        assert (opened.person.via, paused.person.via) == ("127.0.0.1", "127.0.0.1")
