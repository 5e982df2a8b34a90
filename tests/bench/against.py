"""`python -m tests.bench.against REVISION [NAME...]`: the figures of this checkout and of another revision.

The revision gets a work tree of its own in a temporary folder, with a `.venv` of the same versions, and
measures by its own bench. Both measure in turn, one name after the other, so that what else the machine does
slows both. A ratio below 1 is less than the revision has; it is the middle of the rounds.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tests.bench.figure import load_now, median

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parents[2]
NAMES = ("first_frame", "screen", "way_back", "replay")
"""What a person waits for, what the terminal and the host pay, and how long users suffer."""
ROUNDS = 3
WORSE = 1.1
"""From this ratio on, in each of two rounds or more, a figure is called worse: one round may be chance."""


class Row(Struct, frozen=True):
    """A figure as a bench has printed it."""

    what: str
    """With the figure that it stands under."""
    value: float
    unit: str


def main() -> int:
    """Measure both, and print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.against", description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    rounds: list[tuple[dict[str, Row], dict[str, Row]]] = []
    with checkout(asked.revision) as before:
        try:
            for number in range(asked.rounds):
                first = number % 2 == 0
                rounds.extend(_both(before, name, before_first=first) for name in asked.names)
        finally:  # what was measured until something broke is shown
            sys.stdout.write("\n".join(compared(rounds, revision=asked.revision)) + "\n")
    return 0


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Give a work tree of the revision, installed as this one is."""
    with tempfile.TemporaryDirectory(prefix="pithead-against-") as folder:
        tree = Path(folder, "tree")
        _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
        try:
            _install(tree)
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def rows_of(printed: str) -> Iterator[Row]:
    """Read the table that a bench prints; a figure that is set in stands under the one above it."""
    head, *lines = printed.splitlines()
    begins = head.index("measured")
    above = ""
    for line in lines:
        if line.startswith("load averages"):
            return
        what, cells = line[:begins].rstrip(), line[begins:].split(maxsplit=2)
        if len(cells) < 2 or not what:
            continue
        if not what.startswith(" "):
            above = what
        name = f"{above}:{what[1:]}" if what.startswith(" ") else what
        yield Row(name, float(cells[0]), cells[1])


def compared(
    rounds: Sequence[tuple[Mapping[str, Row], Mapping[str, Row]]], *, revision: str
) -> Iterator[str]:
    """Lay both beside each other, a figure a line; what only one of them measures is said."""
    pairs: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    alone: dict[str, str] = {}
    for before, now in rounds:
        for what in [*before, *(what for what in now if what not in before)]:
            if what in before and what in now:
                pairs[what].append((before[what], now[what]))
            else:
                alone[what] = revision if what in before else "this checkout"
    lines = [("figure", revision, "now", "ratio", "rounds")]
    for what, both in pairs.items():
        ratios = [now.value / before.value for before, now in both if min(before.value, now.value) > 0]
        old, new = (f"{median([pair[at].value for pair in both]):.4g} {both[0][at].unit}" for at in (0, 1))
        ratio = f"{median(ratios):.2f}" if ratios else "-"
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        worse = "  WORSE in each round" if len(ratios) > 1 and min(ratios) > WORSE else ""
        lines.append((what, old, new, ratio, f"{each}{worse}"))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    for line in lines:
        yield "  ".join((*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]))
    yield from (f"only {who} measures: {what}" for what, who in alone.items())


def _both(before: Path, name: str, *, before_first: bool) -> tuple[dict[str, Row], dict[str, Row]]:
    trees = (before, HERE) if before_first else (HERE, before)
    measured = {tree: _measured(tree, name) for tree in trees}
    return measured[before], measured[HERE]


def _measured(tree: Path, name: str) -> dict[str, Row]:
    whose = "this checkout" if tree == HERE else "before"
    sys.stderr.write(f"measuring {name} of {whose} (load {load_now()})\n")
    bench = [str(tree / ".venv/bin/python"), "-m", "tests.bench", name]
    printed = subprocess.run(bench, cwd=tree, stdout=subprocess.PIPE, text=True, check=False).stdout
    return {row.what: row for row in rows_of(printed)}


def _install(tree: Path) -> None:
    """Install with this checkout's versions, by its own installer: what differs is the revision alone."""
    uv, version = shutil.which("uv"), f"{sys.version_info.major}.{sys.version_info.minor}"
    made = [uv, "venv", "--quiet", "--python", version] if uv else [sys.executable, "-m", "venv"]
    subprocess.run([*made, str(tree / ".venv")], check=True)
    for tool in ("install.py", "locked.txt"):
        shutil.copy(HERE / "tools" / tool, tree / "tools" / tool)
    install = [str(tree / ".venv/bin/python"), str(tree / "tools" / "install.py"), "lab,dev"]
    subprocess.run(install, cwd=tree, check=True)


def _git(*args: str) -> None:
    subprocess.run(["git", "-C", str(HERE), *args], check=True)


if __name__ == "__main__":
    sys.exit(main())
