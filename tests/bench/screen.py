"""The screen in its steady state: bytes to the terminal and CPU, at one update a second."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.cpu import cpu_s
from tests.bench.figure import Figure
from tests.bench.recording import Recording
from tests.processes.terminal import COLUMNS, LAST_HINT, PITHEAD, ROWS, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM_UP_S, WATCH_S = 5.0, 40.0
GOAL_KB, GOAL_CPU_S = 60.0, 0.6


def measure() -> Iterator[Figure]:
    """Attach to a journal that grows by a tick a second, and read the terminal as fast as it comes."""
    with (
        tempfile.TemporaryDirectory() as home,
        Recording(Path(home)),
        Terminal([PITHEAD, "attach"], env={"PITHEAD_HOME": home}) as terminal,
    ):
        terminal.read_until(LAST_HINT)
        terminal.read_for(WARM_UP_S)
        used_s, began = cpu_s(terminal.process.pid), time.monotonic()
        sent = len(terminal.read_for(WATCH_S))
        minutes = (time.monotonic() - began) / 60
        used_s = cpu_s(terminal.process.pid) - used_s
    how = f"{COLUMNS}x{ROWS}, a tick a second, over {WATCH_S:.0f} s"
    yield Figure(
        what="bytes to the terminal", value=sent / 1000 / minutes, unit="kB/min", below=GOAL_KB, detail=how
    )
    yield Figure(what="CPU of the screen", value=used_s / minutes, unit="s/min", below=GOAL_CPU_S, detail=how)
