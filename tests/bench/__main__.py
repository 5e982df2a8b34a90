"""`python -m tests.bench [NAME...]`: measure, and print a table of goals and figures.

Each figure is a module with `measure() -> Iterable[Figure]`; without names, all but the long ones are
measured, one after the other. No test: a machine that does other things meanwhile gives worse figures. The
exit code is 1 where a goal is missed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tests.bench.figure import Figure, load_now, table

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = (
    "first_frame",
    "screen",
    "stalled",
    "worker",
    "way_back",
    "journal",
    "old_release",
    "to_the_write",
    "replay",
    "equality",
)
LONG = ("race",)
"""Measured where they are named only: about a quarter of an hour each."""


def main(names: Sequence[str]) -> int:
    """Measure what is named, or all."""
    unknown = [name for name in names if name not in NAMES + LONG]
    if unknown:
        sys.stderr.write(f"no such figure: {', '.join(unknown)}; there are: {', '.join(NAMES + LONG)}\n")
        return 2
    figures: list[Figure] = []
    try:
        for name in names or NAMES:
            sys.stderr.write(f"measuring {name} (load {load_now()})\n")
            figures.extend(import_module(f"tests.bench.{name}").measure())
    finally:  # what was measured until something broke is shown
        sys.stdout.write(f"{table(figures)}\nload averages at the end: {load_now()}\n")
    return int(any(figure.verdict == "MISSED" for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
