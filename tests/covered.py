"""`python -m tests.covered`: the branch coverage of the rooms that decide and write, a room a row.

The tests of these rooms are run, with what they start; above the rows stands what was never run. The exit
code is 1 where a test failed or a room is below the bar. Python 3.11 tells nobody what a coroutine does
behind an `await` that has raised, until it waits again: with it the figures are a little below what is true.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

ROOMS = ("plan", "release", "policy", "judge", "traffic")
BESIDE = ("tests/golden", "tests/test_made_up.py")
"""What reads journals of all kinds, and what adds one event and one command."""
BAR = 95.0
"""Percent of the branches of each room: the rest is what only a broken Python reaches."""
WORKERS = "3"


class Summary(msgspec.Struct):
    """How much of a file was run."""

    num_branches: int
    covered_branches: int


class Seen(msgspec.Struct):
    """What was run of one file."""

    summary: Summary
    missing_lines: list[int]
    missing_branches: list[tuple[int, int]] = []


class Report(msgspec.Struct):
    """What was run of all files, by their paths."""

    files: dict[str, Seen]


def main() -> int:
    """Run, count, print."""
    with tempfile.TemporaryDirectory() as folder:
        data = f"--data-file={folder}/data"
        tests = [f"tests/{room}" for room in ROOMS]
        ran = _coverage("run", data, "-m", "pytest", "-q", "-n", WORKERS, *tests, *BESIDE)
        _coverage("combine", "--quiet", data, folder)
        _coverage("json", "--quiet", data, "-o", f"{folder}/report.json")
        report = msgspec.json.decode(Path(folder, "report.json").read_bytes(), type=Report)
    below = [room for room in ROOMS if _share(_of(report, room)) < BAR]
    sys.stdout.write("\n".join(_rows(report)) + "\n")
    return int(ran != 0 or bool(below))


def _coverage(*args: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *args], check=False).returncode


def _of(report: Report, room: str) -> list[Summary]:
    return [seen.summary for path, seen in report.files.items() if path.startswith(f"console/{room}/")]


def _share(summaries: Iterable[Summary]) -> float:
    of = list(summaries)
    return 100 * sum(each.covered_branches for each in of) / sum(each.num_branches for each in of)


def _rows(report: Report) -> Iterator[str]:
    for path, seen in sorted(report.files.items()):
        if seen.missing_branches or seen.missing_lines:
            branches = " ".join(f"{at}->{to}" for at, to in seen.missing_branches)
            lines = " ".join(map(str, seen.missing_lines))
            yield f"{path}: not gone {branches or 'none'}; not run {lines or 'none'}"
    for room in ROOMS:
        of = _of(report, room)
        many, share = sum(each.num_branches for each in of), _share(of)
        yield f"{room:8}  {share:5.1f}% of {many} branches{'' if share >= BAR else f'  BELOW {BAR:g}%'}"


if __name__ == "__main__":
    sys.exit(main())
