"""Copies of one counter, of which the newest counts; pure.

Two Prometheis that scrape one process give each of its counters twice, and so do two jobs of one Prometheus.
The copies differ in labels that say nothing of a request: `replica`, `instance`, `receive_replica`, any.
So all labels that the mesh does not give its requests are taken to tell copies apart, and of a process's
copies only the one that was scraped last is counted.

A label of the mesh's owners (a method, a path) is no such label, and is found out: two rows of one scrape
have one time stamp to the millisecond, and two copies of one counter would then have one value.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from console.metrics.counters import Process
from console.metrics.histogram import BOUND
from console.metrics.promql import ASKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from console.metrics.answer import Answer
    from console.metrics.preset import Preset

Copy = tuple[tuple[str, str], ...]
"""The labels that tell copies of one process apart, and their values."""

_EQUAL = 2.0
_NEARLY = 0.002
# Two scrapes within one millisecond may lie a few requests apart; two callers' counters are seldom that near.


class CounterRow(NamedTuple):
    """One row of the counters' answer."""

    asked: str
    """Which part of the question it answers."""
    process: Process
    workload: str
    labels: Mapping[str, str]
    """What tells its request from others."""
    beside: Copy
    """All other labels."""
    value: float | None


class Copies(NamedTuple):
    """The rows of the newest copy of each process."""

    rows: tuple[CounterRow, ...]
    stamps_s: Mapping[Process, float]


def counted_as(process: Process) -> Process:
    """Name a process by its pod alone where it has one: a proxy that is scraped at two addresses is one."""
    return Process("", process.pod) if process.pod else process


def counter_rows(answer: Answer, *, preset: Preset, dimensions: frozenset[str]) -> list[CounterRow]:
    """Sort each row's labels; `dimensions` are the labels found until now that tell requests apart."""
    return [_counter_row(dict(row.labels), row.value, preset, dimensions) for row in answer.rows]


def _counter_row(
    labels: dict[str, str], value: float | None, preset: Preset, dimensions: frozenset[str]
) -> CounterRow:
    asked = labels.pop(ASKED, "")
    workload = labels.pop(preset.workload_label, "")
    process = counted_as(preset.process(labels))
    known = {preset.pod_label} | ({preset.instance_label} if process.instance else set())
    labels = {name: text for name, text in labels.items() if name not in known}
    own = {
        name for name in labels if name == BOUND or name in dimensions or name.startswith(preset.of_requests)
    }
    beside = tuple(sorted((name, text) for name, text in labels.items() if name not in own))
    return CounterRow(asked, process, workload, {name: labels[name] for name in own}, beside, value)


def newest(rows: Sequence[CounterRow], *, scraped: str) -> Copies:
    """Choose of each process the copy that was scraped last; `scraped` are the rows that say when.

    Rows of a kind that the chosen copy does not have are those of the copy that comes first: their labels
    are others.
    """
    stamps: defaultdict[Process, dict[Copy, float]] = defaultdict(dict)
    for row in rows:
        if row.asked == scraped and row.value is not None:
            stamps[row.process][row.beside] = max(row.value, stamps[row.process].get(row.beside, 0.0))
    chosen = {process: max(sorted(found), key=found.__getitem__) for process, found in stamps.items()}
    return Copies(
        rows=tuple(_of_one_copy(rows, chosen)),
        stamps_s={process: stamps[process][copy] for process, copy in chosen.items()},
    )


def _of_one_copy(rows: Iterable[CounterRow], chosen: Mapping[Process, Copy]) -> Iterable[CounterRow]:
    there: defaultdict[tuple[str, Process], list[Copy]] = defaultdict(list)
    listed = list(rows)
    for row in listed:
        there[row.asked, row.process].append(row.beside)
    for row in listed:
        copies = there[row.asked, row.process]
        wanted = chosen.get(row.process)
        if row.beside == (wanted if wanted in copies else min(copies)):
            yield row


def dimensions_in(rows: Sequence[CounterRow], *, asked: str, scraped: str) -> frozenset[str]:
    """Find the labels that tell requests apart: rows of one scrape that differ in them have other values."""
    stamps = {(row.process, row.beside): row.value for row in rows if row.asked == scraped}
    same: defaultdict[tuple[object, ...], list[CounterRow]] = defaultdict(list)
    for row in rows:
        if row.asked == asked and row.value is not None:
            same[row.process, row.workload, tuple(sorted(row.labels.items()))].append(row)
    found: set[str] = set()
    pairs = [pair for group in same.values() for pair in combinations(group, 2)]
    for differing, first, second in sorted(
        ((_differing(a, b), a, b) for a, b in pairs), key=lambda each: (len(each[0]), sorted(each[0]))
    ):
        stamp = stamps.get((first.process, first.beside))
        one_scrape = stamp is not None and stamp == stamps.get((second.process, second.beside))
        if one_scrape and not differing & found and not _alike(first.value, second.value):
            found |= differing
    return frozenset(found)


def _differing(first: CounterRow, second: CounterRow) -> set[str]:
    return {name for name, _ in set(first.beside) ^ set(second.beside)}


def _alike(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return True
    return abs(first - second) <= _EQUAL + _NEARLY * max(first, second)
