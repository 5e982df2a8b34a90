"""Business events -> what each version had since the look before; between `look` and the sample, and pure.

The counter of an event is the application's own and comes with another scrape than the mesh's requests, so
it can be missing while requests go on. Then nobody knows how many events there were, and what is counted
once it is back belongs to no known requests: neither is ever held against a version.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from console.metrics.counters import Memory, Process, Series, advance
from console.metrics.promql import process_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.metrics.answer import Answer
    from console.metrics.tally import Reading


Serving = frozenset[tuple[str, str]]
"""Workloads and pods."""


class Counter(NamedTuple):
    """One process that has, or had, an event's counter."""

    workload: str
    process: Process


@dataclass(frozen=True, slots=True)
class EventMemory:
    """What is remembered of one event from one look to the next."""

    counted: Memory = field(default_factory=Memory)
    """The processes of the last look only: one that comes back begins anew."""
    known: frozenset[Counter] = frozenset()
    """Every counter seen until now whose pod still serves."""


@dataclass(frozen=True, slots=True)
class EventIncrements:
    """What was counted between two looks."""

    by_counter: Mapping[str, Mapping[Counter, float]]
    """By event; an event that nobody could count is absent."""
    unknown: frozenset[tuple[str, str]] = frozenset()
    """Events and the workloads that may have had more of them than was seen."""

    def of(self, workload: str) -> dict[str, float]:
        """Add up one workload's events.

        One that never had the counter had no event, as long as another one has it: a labelled counter
        is not there before its first event.
        """
        return {
            name: sum((count for counter, count in counts.items() if counter.workload == workload), 0.0)
            for name, counts in self.by_counter.items()
            if counts and (name, workload) not in self.unknown
        }

    def by_pod(self, workload: str) -> dict[str, dict[str, float]]:
        """Add up one workload's events, pod by pod; a pod without the counter is not told of."""
        pods: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for name, counts in self.by_counter.items():
            for counter, count in counts.items():
                if counter.workload == workload:
                    of_pod = pods[counter.process.pod]
                    of_pod[name] = of_pod.get(name, 0.0) + count
        return dict(pods)


@dataclass(frozen=True, slots=True)
class EventTally:
    """What is remembered from one look to the next."""

    memories: Mapping[str, EventMemory] = field(default_factory=dict)
    """By event; one that could not be counted at the last look is forgotten."""
    watched: frozenset[Process] = frozenset()
    """Processes that were scraped at the last look."""
    waited: frozenset[Process] = frozenset()
    """Those that were scraped at the last two: the answers to two questions may be of two Prometheis."""

    def add(
        self,
        answers: Mapping[str, Mapping[str, Answer]],
        *,
        reading: Reading,
        now_s: float,
        serving: Serving | None = None,
    ) -> tuple[EventTally, EventIncrements]:
        """Take a look in, and give what was counted since the one before; the first gives nothing.

        `serving` are the pods that should have a counter, where requests are not counted by pods of theirs.
        """
        serving = serving_in(reading) if serving is None else serving
        memories, by_counter = {}, {}
        unknown: set[tuple[str, str]] = set()
        for name, by_workload in answers.items():
            values = _values(name, by_workload)
            before = self.memories.get(name, EventMemory())
            counted, increments = advance(
                before.counted, values, now_s=now_s, from_zero=self._from_zero(before)
            )
            known = frozenset(Counter(series.workload, series.process) for series in values)
            missing = _missing(before.known - known, known, serving)
            memories[name] = EventMemory(_only(counted, now_s), known | missing)
            if name not in self.memories:
                continue
            by_counter[name] = {
                Counter(series.workload, series.process): count for series, count in increments.items()
            }
            unseen = {each for each in missing if each.process not in reading.watched}
            unknown |= {(name, each.workload) for each in unseen | self._begun(before, known)}
        tally = EventTally(memories, reading.watched, reading.watched & self.watched)
        return tally, EventIncrements(by_counter, frozenset(unknown))

    def _from_zero(self, before: EventMemory) -> frozenset[Process]:
        """Return the processes that were scraped twice and never had the counter: it begins at zero.

        One that had it and comes back was missed by a replica, or for a scrape.
        """
        return self.waited - {counter.process for counter in before.known}

    def _begun(self, before: EventMemory, known: frozenset[Counter]) -> set[Counter]:
        """Find the counters that are seen for the first time, or again, and nobody knows since when."""
        since = self._from_zero(before) | before.counted.seen_at_s.keys()
        return {each for each in known if each.process not in since}


def counted_since_start(answers: Mapping[str, Mapping[str, Answer]]) -> EventIncrements:
    """Take the counters as they stand: what was counted since the processes began."""
    return EventIncrements(
        {
            name: {
                Counter(series.workload, series.process): value
                for series, value in _values(name, by_workload).items()
            }
            for name, by_workload in answers.items()
        }
    )


def serving_in(reading: Reading) -> Serving:
    """Return the workloads and pods that have requests' counters now."""
    return frozenset((series.workload, series.process.pod) for series in reading.requests)


def _values(name: str, by_workload: Mapping[str, Answer]) -> dict[Series, float]:
    """Key the values; of one process that comes twice, the larger counts and the other is its copy."""
    values: dict[Series, float] = {}
    for workload, answer in by_workload.items():
        for row in answer.rows:
            if row.value is None or row.value < 0:
                continue
            series = Series(process_of(row.labels), workload, name)
            values[series] = max(row.value, values.get(series, 0.0))
    return values


def _missing(gone: frozenset[Counter], known: frozenset[Counter], serving: Serving) -> frozenset[Counter]:
    """Return the counters that should be there: their pod serves on, or their version has none left."""
    counting = {counter.workload for counter in known}
    return frozenset(
        counter
        for counter in gone
        if (counter.workload, counter.process.pod) in serving or counter.workload not in counting
    )


def _only(memory: Memory, now_s: float) -> Memory:
    """Keep what was seen now."""
    seen = {process for process, at_s in memory.seen_at_s.items() if at_s == now_s}
    return Memory(
        values={series: value for series, value in memory.values.items() if series.process in seen},
        seen_at_s=dict.fromkeys(seen, now_s),
    )
