"""Raw counters -> increments, over restarts, gaps, replicas and rows that come late; pure.

A process is one instance of one pod. What makes a counter less than it was is told apart:

- a scrape that is no newer than the last one (another replica answers, and it is behind): nothing counts;
- a scrape that is newer by no more than two clocks are apart, in which something is less or gone, and nothing
  more: it may be an older one, by a replica whose clock is ahead. Nothing counts, and a later one tells. So
  it is with any that follows so soon on one in which a counter began anew, or whose process was new: an older
  one would show more;
- a process that has run for a shorter time than before: it restarted, and all of each counter counts, though
  one may be more than it was;
- any other counter that is less: the process restarted, or its proxy dropped an idle series and made it anew;
  all of it counts. Where the scraper's own history (`resets()`) denies it, two looks running must show it;
- a counter that is gone while its process is there: where it comes back with less it has begun anew, and with
  more it may only have been missing from an answer.

Where nobody tells when it was scraped, a counter began anew that has less than half left, or is less in two
looks running; any other one that is less counts again from its highest value.

Where several counters were added up before they came here, a fall is no increment at all: one of them may be
gone, or the sample is an older one. The next look tells which, and from where they are counted on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

REMEMBER_S = 600.0
"""A process that vanished is remembered for this long: when it comes back, its increments cover the gap."""

_SURE = 2
"""Looks in a row that lack a counter, or show less of it, before less of it is a new beginning."""
UNSURE_S = 4.5
"""A stamp that is newer by less, seconds, may be another clock's. Just below 5, so that one Prometheus that
scrapes every five seconds never waits for the scrape after the next."""
_WHOLE_S = 1.0
"""Uptimes are whole seconds."""
_HALF = 0.5
"""Where no scrape has a stamp, a counter that has less than this part left began anew."""


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
    uptimes_s: Mapping[Process, float] = field(default_factory=dict)
    """For how long it has run, where it says so."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The highest value of each counter, and when each process was last seen."""

    values: Mapping[Series, float] = field(default_factory=dict)
    missed: Mapping[Series, int] = field(default_factory=dict)
    """Counters that were gone, or less: in how many looks in a row."""
    fell: Mapping[Series, float] = field(default_factory=dict)
    """Sums that were less in the last look, and what they were in it."""
    seen_at_s: Mapping[Process, float] = field(default_factory=dict)
    scrapes: Scrapes = field(default_factory=lambda: Scrapes({}, {}))
    restarted: frozenset[Process] = frozenset()
    """Processes of which no counter went on in the last look, and some began anew."""
    began_s: Mapping[Process, float] = field(default_factory=dict)
    """When the scrape was made in which a process was new, or one of its counters had begun anew."""
    older: frozenset[Process] = frozenset()
    """Processes of which the last look was shown what may be an older scrape."""


def advance(
    memory: Memory,
    reading: Mapping[Series, float],
    *,
    now_s: float,
    scrapes: Scrapes | None = None,
    from_zero: frozenset[Process] = frozenset(),
    sums: bool = False,
    after: Memory | None = None,
    whole: bool = True,
    apart_s: float = UNSURE_S,
) -> tuple[Memory, dict[Series, float]]:
    """Take a reading in, and give the increments since the one before: finite, and never negative.

    A counter that is new in a known process started at zero since (the first 5xx ever), so all of it
    counts. Of a process never seen before nothing counts, because nobody knows how old its counters are;
    `from_zero` names those that were watched before this reading and had no counter then. `sums` says that
    each value is a sum of several counters of its process; `after` is what is remembered of those counters
    after this look: it tells which processes began anew all the same, and which were shown older. A reading
    that may not be `whole` says nothing by what it lacks. A stamp that is newer by no more than `apart_s` may
    be that of an older scrape.
    """
    step = _Step(memory, reading, scrapes, from_zero, now_s=now_s, apart_s=apart_s)
    return step.taken_as_sums(after or Memory()) if sums else step.taken(whole=whole)


def forget_stamps(memory: Memory) -> Memory:
    """Forget when each process was scraped."""
    return replace(memory, scrapes=Scrapes({}, {}))


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
        apart_s: float,
    ) -> None:
        self._memory = memory
        self._apart_s = apart_s
        self._scrapes = scrapes
        self._known = from_zero | memory.seen_at_s.keys()
        self._now_s = now_s
        self._fresh: defaultdict[Process, dict[Series, float]] = defaultdict(dict)
        for series, value in reading.items():
            if self._is_newer(series.process):
                self._fresh[series.process][series] = value
        self._values = dict(memory.values)
        self._missed = dict(memory.missed)
        self._fell = dict(memory.fell)
        self._increments = dict.fromkeys(reading, 0.0)

    def taken_as_sums(self, after: Memory) -> tuple[Memory, dict[Series, float]]:
        for process in after.older:
            self._fresh.pop(process, None)
        for process, found in self._fresh.items():
            base = dict.fromkeys(found, 0.0) if process in after.restarted else self._base_of(process, found)
            if base is None:
                self._fell.update(found)
                continue
            for series, value in found.items():
                self._increments[series] = value - base[series]
                self._values[series] = value
                self._fell.pop(series, None)
        return self._kept(frozenset()), self._increments

    def _base_of(self, process: Process, found: Mapping[Series, float]) -> Mapping[Series, float] | None:
        """Return what a process's sums are compared with; None where one fell, and it is not known why.

        That an older sample came with a newer stamp shows in the next look: none is less than it was any
        more. Where one still is, one of its counters is gone, and what was left of it counts on.
        """
        known = {
            series: self._values.get(series, 0.0 if process in self._known else value)
            for series, value in found.items()
        }
        left = {series: self._fell.get(series, known[series]) for series in found}
        for base in (known, left):
            if all(value >= base[series] for series, value in found.items()):
                return base
        return None

    def taken(self, *, whole: bool) -> tuple[Memory, dict[Series, float]]:
        restarted, began_s = set(), dict(self._memory.began_s)
        remembered: defaultdict[Process, list[Series]] = defaultdict(list)
        for series in self._memory.values:
            remembered[series.process].append(series)
        older = {process for process in self._fresh if self._may_be_older(process, remembered[process])}
        for process in older:
            del self._fresh[process]
        for process, found in self._fresh.items():
            if self._is_another(process):
                restarted.add(process)
                self._forget(remembered.pop(process, []))
            sure = self._is_sure(process)
            went_on = any(value >= self._values.get(series, value + 1) > 0 for series, value in found.items())
            began = [self._take(series, value, sure=sure) for series, value in found.items()]
            anew = any(began)
            if anew and not went_on:
                restarted.add(process)
            if anew or process in restarted or self._is_new(process):
                began_s |= self._stamp_of(process)
            for series in remembered[process]:
                if series not in found and whole:
                    self._lack(series, gone=anew and not went_on)
        kept = self._kept(frozenset(restarted))
        began_s = {process: at_s for process, at_s in began_s.items() if process in kept.seen_at_s}
        return replace(kept, older=frozenset(older), began_s=began_s), self._increments

    def _forget(self, counters: Iterable[Series]) -> None:
        for series in counters:
            del self._values[series]
            self._missed.pop(series, None)

    def _is_newer(self, process: Process) -> bool:
        since_s = self._since_s(process)
        return since_s is None or since_s > 0

    def _is_new(self, process: Process) -> bool:
        """Whether it was never seen, while others were."""
        return bool(self._memory.seen_at_s) and process not in self._memory.seen_at_s

    def _stamp_of(self, process: Process) -> dict[Process, float]:
        stamp_s = self._scrapes.stamps_s.get(process) if self._scrapes else None
        return {} if stamp_s is None else {process: stamp_s}

    def _may_be_older(self, process: Process, remembered: Iterable[Series]) -> bool:
        """Whether its scrape may be an older one, though its stamp is newer.

        Where a counter is more than at the last scrape it is not; one that was lacking there says nothing.
        """
        since_s, shorter_s = self._since_s(process), self._shorter_s(process)
        if since_s is None or since_s > self._apart_s:
            return False
        if self._began_just_now(process):
            return True
        found = self._fresh[process]
        if any(found.get(each, 0.0) > self._values[each] for each in remembered if each not in self._missed):
            return False
        there = (
            each for each in remembered if self._missed.get(each, 0) < _SURE
        )  # no idle one, long dropped
        return shorter_s > 0 or any(found.get(each, 0.0) < self._values[each] for each in there)

    def _began_just_now(self, process: Process) -> bool:
        """Whether a counter of it began anew at the last scrape, or so soon before it that no clock tells."""
        began_s = self._memory.began_s.get(process)
        stamp_s = self._stamp_of(process).get(process)
        return began_s is not None and stamp_s is not None and stamp_s - began_s <= self._apart_s

    def _since_s(self, process: Process) -> float | None:
        """Return how much newer its scrape is than the last one, by their stamps; None where nobody tells."""
        stamp_s = self._stamp_of(process).get(process)
        before_s = self._memory.scrapes.stamps_s.get(process)
        return None if stamp_s is None or before_s is None else stamp_s - before_s

    def _shorter_s(self, process: Process) -> float:
        """Return by how much less it has run than at the last scrape; 0 where nobody tells."""
        now_s = self._scrapes.uptimes_s.get(process) if self._scrapes else None
        before_s = self._memory.scrapes.uptimes_s.get(process)
        return 0.0 if now_s is None or before_s is None else before_s - now_s

    def _is_another(self, process: Process) -> bool:
        """Whether it runs for a shorter time than at the last scrape, and no longer than since that."""
        since_s = self._since_s(process)
        if self._scrapes is None or since_s is None or self._shorter_s(process) <= 0:
            return False
        return self._scrapes.uptimes_s[process] <= since_s + _WHOLE_S

    def _is_sure(self, process: Process) -> bool | None:
        """Whether a counter of it that is less began anew; None: nobody tells when it was scraped.

        A history that knows of no restart may be another replica's, whose clock is set quite wrong.
        """
        if self._scrapes is None or self._since_s(process) is None:
            return None
        return self._scrapes.resets.get(process) != 0

    def _take(self, series: Series, value: float, *, sure: bool | None) -> bool:
        """Count one counter; says whether it began anew."""
        before = self._values.get(series, 0.0 if series.process in self._known else value)
        fell = value < before
        if fell and not self._began_anew(series, value, before, sure=sure):
            self._missed[series] = self._missed.get(series, 0) + 1
            return False
        self._increments[series] = value if fell else value - before
        self._values[series] = value
        self._missed.pop(series, None)
        return fell

    def _began_anew(self, series: Series, value: float, before: float, *, sure: bool | None) -> bool:
        likely = value < before * _HALF if sure is None else sure
        return likely or self._missed.get(series, 0) + 1 >= _SURE

    def _lack(self, series: Series, *, gone: bool) -> None:
        """Note a counter that is not there; where all of its process began anew it will begin anew too."""
        if gone:
            self._forget([series])
        else:
            self._missed[series] = self._missed.get(series, 0) + 1

    def _kept(self, restarted: frozenset[Process]) -> Memory:
        """Keep what was seen lately, each process with the scrape that counted last."""
        seen_at_s = {**self._memory.seen_at_s, **dict.fromkeys(self._increments_of(), self._now_s)}
        recent = {process: at_s for process, at_s in seen_at_s.items() if self._now_s - at_s <= REMEMBER_S}
        before, now = self._memory.scrapes, self._scrapes or Scrapes({}, {})
        return Memory(
            values={series: value for series, value in self._values.items() if series.process in recent},
            missed={series: count for series, count in self._missed.items() if series.process in recent},
            fell={series: value for series, value in self._fell.items() if series.process in recent},
            seen_at_s=recent,
            scrapes=Scrapes(
                self._latest(before.stamps_s, now.stamps_s, recent),
                {},
                self._latest(before.uptimes_s, now.uptimes_s, recent),
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
