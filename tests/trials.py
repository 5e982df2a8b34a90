"""`python -m tests.trials [idle N] [busy N] [random N]`: the suite many times, each run on record.

One line of JSON a run in `build/trials.jsonl` (`--file` names another). What is on record for this commit
is not run again, so that a row that was cut off goes on. Beside a `busy` run four processes compute.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import random
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
KINDS = ("idle", "busy", "random")
BUSY_PROCESSES = 4
USUAL = ["idle", "3", "busy", "5", "random", "3"]
_SLOWEST = re.compile(r"^([0-9.]+s) (?:call|setup|teardown) +(\S.*)$", re.MULTILINE)
_FAILED = re.compile(r"^(?:FAILED|ERROR|LEFT BEHIND:) ?(.*)$", re.MULTILINE)
_LAST = re.compile(r"^=* ?([0-9]+ .* in [0-9.]+s.*?) ?=*$", re.MULTILINE)


class Trial(Struct, frozen=True, kw_only=True):
    """One run of the suite."""

    commit: str
    kind: str
    number: int
    """Which of its kind, from 1."""
    at: str
    """When it began, UTC."""
    seconds: float
    python: str
    load: tuple[float, float, float]
    """The system's load averages before it began, without our busy processes."""
    seed: int | None
    code: int
    result: str
    """The last line of pytest."""
    failures: list[str]
    slowest: list[str]


def main() -> int:
    """Run what is not on record yet; 1 where a run failed."""
    asked = _arguments()
    file: Path = asked.file
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # at most one trial at a time
        commit = commit_now()
        for kind, number in planned(asked.what):
            if not any(
                (one.commit, one.kind, one.number) == (commit, kind, number) for one in on_record(file)
            ):
                _keep(file, _run(commit, kind, number, busy=asked.processes))
        ours = [one for one in on_record(file) if one.commit == commit]
    for one in ours:
        _say(f"{one.kind} {one.number}: {one.seconds:.0f} s, {one.result}")
    return int(any(one.code for one in ours))


def planned(what: list[str]) -> Iterator[tuple[str, int]]:
    """Give each run's kind and number: `idle 2` is two of them. Raises `ValueError` on other words."""
    for kind, count in zip(what[::2], what[1::2], strict=True):
        if kind not in KINDS:
            raise ValueError(f"{kind} is none of {', '.join(KINDS)}")
        yield from ((kind, number) for number in range(1, int(count) + 1))


def on_record(file: Path) -> list[Trial]:
    """Read what the file has; a line that was cut off is none."""
    found = []
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            found.append(msgspec.json.decode(line, type=Trial))
        except msgspec.DecodeError:
            continue
    return found


def commit_now() -> str:
    """Name what is tested: the commit, and that files were changed since."""
    commit = _git("rev-parse", "--short=12", "HEAD").strip()
    return f"{commit}+" if _git("status", "--porcelain", "--untracked-files=no").strip() else commit


def told_by(output: str) -> tuple[str, list[str], list[str]]:
    """Read pytest's output: its last line, what failed, the slowest."""
    last = _LAST.findall(output)
    return (
        last[-1] if last else "no result",
        _FAILED.findall(output),
        list(map(" ".join, _SLOWEST.findall(output))),
    )


def _run(commit: str, kind: str, number: int, *, busy: int) -> Trial:
    seed = random.SystemRandom().randrange(2**31) if kind == "random" else None
    order = [] if seed is None else ["ORDER=random", f"SEED={seed}"]
    load, at = os.getloadavg(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    _say(f"--- {kind} {number}, {at}")
    with _computing(busy if kind == "busy" else 0):
        began, lines = time.monotonic(), []
        with subprocess.Popen(
            ["make", "test", *order], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as run:
            assert run.stdout is not None
            for line in run.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                lines.append(line)
        seconds = time.monotonic() - began
    result, failures, slowest = told_by("".join(lines))
    return Trial(
        commit=commit,
        kind=kind,
        number=number,
        at=at,
        seconds=round(seconds, 1),
        python=sys.version.split()[0],
        load=load,
        seed=seed,
        code=run.returncode,
        result=result,
        failures=failures,
        slowest=slowest,
    )


@contextmanager
def _computing(count: int) -> Iterator[None]:
    """Keep so many processes busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _keep(file: Path, trial: Trial) -> None:
    with file.open("ab") as kept:
        kept.write(msgspec.json.encode(trial) + b"\n")


def _git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__)
    parser.add_argument(
        "what", nargs="*", default=USUAL, help="`idle 3 busy 5 random 3` where nothing is said"
    )
    parser.add_argument(
        "--processes", type=int, default=BUSY_PROCESSES, help="how many keep a busy run company"
    )
    parser.add_argument("--file", type=Path, default=ROOT / "build" / "trials.jsonl")
    return parser.parse_args()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
