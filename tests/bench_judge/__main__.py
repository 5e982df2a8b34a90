"""`python -m tests.bench_judge [--short] [--seeds N] [--only F1,...] [--set NAME=VALUE]`: simulate, print.

The whole takes about a quarter of an hour of one core. The exit code is 1 where a bar is missed; with
`--short`, where one is missed by more than chance.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress

from msgspec import convert
from msgspec.structs import replace

from console.judge.keys.settings import Settings
from tests.bench_judge import tables
from tests.bench_judge.bar import Bar
from tests.bench_judge.bars import BARS, FULL, SHORT
from tests.bench_judge.study import Study


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for, or all."""
    asked = _parsed(arguments)
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    study = Study(seeds=seeds, settings=replace(Settings(), **dict(asked.set)))
    size = SHORT if asked.short else FULL
    measured: list[Bar] = []
    with suppress(KeyboardInterrupt):  # what was measured until then is shown
        for name in asked.only:
            measured += BARS[name](study, size)
    sys.stdout.write(f"{tables.everything(study, measured)}\n")
    return int(any(bar.broken if asked.short else not bar.met for bar in measured))


def _parsed(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.bench_judge", description="Hold the judge to its bars.")
    parser.add_argument("--short", action="store_true", help="few releases: about a minute")
    parser.add_argument("--seeds", type=int, default=1, help="so many times the releases")
    parser.add_argument("--first-seed", type=int, default=1, help="another one gives fresh releases")
    parser.add_argument("--only", type=_names, default=list(BARS), help=f"some of {','.join(BARS)}")
    parser.add_argument(
        "--set", type=_setting, action="append", default=[], help="a setting of the judge: cap=100"
    )
    return parser.parse_args(arguments)


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    if name not in Settings.__struct_fields__:
        raise ValueError(f"no such setting: {name}")
    return name, convert(value, type(getattr(Settings(), name)), strict=False)


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in BARS]
    if unknown:
        raise ValueError(f"no such bar: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
