"""Raw counters -> increments, over restarts, gaps and rows that come late; pure.

A process is one instance of one pod. All its counters start again together, so whether it restarted is
judged by their total, never by one row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBER_S = 600.0
"""A process that vanished is remembered for this long: when it comes back, its increments cover the gap."""

_LAG_RATIO = 0.05
# Behind a deduplicating store the answer can come from another replica, which is a scrape behind: counters
# of hours then fall by a few parts in a thousand. A restart leaves next to nothing of them.


class Process(NamedTuple):
    """What counts: one scraped address of one pod."""

    instance: str
    pod: str


class Series(NamedTuple):
    """One counter of a process: of a workload's requests, those of one status or below one bound."""

    process: Process
    workload: str
    what: str


@dataclass(frozen=True, slots=True)
class Memory:
    """The last value of each counter, and when each process was last seen."""

    values: Mapping[Series, float] = field(default_factory=dict)
    absent: frozenset[Series] = frozenset()
    """Counters that were missing when their process was last seen."""
    seen_at_s: Mapping[Process, float] = field(default_factory=dict)


def advance(
    memory: Memory,
    reading: Mapping[Series, float],
    *,
    now_s: float,
    from_zero: frozenset[Process] = frozenset(),
) -> tuple[Memory, dict[Series, float]]:
    """Take a reading in, and give the increments since the one before: finite, and never negative.

    A counter that is new in a known process started at zero since (the first 5xx ever), so all of it
    counts. Of a process never seen before nothing counts, because nobody knows how old its counters are;
    `from_zero` names those that were watched before this reading and had no counter then.
    """
    values = _still_valid(memory, reading)
    known = from_zero | memory.seen_at_s.keys()
    increments = {}
    for series, value in reading.items():
        before = values.get(series, 0.0 if series.process in known else value)
        increments[series] = max(0.0, value - before)
        values[series] = max(value, before)
    present = {series.process for series in reading}
    seen_at_s = {**memory.seen_at_s, **dict.fromkeys(present, now_s)}
    recent = {process: at_s for process, at_s in seen_at_s.items() if now_s - at_s <= REMEMBER_S}
    return Memory(
        values={series: value for series, value in values.items() if series.process in recent},
        absent=frozenset(
            series
            for series in values.keys() - reading.keys()
            if series.process in present or series in memory.absent
        ),
        seen_at_s=recent,
    ), increments


def _still_valid(memory: Memory, reading: Mapping[Series, float]) -> dict[Series, float]:
    """Give the remembered values that the reading goes on from."""
    restarted = _restarted(memory, reading)
    return {
        series: value
        for series, value in memory.values.items()
        if series.process not in restarted
        # Its process restarted while it was absent, and nothing else showed it.
        and not (series in memory.absent and reading.get(series, value) < value)
    }


def _restarted(memory: Memory, reading: Mapping[Series, float]) -> set[Process]:
    """Find the processes that have visibly less than when they were last seen, or nothing of it."""
    before: defaultdict[Process, float] = defaultdict(float)
    after: defaultdict[Process, float] = defaultdict(float)
    for series in (reading.keys() & memory.values.keys()) - memory.absent:
        before[series.process] += memory.values[series]
        after[series.process] += reading[series]
    present = {series.process for series in reading} & memory.seen_at_s.keys()
    return {
        process
        for process in present
        if process not in before or after[process] < before[process] * (1 - _LAG_RATIO)
    }
