"""A release of a week: how soon it is told and taken up, and what its report holds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.journal import Tail
from console.journal.checkpoint import EVERY_RECORDS, keep_checkpoint, packed_checkpoint
from console.release.fold import fold
from tests.bench.figure import Figure, median
from tests.processes.terminal import PITHEAD
from tests.replay.days import write_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.release.state import Release

WEEK_TICKS = 7 * 24 * 720
"""At the interval of a real plan, 5 s."""
HOUR_TICKS = 720
STARTS = 5
NAME = "checkout-20260101-000000"
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


def measure() -> Iterator[Figure]:
    """Tell a release of a week and one of an hour, and write both reports."""
    with tempfile.TemporaryDirectory() as folder:
        week, hour = (aged(Path(folder, name), ticks) for name, ticks in _AGES)
        told = {home: median([_ran(home, "status", NAME)[0] for _ in range(STARTS)]) for home in (week, hour)}
        yield Figure(
            what="status of a release of a week",
            value=told[week],
            unit="s",
            below=1.0,
            detail=f"{told[week] / told[hour]:.2f} times one of an hour; from its checkpoint",
        )
        _, held_mb = _ran(week, "report", NAME, "-o", str(week / "report.html"))
        yield Figure(
            what="report of a release of a week, memory", value=held_mb, unit="MB", below=300.0, detail=""
        )


_AGES = (("week", WEEK_TICKS), ("hour", HOUR_TICKS))


def aged(home: Path, ticks: int) -> Path:
    """Lay a release of so many ticks into a state folder, with the checkpoint that its worker would leave."""
    journal = home / "releases" / NAME / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    write_day(journal, ticks=ticks)
    tail = Tail(journal)
    release: Release | None = None
    while records := tail.poll(most=EVERY_RECORDS):
        if len(records) < EVERY_RECORDS and release is not None:
            break
        for record in records:
            release = fold(release, record)
        assert release is not None
        keep_checkpoint(journal, packed_checkpoint(release, tail.place))
    return home


def _ran(home: Path, *command: str) -> tuple[float, float]:
    """Run a command; gives how long it took in seconds, and the most that it held in MB."""
    begun = time.perf_counter()
    with (home / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [PITHEAD, *command], env={**os.environ, "PITHEAD_HOME": str(home)}, stdout=said, stderr=said
        )
    # `wait4` gives the usage of this child alone, where `getrusage` gives that of all.
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begun, usage.ru_maxrss * _MAXRSS_BYTES / 1e6
