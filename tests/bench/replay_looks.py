"""`python -m tests.bench.replay_looks FILE SEEKS`: open a recording, fold it, seek in it; figures as JSON."""

from __future__ import annotations

import random
import resource
import sys
import time

import msgspec
from msgspec import Struct

from console.replay.recording import Recording, open_recording

SLICE_S = 0.03


class Looks(Struct, kw_only=True):
    """What was measured."""

    lines: int
    open_s: float
    folded_s: float
    seeks_ms: list[float]
    memory_mb: float


def looks(path: str, seeks: int) -> Looks:
    """Open, fold all, and seek at random."""
    began = time.perf_counter()
    recording = open_recording(path)
    recording.at_line(1)
    opened = time.perf_counter()
    while not recording.grow(SLICE_S):
        pass
    folded = time.perf_counter()
    chance = random.Random(7)
    seeks_ms = [_seek_ms(recording, chance) for _ in range(seeks)]
    return Looks(
        lines=len(recording),
        open_s=opened - began,
        folded_s=folded - opened,
        seeks_ms=seeks_ms,
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _seek_ms(recording: Recording, chance: random.Random) -> float:
    at = chance.uniform(recording.first_at, recording.last_at)
    began = time.perf_counter()
    recording.at(at)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(looks(sys.argv[1], int(sys.argv[2]))).decode())
