"""A recording of a day at one tick a second: what it takes on disk, to open, to seek in, and to hold."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.replay.recording import open_recording
from tests.bench.figure import Figure, median
from tests.bench.replay_looks import Looks
from tests.processes.terminal import PITHEAD, Terminal
from tests.replay.days import write_day

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_TICKS = 86_400
WEEK = 7
STARTS = 5
PAINTED = b"REPLAY"
"""What stands on the first frame and nowhere before it."""


def measure() -> Iterator[Figure]:
    """Write a day's journal, pack it, and look at both; then open a week."""
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder, "day.jsonl"), Path(folder, "day.pithead")
        write_day(plain, ticks=DAY_TICKS)
        packed.write_bytes(b"".join(open_recording(str(plain)).packed()))
        yield Figure(
            what="replay, a packed tick on disk",
            value=packed.stat().st_size / DAY_TICKS,
            unit="B",
            below=60.0,
            detail=f"20 buckets, all in use; {plain.stat().st_size / DAY_TICKS:.0f} B in the journal",
        )
        for name, path in (("journal", plain), ("packed", packed)):
            yield from _figures(name, path)
        week = Path(folder, "week.jsonl")
        write_day(week, ticks=WEEK * DAY_TICKS)
        looks = _look(week, seeks=0)
        yield Figure(
            what="replay, a week's journal opened",
            value=looks.open_s,
            unit="s",
            detail=f"{looks.lines:,} lines, {looks.memory_mb:.0f} MB of memory",
        )


def _figures(name: str, path: Path) -> Iterator[Figure]:
    frames = [_first_frame_s(path) for _ in range(STARTS)]
    looks = _look(path, seeks=500)
    yield Figure(
        what=f"replay of a day, {name}: first frame",
        value=median(frames),
        unit="s",
        below=1.0,
        detail=f"{STARTS} starts of pithead replay, most {max(frames):.2f}; opening alone {looks.open_s:.2f}",
    )
    yield Figure(
        what="  any seek",
        value=max(looks.seeks_ms),
        unit="ms",
        below=50.0,
        detail=f"the worst of {len(looks.seeks_ms)}, median {median(looks.seeks_ms):.1f}; once all is folded",
    )
    yield Figure(
        what="  all folded",
        value=looks.folded_s,
        unit="s",
        detail="in slices behind the screen; until then a seek beyond what is folded waits for it",
    )
    yield Figure(what="  memory", value=looks.memory_mb, unit="MB", below=300.0, detail="peak of the engine")


def _first_frame_s(path: Path) -> float:
    with Terminal([PITHEAD, "replay", str(path)], env={}) as terminal:
        terminal.read_until(PAINTED)
        return time.perf_counter() - terminal.began


def _look(path: Path, *, seeks: int) -> Looks:
    """Open and seek in a process of its own, whose memory is nothing else's."""
    command = [sys.executable, "-m", "tests.bench.replay_looks", str(path), str(seeks)]
    done = subprocess.run(command, check=True, capture_output=True)
    return Looks(**json.loads(done.stdout))
