"""`python -m tests.bench.replay_looks FILE SEEKS`: open a recording, fold it, seek in it; figures as JSON."""

from __future__ import annotations

import random
import sys
import time

import msgspec
from msgspec import Struct

from console.replay.recording import Recording, open_recording
from tests.bench.memory import memory_mb

SLICE_S = 0.03


class Looks(Struct, kw_only=True):
    """What was measured."""

    lines: int
    open_s: float
    folded_s: float
    folded_cpu_s: float
    seeks_ms: list[float]
    seeks_cpu_ms: list[float]
    """What they computed: on a machine that does nothing else, all that they take."""
    memory_mb: float


def looks(path: str, seeks: int) -> Looks:
    """Open, fold all, and seek at random."""
    began = time.perf_counter()
    recording = open_recording(path)
    recording.at_line(1)
    opened, used = time.perf_counter(), time.process_time()
    while not recording.grow(SLICE_S):
        pass
    folded, used = time.perf_counter(), time.process_time() - used
    chance = random.Random(7)
    taken = [_seek_ms(recording, chance) for _ in range(seeks)]
    return Looks(
        lines=len(recording),
        open_s=opened - began,
        folded_s=folded - opened,
        folded_cpu_s=used,
        seeks_ms=[ms for ms, _ in taken],
        seeks_cpu_ms=[ms for _, ms in taken],
        memory_mb=memory_mb("self"),
    )


def _seek_ms(recording: Recording, chance: random.Random) -> tuple[float, float]:
    at = chance.uniform(recording.first_at, recording.last_at)
    began, used = time.perf_counter(), time.process_time()
    recording.at(at)
    return (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(looks(sys.argv[1], int(sys.argv[2]))).decode())
