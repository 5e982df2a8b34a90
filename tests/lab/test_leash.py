from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from console.lab.leash import start_on_leash

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = """
import os, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), grandchild.pid, flush=True)
time.sleep(60)
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""

PARENT = """
import subprocess, sys, time
from pathlib import Path
from console.lab.leash import start_on_leash
folder = Path(sys.argv[1])
kept = [start_on_leash([sys.executable, "-c", sys.argv[2]], log=folder / f"{n}.log") for n in range(2)]
for leashed in kept:
    print(leashed.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether a process runs: a zombie that waits for its reaper does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in {"", "Z"}


def wait_for(*, gone: list[int], within_s: float = 60.0) -> list[int]:
    """The processes that still live when all are gone or the time is up."""
    until = time.monotonic() + within_s
    while (left := [pid for pid in gone if alive(pid)]) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def words_of(log: Path, *, within_s: float = 60.0) -> list[str]:
    """What a program has written to its log, once it has written a line."""
    until = time.monotonic() + within_s
    while not (log.exists() and log.read_text().endswith("\n")) and time.monotonic() < until:
        time.sleep(0.02)
    return log.read_text().split()


def test_kill_9_of_the_parent_ends_every_descendant(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), FAMILY], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    leashes = [int(parent.stdout.readline()) for _ in range(2)]
    programs = [int(pid) for n in range(2) for pid in words_of(tmp_path / f"{n}.log")]
    parent.kill()
    parent.communicate()
    assert len(programs) == 4
    assert wait_for(gone=leashes + programs) == []


def test_kill_9_of_the_leash_ends_the_program(tmp_path: Path) -> None:
    watcher = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
    leashed = start_on_leash([sys.executable, "-c", watcher], log=tmp_path / "log")
    (program,) = words_of(tmp_path / "log")
    os.kill(leashed.pid, signal.SIGKILL)
    assert leashed.stop() == -signal.SIGKILL
    assert wait_for(gone=[int(program)]) == []


def test_letting_one_go_leaves_its_sibling_running(tmp_path: Path) -> None:
    one = start_on_leash(["sleep", "60"], log=tmp_path / "one")
    other = start_on_leash(["sleep", "60"], log=tmp_path / "other")
    one.stop()
    assert (one.running, other.running) == (False, True)
    other.stop()


def test_a_program_deaf_to_term_is_killed_after_the_grace(tmp_path: Path) -> None:
    leashed = start_on_leash([sys.executable, "-c", STUBBORN], log=tmp_path / "log")
    assert words_of(tmp_path / "log") == ["deaf"]
    assert leashed.stop() == 128 + signal.SIGKILL


def test_the_exit_code_is_the_program_s_own(tmp_path: Path) -> None:
    leashed = start_on_leash(["sh", "-c", "exit 7"], log=tmp_path / "log")
    assert leashed.wait() == 7
    leashed.stop()


def test_a_missing_program_is_one_line_in_the_log(tmp_path: Path) -> None:
    leashed = start_on_leash(["no-such-program"], log=tmp_path / "log")
    assert leashed.wait() == 127
    assert (
        tmp_path / "log"
    ).read_text() == "leash: no-such-program did not start: No such file or directory\n"
    leashed.stop()


def test_standard_output_can_be_kept_for_the_parent(tmp_path: Path) -> None:
    leashed = start_on_leash(["echo", "ready"], log=tmp_path / "log", stdout=subprocess.PIPE)
    assert leashed.stdout is not None
    assert leashed.stdout.readline() == b"ready\n"
    leashed.stop()
