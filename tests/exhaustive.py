"""`python -m tests.exhaustive`: everything that is generated, in full, in steps that are each on record.

One line of JSON a step in `build/exhaustive.jsonl` (`--file` names another). A step that passed for this
commit is not run again, so that a run that was cut off goes on. `--list` says the steps, and `--only fuzz`
takes those whose name begins so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from tests.bench_judge.bars import BARS
from tests.sample import VARIABLE
from tests.trials import ROOT, commit_now

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTEST = ("pytest", "-n", "6")
FUZZ_PARTS, PROPERTY_SEEDS = 10, 5
FUZZ_INPUTS, SEQUENCES = 100_000, 20_000
HISTORIES, HISTORY_PARTS = 5000, 10
_TOLD_CHARACTERS = 2000


class Step(Struct, frozen=True, kw_only=True):
    """One step's result."""

    commit: str
    name: str
    at: str
    seconds: float
    code: int
    told: str
    """The end of what it said."""


def steps() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give each step's name, and the arguments for Python's `-m`."""
    yield "the suite with full tables", PYTEST
    for seed in range(1, PROPERTY_SEEDS + 1):
        fresh = ("--hypothesis-profile=fresh", f"--hypothesis-seed={seed}")
        yield f"properties, seed {seed}", (*PYTEST, "--quick", *fresh)
    # In one piece: what one sequence in thousands sees must have been seen.
    yield "sequences", ("tests.model", "--sequences", str(SEQUENCES), "--seed", "1")
    for seed in range(1, FUZZ_PARTS + 1):
        many = str(FUZZ_INPUTS // FUZZ_PARTS)
        yield f"fuzz, seed {seed}", ("tests.fuzz", "all", "--inputs", many, "--seed", str(seed))
    for part in range(HISTORY_PARTS):
        count = HISTORIES // HISTORY_PARTS
        yield (
            f"histories of Prometheis, part {part + 1}",
            ("tests.metrics.histories", "--first", str(part * count), "--count", str(count)),
        )
    for bar in BARS:
        yield f"the judge's bar {bar}", ("tests.bench_judge", "--only", bar)


def main() -> int:
    """Take what has not passed yet for this commit; 1 where something fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.exhaustive", description=__doc__)
    parser.add_argument("--file", type=Path, default=ROOT / "build" / "exhaustive.jsonl")
    parser.add_argument(
        "--only", default="", metavar="NAME", help="take the steps whose name begins with NAME"
    )
    parser.add_argument("--list", action="store_true", help="say the steps, and which have passed")
    asked = parser.parse_args()
    asked.file.parent.mkdir(parents=True, exist_ok=True)
    commit, failed = commit_now(), 0
    for name, module in steps():
        if not name.startswith(asked.only):
            continue
        if name in passed(asked.file, commit):
            _say(f"passed before: {name}")
        elif asked.list:
            _say(f"to be taken: {name}")
        else:
            failed += _take(asked.file, commit, name, module)
    return int(failed > 0)


def passed(file: Path, commit: str) -> set[str]:
    """Give the steps that the file says have passed for a commit; a line that was cut off says nothing."""
    found = set()
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            step = msgspec.json.decode(line, type=Step)
        except msgspec.DecodeError:
            continue
        if (step.commit, step.code) == (commit, 0):
            found.add(step.name)
    return found


def _take(file: Path, commit: str, name: str, module: tuple[str, ...]) -> bool:
    at, began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), time.monotonic()
    _say(f"--- {name}, {at}")
    env = {**os.environ, VARIABLE: "full", "PITHEAD_KILL_EVERY": "1", "PITHEAD_CELLS_EVERY": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", *module], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    told = (ended.stdout + ended.stderr)[-_TOLD_CHARACTERS:]
    seconds = round(time.monotonic() - began, 1)
    step = Step(commit=commit, name=name, at=at, seconds=seconds, code=ended.returncode, told=told)
    with file.open("ab") as kept:
        kept.write(msgspec.json.encode(step) + b"\n")
    _say(f"FAILED after {seconds:.0f} s\n{told}" if ended.returncode else f"passed after {seconds:.0f} s")
    return ended.returncode != 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
