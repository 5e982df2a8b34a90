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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.metrics.answer import Answer
    from console.metrics.tally import Reading


class Counter(NamedTuple):
    """One process that has, or had, an event's counter."""

    deployment: str
    process: Process


@dataclass(frozen=True, slots=True)
class EventMemory:
    """What is remembered of one event from one look to the next."""

    counted: Memory = field(default_factory=Memory)
    """The processes of the last look only: one that comes back begins anew."""
    known: frozenset[Counter] = frozenset()
    """Every counter seen so far whose pod still serves."""


@dataclass(frozen=True, slots=True)
class EventIncrements:
    """What was counted between two looks."""

    by_counter: Mapping[str, Mapping[Counter, float]]
    """By event; an event that nobody could count is absent."""
    unknown: frozenset[tuple[str, str]] = frozenset()
    """Events and the deployments that may have had more of them than was seen."""

    def of(self, deployment: str) -> dict[str, float]:
        """Add up one deployment's events.

        One that never had the counter had no event, as long as another one has it: a labelled counter
        is not there before its first event.
        """
        return {
            name: sum((count for counter, count in counts.items() if counter.deployment == deployment), 0.0)
            for name, counts in self.by_counter.items()
            if counts and (name, deployment) not in self.unknown
        }

    def by_pod(self, deployment: str) -> dict[str, dict[str, float]]:
        """Add up one deployment's events, pod by pod; a pod without the counter is not told of."""
        pods: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for name, counts in self.by_counter.items():
            for counter, count in counts.items():
                if counter.deployment == deployment:
                    of_pod = pods[counter.process.pod]
                    of_pod[name] = of_pod.get(name, 0.0) + count
        return dict(pods)


@dataclass(frozen=True, slots=True)
class EventTally:
    """What is remembered from one look to the next."""

    memories: Mapping[str, EventMemory] = field(default_factory=dict)
    """By event; one that could not be counted at the last look is forgotten."""
    watched: frozenset[Process] = frozenset()

    def add(
        self, answers: Mapping[str, Mapping[str, Answer]], *, reading: Reading, now_s: float
    ) -> tuple[EventTally, EventIncrements]:
        """Take a look in, and give what was counted since the one before; the first gives nothing."""
        serving = _serving(reading)
        memories, by_counter = {}, {}
        unknown: set[tuple[str, str]] = set()
        for name, by_deployment in answers.items():
            values = _values(name, by_deployment)
            before = self.memories.get(name, EventMemory())
            counted, increments = advance(before.counted, values, now_s=now_s, from_zero=self.watched)
            known = frozenset(Counter(series.workload, series.process) for series in values)
            missing = _missing(before.known - known, known, serving)
            memories[name] = EventMemory(_only(counted, now_s), known | missing)
            if name not in self.memories:
                continue
            by_counter[name] = {
                Counter(series.workload, series.process): count for series, count in increments.items()
            }
            unseen = {each for each in missing if each.process not in reading.watched}
            unknown |= {(name, each.deployment) for each in unseen | self._begun(before, known)}
        return EventTally(memories, reading.watched), EventIncrements(by_counter, frozenset(unknown))

    def _begun(self, before: EventMemory, known: frozenset[Counter]) -> set[Counter]:
        """Find the counters that are seen for the first time, or again, and nobody knows since when."""
        since = self.watched | before.counted.seen_at_s.keys()
        return {each for each in known if each.process not in since}


def counted_since_start(answers: Mapping[str, Mapping[str, Answer]]) -> EventIncrements:
    """Take the counters as they stand: what was counted since the processes began."""
    return EventIncrements(
        {
            name: {
                Counter(series.workload, series.process): value
                for series, value in _values(name, by_deployment).items()
            }
            for name, by_deployment in answers.items()
        }
    )


def _serving(reading: Reading) -> frozenset[tuple[str, str]]:
    """Give the deployments and pods that have requests' counters now."""
    return frozenset((series.workload, series.process.pod) for series in reading.requests)


def _values(name: str, by_deployment: Mapping[str, Answer]) -> dict[Series, float]:
    """Key the values; of one process that comes twice, the larger counts and the other is its copy."""
    values: dict[Series, float] = {}
    for deployment, answer in by_deployment.items():
        for row in answer.rows:
            if row.value is None or row.value < 0:
                continue
            process = Process(row.labels.get("instance", ""), row.labels.get("pod", ""))
            series = Series(process, deployment, name)
            values[series] = max(row.value, values.get(series, 0.0))
    return values


def _missing(
    gone: frozenset[Counter], known: frozenset[Counter], serving: frozenset[tuple[str, str]]
) -> frozenset[Counter]:
    """Give the counters that should be there: their pod serves on, or their version has none left."""
    counting = {counter.deployment for counter in known}
    return frozenset(
        counter
        for counter in gone
        if (counter.deployment, counter.process.pod) in serving or counter.deployment not in counting
    )


def _only(memory: Memory, now_s: float) -> Memory:
    """Keep what was seen now."""
    seen = {process for process, at_s in memory.seen_at_s.items() if at_s == now_s}
    return Memory(
        values={series: value for series, value in memory.values.items() if series.process in seen},
        seen_at_s=dict.fromkeys(seen, now_s),
    )
