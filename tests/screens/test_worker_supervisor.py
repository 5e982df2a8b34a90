"""What the screen knows of a worker's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.host.alive import only_worker
from screens.worker_supervisor import GRACE_S, WorkerSupervisor

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_release_without_a_worker_is_dead_at_once(tmp_path: Path) -> None:
    assert not WorkerSupervisor(tmp_path).lives()


def test_a_worker_that_was_just_started_has_time_to_come_to_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    one = WorkerSupervisor(tmp_path, just_started=True)
    now += GRACE_S - 0.1
    assert one.lives()
    now += 0.2
    assert not one.lives()


def test_a_worker_with_its_lock_lives(tmp_path: Path) -> None:
    with only_worker(tmp_path):
        assert WorkerSupervisor(tmp_path).lives()
    assert not WorkerSupervisor(tmp_path).lives()
