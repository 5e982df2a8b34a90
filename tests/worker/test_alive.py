from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.errors import UsageError
from console.host.alive import only_worker, worker_of
from console.host.places import lock_of
from console.worker.run_files import kept

HOLD = """
import sys, time
from pathlib import Path
from console.host.alive import only_worker
with only_worker(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_release_that_nobody_drives_has_no_worker(tmp_path: Path) -> None:
    assert worker_of(tmp_path) is None
    with only_worker(tmp_path):
        pass
    assert worker_of(tmp_path) is None
    assert worker_of(tmp_path / "nowhere") is None


def test_a_release_has_one_worker_and_it_is_named(tmp_path: Path) -> None:
    with only_worker(tmp_path):
        assert worker_of(tmp_path) == os.getpid()
        with pytest.raises(UsageError, match=f"process {os.getpid()}"), only_worker(tmp_path):
            pass
        assert worker_of(tmp_path) == os.getpid()


def test_a_killed_worker_is_dead_at_once(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert worker_of(tmp_path) == worker.pid
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert worker_of(tmp_path) is None
    with only_worker(tmp_path):
        assert worker_of(tmp_path) == os.getpid()


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="can't be used"), only_worker(tmp_path / "file" / "release"):
        pass


def test_a_lock_that_was_deleted_is_there_again(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    with only_worker(folder) as lock:
        assert lock is not None
        shutil.rmtree(folder)
        assert worker_of(folder) is None
        lock.renew()
        lock.renew()
        assert worker_of(folder) == os.getpid()
    assert worker_of(folder) is None


async def test_a_worker_takes_its_socket_away_when_it_leaves(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with kept(path, lambda _ask: "", None):
        assert path.exists()
    assert not path.exists()


async def test_a_socket_that_is_another_workers_by_now_is_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with kept(path, lambda _ask: "", None):
        path.unlink()
        path.touch()
    assert path.exists()


def test_a_lock_whose_file_holds_something_else_is_held_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    with only_worker(folder):
        lock_of(folder).write_bytes(b"\xff no pid\n")
        assert worker_of(folder) == 0


def test_a_file_system_without_locks_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_fd: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    lock_of(tmp_path).touch()
    monkeypatch.setattr(fcntl, "flock", none)
    assert worker_of(tmp_path) is None
    with pytest.raises(UsageError, match="No locks available"), only_worker(tmp_path):
        pass
