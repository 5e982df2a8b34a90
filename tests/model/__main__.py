"""`python -m tests.model [--sequences N] [--seed N] [--paper]`: play sequences, and tell what they saw."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.model.deeds import SEQUENCE_BYTES
from tests.model.paper import Paper
from tests.model.play import BrokenPromiseError, Maker, Tally, plainest, play
from tests.model.stage import Stage


def main() -> int:
    """Play, and give 1 where a promise was broken or a thing was never seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.model")
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument(
        "--paper", action="store_true", help="the fold and the policy alone, without a worker"
    )
    asked = parser.parse_args()
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, closing(Stage(Path(folder))) as stage:
        tally = _played(Paper if asked.paper else stage, asked.sequences, asked.seed)
    took_s = time.perf_counter() - began_s
    sys.stdout.write(f"{tally}\nseed {asked.seed}, {took_s:.0f} s\n")
    return int(bool(tally.unseen()))


def _played(make: Maker, many: int, seed: int) -> Tally:
    drawn, tally = random.Random(seed), Tally()
    for _ in range(many):
        sequence = drawn.randbytes(SEQUENCE_BYTES)
        try:
            play(sequence, make, tally)
        except BrokenPromiseError:
            sys.exit(f"BROKEN: {plainest(sequence, make)}")
    return tally


if __name__ == "__main__":
    sys.exit(main())
