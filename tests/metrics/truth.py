"""What there was to count: each counter from its first request to its end, and what looks were shown of it.

A counter that is made anew under the same labels is another one here, so nothing has to be guessed. What was
shown of a counter is all that can be counted of it, and must be: but for what nobody can know. That is what a
process had when it was shown first, what a counter had that the next ones of its name passed before two looks
saw them below, and what a counter had that ended before: none of it is more than a scrape or two tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple, Protocol

from console.lab.series import Labels, Point
from console.metrics.answer import Answer

_SURE = 2
"""So many looks have to see less of a counter before a fall is sure."""


@dataclass(eq=False)
class Counter:
    """One counter of one process."""

    deployment: str
    code: str
    value: float = 0.0
    old: bool = False
    """Whether it counted before anybody looked: what it had when it was shown first is nobody's to count."""
    shown: list[float] = field(default_factory=list)
    """What each look was shown."""
    taken: list[float] = field(default_factory=list)
    """The same of those looks only that counted, with a scrape of its process that is newer than the last."""

    @property
    def most(self) -> float:
        """What can have been counted of it at the most.

        The least that was shown need not have come first: a replica that is behind may answer later.
        """
        return max(self.shown, default=0.0) - (min(self.shown, default=0.0) if self.old else 0.0)

    @property
    def least(self) -> float:
        """What must have been counted of it, had nothing come before or after it."""
        return max(self.taken, default=0.0) - (self.taken[0] if self.old and self.taken else 0.0)


class Sample(NamedTuple):
    """What a scrape read of a counter."""

    counter: Counter
    value: float
    scraped_s: float
    labels: dict[str, str]


class Kept(Protocol):
    """What a replica keeps its samples in, and asks."""

    def append(self, labels: Labels, point: Point) -> None:
        """Keep the newest sample of a series."""

    def answer(self, promql: str, *, at_s: float) -> Answer:
        """Evaluate a query at one moment."""


@dataclass(eq=False)
class Ledger:
    """A store, and beside each of its series the counter that its newest sample is of."""

    kept: Kept
    newest: dict[Labels, Sample] = field(default_factory=dict)

    def append(self, labels: Labels, point: Point, counter: Counter | None) -> None:
        self.kept.append(labels, point)
        if point.value is None:
            self.newest.pop(labels, None)
        elif counter is not None:
            self.newest[labels] = Sample(counter, point.value, point.at_s, dict(labels))

    def show(self) -> list[Sample]:
        """Give what a look is shown now, each copy of a counter."""
        return list(self.newest.values())


def at_most(counters: Iterable[Counter]) -> dict[tuple[str, str], float]:
    """Add up what can have been counted, by deployment and code."""
    totals: defaultdict[tuple[str, str], float] = defaultdict(float)
    for counter in counters:
        totals[counter.deployment, counter.code] += counter.most
    return totals


def at_least(of_one_name: Sequence[Counter], *, first: Iterable[Counter]) -> float:
    """Give what must have been counted of the counters that had one name, one after the other.

    `first` are those that were there when their process was shown first.
    """
    there = [counter for counter in of_one_name if counter.taken]
    unknown = sum(counter.taken[0] for counter in there if counter in first and not counter.old)
    passed = sum(max(each.taken) for at, each in enumerate(there) if _is_passed(each, there[at + 1 :]))
    unsure = sum(after.least for _, after in pairwise(there) if len(after.taken) < _SURE)
    return sum(counter.least for counter in there) - unknown - passed - unsure


def _is_passed(before: Counter, later: Iterable[Counter]) -> bool:
    """Whether one of its name has as much again by the time that two looks could have seen it below."""
    looks = islice((value for counter in later for value in counter.taken), _SURE)
    return max(looks, default=0.0) >= max(before.taken)
