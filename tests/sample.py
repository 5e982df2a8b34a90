"""How much of each generated set a run takes: `make test` a stated sample, CI and `make exhaustive` all.

A sample is drawn by place, not by luck: the same in every run. `PITHEAD_TESTS=full` takes all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

VARIABLE = "PITHEAD_TESTS"
EVERY = {
    "recorded states of releases": 37,
    "sample plans": 4,
    "kinds of a race": 2,
    "seeds of answers": 2,
    "faults of Prometheus": 5,
    "faults of the API server": 7,
    "mutants of the policy": 5,
    "sequences of the model": 17,
    "inputs of the fuzzer": 17,
    "boundaries of survival": 13,
    "bars of the judge's short worlds": 11,
    "worlds of the judge's benchmark": 7,
    "golden journals": 23,
    "releases that are replayed": 6,
    "places of a kill": 5,
    "harms of a release": 3,
    "texts and paces": 5,
    "examples of a property": 5,
    "faults of standard streams": 21,
    "cells of the way back": 211,
}
"""`make test` takes one in this many of each generated set. An odd number alternates between pairs."""


def takes_all() -> bool:
    """Whether this run takes everything that is generated."""
    return os.environ.get(VARIABLE) == "full"


def sampled(what: str, cells: Sequence[T]) -> list[T]:
    """Take a set's sample: its first cell, and every so-many-th after it."""
    return list(cells) if takes_all() else list(cells)[:: EVERY[what]]


def in_full_only(cells: Sequence[T]) -> list[T]:
    """Take what costs a laboratory each, and whose like is in every run: all of it or none."""
    return list(cells) if takes_all() else []


def many(what: str, whole: int) -> int:
    """Say how many of a set that is drawn by number this run takes."""
    return whole if takes_all() else -(-whole // EVERY[what])
