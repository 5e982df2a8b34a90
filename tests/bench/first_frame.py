"""The first frame: from the start of `pithead attach` to the last byte of a full frame on the terminal."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.figure import Figure, median, spread
from tests.bench.recording import Recording
from tests.processes.terminal import COLUMNS, LAST_HINT, PITHEAD, ROWS, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS = 9
GOAL_MS = 300.0


def measure() -> Iterator[Figure]:
    """Start it a few times, and an import of the bare toolkit in turn with it."""
    with tempfile.TemporaryDirectory() as home:
        Recording(Path(home))
        pairs = [(_first_frame_ms(home), _import_ms()) for _ in range(STARTS + 1)][
            1:
        ]  # the first warms caches
    frames, imports = ([pair[place] for pair in pairs] for place in (0, 1))
    yield Figure(
        what="first frame",
        value=median(frames),
        unit="ms",
        below=GOAL_MS,
        detail=f"{STARTS} starts at {COLUMNS}x{ROWS}: {spread(frames)}, least {min(frames):.0f}",
    )
    yield Figure(
        what="  beside a bare `import textual.app`",
        value=median([frame / bare for frame, bare in pairs]),
        unit="times",
        detail=f"the import alone takes {median(imports):.0f} ms on this machine",
    )


def _first_frame_ms(home: str) -> float:
    with Terminal([PITHEAD, "attach"], env={"PITHEAD_HOME": home}) as terminal:
        terminal.read_until(LAST_HINT)
        return (time.perf_counter() - terminal.began) * 1000


def _import_ms() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return (time.perf_counter() - began) * 1000
