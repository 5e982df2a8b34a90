"""`python -m tests.fuzz [plans|journals|answers|all] --inputs N --seed S`: looks for what no input may do."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.run import KINDS, Number, Tally, finds_in

REPORT_EVERY = 10_000


def main() -> int:
    """Fuzz, and say what was found; exit code 1 where anything was."""
    told = _arguments()
    finds = 0
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - many small files
    with tempfile.TemporaryDirectory(prefix="pithead-fuzz-", dir=memory) as name:
        folder = Path(name)
        os.environ["PITHEAD_HOME"] = str(folder / "home")
        for kind in KINDS if told.kind == "all" else (told.kind,):
            finds += _fuzz(kind, folder, told)
    return 1 if finds else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", nargs="?", default="all", choices=(*KINDS, "all"))
    parser.add_argument("--inputs", type=int, default=1000, help="so many of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="feed this one input of the seed")
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that find something")
    return parser.parse_args()


def _fuzz(kind: str, folder: Path, told: argparse.Namespace) -> int:
    tally = Tally(kind=kind)
    numbers = (told.only,) if told.only is not None else range(told.inputs)
    inputs = (Number(kind=kind, seed=told.seed, number=number) for number in numbers)
    for number, case, find in finds_in(_counted(inputs, tally), folder, tally):
        _say(f"\n{number}\n{find.trace}{find.what}")
        if told.keep is not None:
            told.keep.mkdir(parents=True, exist_ok=True)
            (told.keep / f"{kind}-{number.seed}-{number.number}").write_bytes(case.content)
    _say(_in_words(tally))
    return tally.finds


def _counted(inputs: Iterator[Number], tally: Tally) -> Iterator[Number]:
    for done, number in enumerate(inputs):
        if done and done % REPORT_EVERY == 0:
            _say(_in_words(tally))
        yield number


def _in_words(tally: Tally) -> str:
    found = f"{tally.finds:,} of them find something" if tally.finds else "none finds anything"
    return f"{tally.kind}: {tally.inputs:,} inputs in {tally.seconds:.0f} s, {found}"


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - what this program is for


if __name__ == "__main__":
    sys.exit(main())
