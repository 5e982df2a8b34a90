"""Raw counters -> increments, over restarts, gaps, replicas and rows that come late; pure.

A process is one instance of one pod. What makes a counter less than it was is told apart:

- a scrape that is no newer than the last one (another replica answers, and it is behind): nothing counts;
- a counter that its own history shows to have begun anew (`resets()`), or that is less in two looks running:
  the process restarted, or its proxy dropped an idle series and made it again; all of it counts;
- a counter that is gone for two looks while its process is there: it will begin anew;
- any other one that is less: two replicas' clocks are not the same. It counts again from its highest value.

Where several counters were added up before they came here, a fall is no increment at all: one of them may be
gone. Then they are counted from there on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBER_S = 600.0
"""A process that vanished is remembered for this long: when it comes back, its increments cover the gap."""

_SURE = 2
"""So many looks running must lack a counter, or show less of it, before it is taken to begin anew."""
_HALF = 0.5
"""Where nobody tells of restarts, a counter that has less than this part left began anew."""


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
class Scrapes:
    """What is known of the scrapes behind a reading."""

    stamps_s: Mapping[Process, float]
    """When each process was scraped, by its scraper's clock."""
    resets: Mapping[Process, float]
    """How often counters of it began anew lately, as its scraper's own history has it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The highest value of each counter, and when each process was last seen."""

    values: Mapping[Series, float] = field(default_factory=dict)
    missed: Mapping[Series, int] = field(default_factory=dict)
    """Counters that were gone, or less, in so many looks running."""
    seen_at_s: Mapping[Process, float] = field(default_factory=dict)
    scrapes: Scrapes = field(default_factory=lambda: Scrapes({}, {}))
    restarted: frozenset[Process] = frozenset()
    """Processes of which no counter went on in the last look, and some began anew."""


def advance(
    memory: Memory,
    reading: Mapping[Series, float],
    *,
    now_s: float,
    scrapes: Scrapes | None = None,
    from_zero: frozenset[Process] = frozenset(),
    sums: bool = False,
    restarted: frozenset[Process] = frozenset(),
    whole: bool = True,
) -> tuple[Memory, dict[Series, float]]:
    """Take a reading in, and give the increments since the one before: finite, and never negative.

    A counter that is new in a known process started at zero since (the first 5xx ever), so all of it
    counts. Of a process never seen before nothing counts, because nobody knows how old its counters are;
    `from_zero` names those that were watched before this reading and had no counter then. `sums` says that
    each value is a sum of several counters of its process, of which `restarted` names those that began anew
    all the same. A reading that may not be `whole` says nothing by what it lacks.
    """
    step = _Step(memory, reading, scrapes, from_zero, now_s=now_s)
    return step.taken_as_sums(restarted) if sums else step.taken(whole=whole)


def forget_stamps(memory: Memory) -> Memory:
    """Forget when each process was scraped."""
    return replace(memory, scrapes=Scrapes({}, memory.scrapes.resets))


class _Step:
    """From one reading to the next."""

    def __init__(
        self,
        memory: Memory,
        reading: Mapping[Series, float],
        scrapes: Scrapes | None,
        from_zero: frozenset[Process],
        *,
        now_s: float,
    ) -> None:
        self._memory = memory
        self._scrapes = scrapes
        self._known = from_zero | memory.seen_at_s.keys()
        self._now_s = now_s
        self._fresh: defaultdict[Process, dict[Series, float]] = defaultdict(dict)
        for series, value in reading.items():
            if self._is_newer(series.process):
                self._fresh[series.process][series] = value
        self._values = dict(memory.values)
        self._missed = dict(memory.missed)
        self._increments = dict.fromkeys(reading, 0.0)

    def taken_as_sums(self, restarted: frozenset[Process]) -> tuple[Memory, dict[Series, float]]:
        for process, found in self._fresh.items():
            began_anew = process in restarted
            shrank = not began_anew and any(
                value < self._values.get(series, 0.0) for series, value in found.items()
            )
            for series, value in found.items():
                usual = 0.0 if process in self._known else value
                before = 0.0 if began_anew else self._values.get(series, usual)
                self._increments[series] = 0.0 if shrank else value - before
                self._values[series] = value
        return self._kept(frozenset()), self._increments

    def taken(self, *, whole: bool) -> tuple[Memory, dict[Series, float]]:
        restarted = set()
        remembered: defaultdict[Process, list[Series]] = defaultdict(list)
        for series in self._memory.values:
            remembered[series.process].append(series)
        for process, found in self._fresh.items():
            told = self._tells_of_restart(process)
            went_on = any(value >= self._values.get(series, value + 1) > 0 for series, value in found.items())
            began = [self._take(series, value, told=told) for series, value in found.items()]
            anew = any(began)
            if anew and not went_on:
                restarted.add(process)
            for series in remembered[process]:
                if series not in found and whole:
                    self._lack(series, gone=anew)
        return self._kept(frozenset(restarted)), self._increments

    def _is_newer(self, process: Process) -> bool:
        if self._scrapes is None or process not in self._scrapes.stamps_s:
            return True
        before = self._memory.scrapes.stamps_s.get(process)
        return before is None or self._scrapes.stamps_s[process] > before

    def _tells_of_restart(self, process: Process) -> bool | None:
        """Whether the scraper's own history has seen a counter begin anew since; None: nobody can say.

        What is told is how often that was in the last minutes: as many as before may be one more, and one
        less that is too long ago.
        """
        if self._scrapes is None or process not in self._scrapes.resets:
            return None
        now, before = self._scrapes.resets[process], self._memory.scrapes.resets.get(process, 0.0)
        if now > before:
            return True
        return None if now > 0 else False

    def _take(self, series: Series, value: float, *, told: bool | None) -> bool:
        """Count one counter; says whether it began anew."""
        before = self._values.get(series, 0.0 if series.process in self._known else value)
        fell = value < before
        if fell and not self._began_anew(series, value, before, told=told):
            self._missed[series] = self._missed.get(series, 0) + 1
            return False
        self._increments[series] = value if fell else value - before
        self._values[series] = value
        self._missed.pop(series, None)
        return fell

    def _began_anew(self, series: Series, value: float, before: float, *, told: bool | None) -> bool:
        if told is None:
            return value < before * _HALF or self._missed.get(series, 0) + 1 >= _SURE
        return told or self._missed.get(series, 0) + 1 >= _SURE

    def _lack(self, series: Series, *, gone: bool) -> None:
        """Note a counter that is not there; beside one that began anew it will begin anew too."""
        self._missed[series] = self._missed.get(series, 0) + 1
        if gone or self._missed[series] >= _SURE:
            del self._values[series], self._missed[series]

    def _kept(self, restarted: frozenset[Process]) -> Memory:
        """Keep what was seen lately, each process with the scrape that counted last."""
        seen_at_s = {**self._memory.seen_at_s, **dict.fromkeys(self._increments_of(), self._now_s)}
        recent = {process: at_s for process, at_s in seen_at_s.items() if self._now_s - at_s <= REMEMBER_S}
        before, now = self._memory.scrapes, self._scrapes or Scrapes({}, {})
        return Memory(
            values={series: value for series, value in self._values.items() if series.process in recent},
            missed={series: count for series, count in self._missed.items() if series.process in recent},
            seen_at_s=recent,
            scrapes=Scrapes(
                self._latest(before.stamps_s, now.stamps_s, recent),
                self._latest(before.resets, now.resets, recent),
            ),
            restarted=restarted,
        )

    def _increments_of(self) -> set[Process]:
        return {series.process for series in self._increments}

    def _latest(
        self, before: Mapping[Process, float], now: Mapping[Process, float], recent: Mapping[Process, float]
    ) -> dict[Process, float]:
        """Take the new figures of the processes that counted, and keep the old ones of the others."""
        fresh = {process: value for process, value in now.items() if process in self._fresh}
        return {process: value for process, value in {**before, **fresh}.items() if process in recent}
