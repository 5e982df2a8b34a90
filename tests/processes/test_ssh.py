"""A release driven over a real SSH connection in tmux, which is killed in a stage and in a rollback."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from console.errors import ExitCode
from console.release.events import (
    Paused,
    ReleaseEnded,
    ReleaseOpened,
    RollbackAsked,
    SampleTaken,
    WriteFailed,
)
from tests.faults.relay import Relay, RelayThread
from tests.lab.test_lab import kubernetes
from tests.processes.ground import Ground, workers_of
from tests.processes.ssh import Server, Tmux
from tests.processes.terminal import PITHEAD

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.order import LabAddresses

pytestmark = [pytest.mark.real, pytest.mark.full]


def reached_through(relay: RelayThread, lab: LabAddresses, folder: Path) -> LabAddresses:
    """Give the lab's addresses with its Kubernetes API behind the relay."""
    config = json.loads(lab.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"http://127.0.0.1:{relay.port}"
    (folder / "kubeconfig").write_text(json.dumps(config))
    return replace(lab, kubeconfig=folder / "kubeconfig")


def test_a_killed_connection_ends_no_stage_and_no_rollback(lab: LabAddresses, tmp_path: Path) -> None:
    port = urlsplit(kubernetes(lab)).port
    assert port
    with (
        Server(tmp_path) as server,
        RelayThread(port) as relay,
        Ground(reached_through(relay, lab, tmp_path), tmp_path / "home", "over-ssh") as ground,
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
        tmux.shows("HOLDING")
        tmux.press("R")
        tmux.shows("Roll back to v1?")
        relay.tell(Relay.refuse)
        time.sleep(1.0)  # as a person does, who reads the question
        tmux.press("Enter")
        tmux.shows("NOT CONFIRMED, attempt ")
        tmux.cut()
        tried = len(release.all_of(WriteFailed))
        release.until(WriteFailed, count=tried + 2)

        tmux.open(attach)
        tmux.shows("NOT CONFIRMED, attempt ")
        relay.tell(Relay.let_go)
        assert "the router confirms 0%" in tmux.shows("R O L L E D")
        release.until(ReleaseEnded)
        assert release.exit_code == ExitCode.ROLLED_BACK_BY_PERSON
        (_, opened), *_ = release.all_of(ReleaseOpened)
        (_, paused), *_ = release.all_of(Paused)
        (_, asked), *_ = release.all_of(RollbackAsked)
        assert {opened.person.via, paused.person.via, asked.person.via} == {"127.0.0.1"}
