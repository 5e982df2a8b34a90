"""Many inputs of one kind, one after the other; every find once, with how to see it again."""

from __future__ import annotations

import faulthandler
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from random import Random

from msgspec import Struct

from tests.fuzz.case import Case
from tests.fuzz.watched import Find, watch

STUCK_S = 600.0
"""An input that not even a signal ends takes the fuzzer with it, which says where it is."""
AT_A_TIME = 100
"""The watch over that is set anew for each batch: it costs as much as a small input."""
KINDS = ("plans", "journals", "answers")


class Number(Struct, frozen=True, kw_only=True):
    """What an input is made from."""

    kind: str
    seed: int
    number: int

    def __str__(self) -> str:
        """Say how to feed this one input again."""
        return f"python -m tests.fuzz {self.kind} --seed {self.seed} --only {self.number}"


class Tally(Struct, kw_only=True):
    """What became of the inputs of one kind."""

    kind: str
    inputs: int = 0
    seconds: float = 0.0
    finds: int = 0


def case_of(number: Number, folder: Path) -> Case:
    """Make the input."""
    make: Callable[[Random, Path], Case] = import_module(f"tests.fuzz.{number.kind}").case
    return make(Random(f"{number.kind}/{number.seed}/{number.number}"), folder)


def finds_in(numbers: Iterator[Number], folder: Path, tally: Tally) -> Iterator[tuple[Number, Case, Find]]:
    """Feed all inputs; give the first that does each wrong thing."""
    known: set[str] = set()
    began = time.perf_counter()
    for number in numbers:
        if tally.inputs % AT_A_TIME == 0:
            faulthandler.dump_traceback_later(STUCK_S, exit=True)
        case = case_of(number, folder)
        find = watch(case.feed)
        tally.inputs += 1
        tally.seconds = time.perf_counter() - began
        tally.finds += find is not None
        if find is not None and find.what not in known:
            known.add(find.what)
            yield number, case, find
    faulthandler.cancel_dump_traceback_later()
