from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests import left_behind
from tests.left_behind import KEPT, SOCKETS, VARIABLE, files_in, left, processes_of


def test_a_process_that_carries_the_run_s_folder_is_seen_and_ended(tmp_path: Path) -> None:
    by_environment = subprocess.Popen(["sleep", "600"], env={**os.environ, VARIABLE: str(tmp_path)})
    by_command = subprocess.Popen(
        ["tail", "-f", str(tmp_path / KEPT / "x"), "/dev/null"], stderr=subprocess.DEVNULL
    )
    try:
        assert by_command.pid in processes_of(tmp_path)
        if Path("/proc/self/environ").exists():
            assert by_environment.pid in processes_of(tmp_path)
    finally:
        for process in (by_environment, by_command):
            process.kill()
            process.wait()
    assert processes_of(tmp_path) == {}


def test_a_process_that_does_not_end_by_itself_is_told_and_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_behind, "ENDS_WITHIN_S", 0.0)
    with subprocess.Popen(
        ["tail", "-f", str(tmp_path / "x"), "/dev/null"], stderr=subprocess.DEVNULL
    ) as process:
        (told,) = left(tmp_path)
        assert told.startswith(f"process {process.pid}: tail -f ")


def test_a_file_beside_the_tests_own_is_seen(tmp_path: Path) -> None:
    for name in (KEPT, SOCKETS):
        (tmp_path / name).mkdir()
    assert files_in(tmp_path) == []
    (tmp_path / "forgotten").touch()
    assert [path.name for path in files_in(tmp_path)] == ["forgotten"]
