"""A release as curves over time, in few enough points to be drawn."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from console.evidence import Counts, Sample
from console.judge.reading import Verdict
from console.judge.tally import Tally, add_sample, quantile_ms, ratio
from console.plan.plan_words import bound_in_words
from console.policy.judge_words import text_for
from console.release import events as ev
from console.release.events.evidence import GAP_TICKS
from console.release.state import Release
from console.release.walk import walk

Points = tuple[float | None, ...]
Stretch = tuple[float, float, Verdict]
"""From, to, verdict."""


class Curves(Struct, frozen=True, kw_only=True):
    """One measure of both versions; a point a bucket, None where nothing was seen."""

    stable: Points
    canary: Points


class Strip(Struct, frozen=True, kw_only=True):
    """What one guard, or the two keys, said over time: stretches of one verdict."""

    name: str
    stretches: tuple[Stretch, ...]


class Series(Struct, frozen=True, kw_only=True):
    """All that is drawn of a release."""

    begin_at: float
    end_at: float
    looks: int
    """How often both versions were looked at; 0 leaves nothing to draw."""
    error_rate: Curves
    p99_ms: Curves
    rps: Curves
    weights: tuple[tuple[float, int], ...]
    """Each weight that came into force, and when."""
    strips: tuple[Strip, ...]
    keys: tuple[Points, Points] | None
    """How far both keys were turned, 0..1; None where the plan has none."""


MOST_POINTS = 240
"""Points of a curve: as many as a page's width can show."""


def series_of(
    records: Iterable[ev.Record], *, begin_at: float, end_at: float, most_points: int = MOST_POINTS
) -> Series:
    """Make the curves of a release: one point a tick, or of as many ticks as it takes.

    `begin_at` and `end_at` are the times of the first record and of the last one. The records are gone
    through once and let go: a week's are too many to hold.
    """
    buckets = _Buckets(begin_at=begin_at, end_at=end_at, most=most_points)
    weights: list[tuple[float, int]] = []
    strips, turned = _Strips(), _Turned()
    for record, _, release in walk(records):
        if record.event.in_force is not None:
            weights.append((record.at, record.event.in_force))
        if isinstance(record.event, ev.SampleTaken):
            sample = record.event.sample
            buckets.add(record.at, sample)
            if release.stage is not None and not release.rollback:
                strips.add(record.at, sample.span_s, release)
                turned.add(record.at, release)
    tallies = buckets.tallies()
    length_s = max(end_at - begin_at, 1e-9) / len(tallies)
    return Series(
        begin_at=begin_at,
        end_at=end_at,
        looks=buckets.ticks,
        error_rate=_curves(tallies, lambda counts, _: ratio(counts.errors, counts.requests)),
        p99_ms=_curves(tallies, lambda counts, tally: quantile_ms(counts, tally.bounds_ms, 0.99)),
        rps=_curves(tallies, lambda counts, tally: ratio(counts.requests, tally.span_s)),
        weights=tuple(weights),
        strips=strips.all(),
        keys=turned.points([begin_at + (place + 1) * length_s for place in range(len(tallies))]),
    )


class _Buckets:
    """Adds ticks up in buckets of equal length: one a tick, until there are more ticks than points."""

    def __init__(self, *, begin_at: float, end_at: float, most: int) -> None:
        self._begin_at = begin_at
        self._length_s = max(end_at - begin_at, 1e-9)
        self._most = most
        self._first: list[tuple[float, Sample]] = []
        """The ticks so far, while they are few: how many buckets there are is not known yet."""
        self._sums: list[Tally] = []
        self.ticks = 0

    def add(self, at: float, sample: Sample) -> None:
        """Take up the next tick."""
        self.ticks += 1
        if self._sums:
            self._put(at, sample)
            return
        self._first.append((at, sample))
        if len(self._first) > self._most:
            self._spread(self._most)

    def tallies(self) -> list[Tally]:
        """Give the sum of each bucket; one empty one where there were no ticks."""
        if not self._sums:
            self._spread(max(1, len(self._first)))
        return self._sums

    def _spread(self, count: int) -> None:
        self._sums = [Tally() for _ in range(count)]
        for at, sample in self._first:
            self._put(at, sample)
        self._first.clear()

    def _put(self, at: float, sample: Sample) -> None:
        count = len(self._sums)
        place = min(count - 1, int((at - self._begin_at) / (self._length_s / count)))
        self._sums[place] = add_sample(self._sums[place], sample)


def _curves(tallies: Sequence[Tally], value: Callable[[Counts, Tally], float | None]) -> Curves:
    def points(counts_of: Callable[[Tally], Counts | None]) -> Points:
        return tuple(
            None if (counts := counts_of(tally)) is None else value(counts, tally) for tally in tallies
        )

    return Curves(stable=points(lambda tally: tally.stable), canary=points(lambda tally: tally.canary))


class _Strips:
    """Follows what each guard, and the judge, says from look to look."""

    def __init__(self) -> None:
        self._stretches: dict[str, list[Stretch]] = {}

    def add(self, at: float, span_s: float, release: Release) -> None:
        """Take up the next look, which saw the `span_s` before it."""
        near_s = GAP_TICKS * release.plan.interval_s
        for name, verdict in _verdicts(release):
            found = self._stretches.setdefault(name, [])
            _extend(found, at, span_s=span_s, verdict=verdict, near_s=near_s)

    def all(self) -> tuple[Strip, ...]:
        """Give all of them."""
        return tuple(Strip(name=name, stretches=tuple(found)) for name, found in self._stretches.items())


def _verdicts(release: Release) -> Iterator[tuple[str, Verdict]]:
    """Give what the judge and each guard say, by what a reader knows them by."""
    if (word := release.judge_word) is not None:
        yield text_for(release.plan).called, word
    guards = {guard.name: guard for guard in release.stage.guards} if release.stage else {}
    for reading in release.memory.readings:
        if reading.guard in guards:
            yield bound_in_words(guards[reading.guard], stable=release.plan.stable.name), reading.verdict


class _Turned:
    """Notes at each look how far both keys were turned, 0..1."""

    def __init__(self) -> None:
        self._at = array("d")
        self._keys = (array("d"), array("d"))

    def add(self, at: float, release: Release) -> None:
        """Take up the next look."""
        said = release.judge_says
        if said is None or not said.turned:
            return
        self._at.append(at)
        for column, turned in zip(self._keys, said.turned, strict=True):
            column.append(turned)

    def points(self, until: Sequence[float]) -> tuple[Points, Points] | None:
        """Give how far they were at each of the times, None where no look is near it; None without keys."""
        if not self._at:
            return None
        places = [bisect_right(self._at, at) for at in until]
        looked = [place - 1 if place > before else None for before, place in pairwise([0, *places])]
        first, second = (
            tuple(None if place is None else column[place] for place in looked) for column in self._keys
        )
        return first, second


def _extend(stretches: list[Stretch], at: float, *, span_s: float, verdict: Verdict, near_s: float) -> None:
    """Let the last stretch go on, or begin the next where it ended; after a gap begin at the look.

    Between two looks that saw nothing, nothing was seen.
    """
    from_at = at - span_s
    if stretches:
        begin_at, end_at, before = stretches[-1]
        near = from_at - end_at <= near_s
        if before is verdict and (near or verdict is Verdict.BLIND):
            stretches[-1] = (begin_at, at, verdict)
            return
        from_at = end_at if near else from_at
    stretches.append((from_at, at, verdict))
