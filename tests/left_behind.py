"""A folder of this run's own for all that is temporary, and a look at what the run has left behind.

Every process of the run carries the folder's name in its environment, and most in their command line.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

VARIABLE = "PITHEAD_TESTS_RUN"
"""Names the run's folder, in the environment of all of its processes."""
KEPT = "t"
"""Where pytest keeps the tests' own folders; short, because sockets lie in them."""
SOCKETS = f"pithead-{os.getuid()}"
"""Where a release's socket lies whose folder's name is too long: a worker killed with -9 leaves its own."""
ENDS_WITHIN_S = 20.0
"""What was told to end may take this long on a busy machine."""


def begin() -> Path:
    """Make the folder, and let it be the temporary one from now on."""
    folder = Path(tempfile.mkdtemp(prefix="pt-"))
    os.environ[VARIABLE] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def left(folder: Path) -> list[str]:
    """Say what is left: files in the temporary folder, and processes, which are ended."""
    ends_at = time.monotonic() + ENDS_WITHIN_S
    while (running := processes_of(folder)) and time.monotonic() < ends_at:
        time.sleep(0.2)
    for pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return [
        *(f"{path.relative_to(folder)} in the temporary folder" for path in files_in(folder)),
        *(f"process {pid}: {command}" for pid, command in running.items()),
    ]


def files_in(folder: Path) -> list[Path]:
    """Find what lies in the temporary folder beside the tests' own."""
    return sorted(path for path in folder.iterdir() if path.name not in (KEPT, SOCKETS))


def processes_of(folder: Path) -> dict[int, str]:
    """Find the processes that carry the folder's name, but this one and those above it."""
    told = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in told.stdout.splitlines()]
    parents = {int(row[0]): int(row[1]) for row in rows}
    above, pid = set[int](), os.getpid()
    while pid and pid not in above:
        above.add(pid)
        pid = parents.get(pid, 0)
    alive = {int(row[0]): row[-1] for row in rows if not row[2].startswith("Z")}
    return {
        pid: command
        for pid, command in alive.items()
        if pid not in above and (str(folder) in command or _environment_names(folder, pid))
    }


def _environment_names(folder: Path, pid: int) -> bool:
    """Look into a process' environment, where the system shows it."""
    try:
        return f"{VARIABLE}={folder}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def take_away(folder: Path) -> None:
    """Remove the run's folder with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)
