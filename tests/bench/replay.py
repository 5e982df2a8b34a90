"""A recording of a day at one tick a second: what it takes on disk, to open, to seek in, and to hold."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from console.replay.recording import open_recording
from console.replay.zstd import zstd
from tests.bench.cpu import cpu_s
from tests.bench.figure import Figure, median
from tests.bench.memory import memory_mb
from tests.bench.replay_looks import Looks
from tests.processes.terminal import PITHEAD, Terminal
from tests.replay.days import WEIGHTS, write_day

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_TICKS = 86_400
WEEK = 7
STARTS = 3
SEEKS = 500
PAINTED = b"REPLAY"
"""What stands on the first frame and nowhere before it."""
FAR_KEY, FAR_WORDS = b"9", b"stage %d of %d" % (len(WEIGHTS), len(WEIGHTS))
"""A key that leads to nine tenths of the recording, and what stands on the screen there."""
LONGEST_S = 600.0


class Begun(Struct, kw_only=True):
    """One start of `pithead replay`."""

    frame_s: float
    """From its start to the first frame."""
    far_s: float
    """From there to the frame that was wanted."""
    cpu_s: float
    memory_mb: float


def measure() -> Iterator[Figure]:
    """Write a day's journal, make it small in three ways, and look at all four; then open a week."""
    with tempfile.TemporaryDirectory() as folder:
        day = Path(folder, "day.jsonl")
        write_day(day, ticks=DAY_TICKS)
        for path in (day, *_made_small(day)):
            yield from _of_the_screen(path)
        packed = day.with_suffix(".packed")
        yield Figure(
            what="replay, a packed tick on disk",
            value=packed.stat().st_size / DAY_TICKS,
            unit="B",
            below=75.0,
            detail=f"20 buckets, all in use; {day.stat().st_size / DAY_TICKS:.0f} B in the journal",
        )
        for path in (day, packed):
            yield from _of_the_engine(path)
        week = Path(folder, "week.jsonl")
        write_day(week, ticks=WEEK * DAY_TICKS)
        yield from _of_the_screen(week, starts=1)


def _made_small(day: Path) -> Iterator[Path]:
    raw = day.read_bytes()
    for suffix, small in (
        (".gz", gzip.compress(raw)),
        (".zst", zstd.compress(raw)),
        (".packed", b"".join(open_recording(str(day)).packed())),
    ):
        path = day.with_suffix(suffix)
        path.write_bytes(small)
        yield path


def _of_the_screen(path: Path, *, starts: int = STARTS) -> Iterator[Figure]:
    """Start `pithead replay` some times, and go far in it once."""
    began = [_begun(path) for _ in range(starts)]
    yield Figure(
        what=f"replay of {path.name}: first frame",
        value=median([start.frame_s for start in began]),
        unit="s",
        below=1.0 if path.stem == "day" else None,
        detail=f"{starts} starts on a pty, CPU {median([start.cpu_s for start in began]):.2f} s",
    )
    gone = _begun(path, far=True)
    yield Figure(
        what="  a jump over nine tenths, right after it",
        value=gone.far_s,
        unit="s",
        detail=f"until all before it is folded; CPU {gone.cpu_s:.1f} s",
    )
    yield Figure(what="  memory", value=gone.memory_mb, unit="MB", below=300.0, detail="peak of the process")


def _begun(path: Path, *, far: bool = False) -> Begun:
    """Start it, wait for its first frame, and perhaps go far."""
    with Terminal([PITHEAD, "replay", str(path)], env={}) as terminal:
        terminal.read_until(PAINTED)
        frame_s = time.perf_counter() - terminal.began
        if far:
            terminal.press(FAR_KEY)
            terminal.read_until(FAR_WORDS, within_s=LONGEST_S)
        return Begun(
            frame_s=frame_s,
            far_s=time.perf_counter() - terminal.began - frame_s,
            cpu_s=cpu_s(terminal.process.pid),
            memory_mb=memory_mb(terminal.process.pid),
        )


def _of_the_engine(path: Path) -> Iterator[Figure]:
    """Fold and seek in a process of its own, which paints nothing."""
    command = [sys.executable, "-m", "tests.bench.replay_looks", str(path), str(SEEKS)]
    done = subprocess.run(command, check=True, capture_output=True)
    looks = Looks(**json.loads(done.stdout))
    yield Figure(
        what=f"replay of {path.name}: any seek",
        value=max(looks.seeks_ms),
        unit="ms",
        below=50.0,
        detail=f"the worst of {SEEKS}, median {median(looks.seeks_ms):.1f}, CPU at most"
        f" {max(looks.seeks_cpu_ms):.1f} ms; where the fold has been",
    )
    yield Figure(
        what="  all folded",
        value=looks.folded_s,
        unit="s",
        detail=f"{looks.lines:,} lines, CPU {looks.folded_cpu_s:.1f} s; {looks.memory_mb:.0f} MB",
    )
