"""A release as curves over time, in few enough points to be drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from console.evidence import Counts, Sample
from console.judge.reading import Verdict
from console.judge.tally import Tally, quantile_ms, ratio, tally_of
from console.plan.words import bound_in_words
from console.policy.judge_words import NAME, judged
from console.policy.kayenta_words import NAME as KAYENTA
from console.policy.kayenta_words import scored
from console.release import events as ev
from console.release.fold import GAP_TICKS, fold
from console.release.state import Release
from console.report.steps import Step

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


def series_of(records: Sequence[ev.Record], *, most_points: int = 240) -> Series:
    """Make the curves of a release: one point a tick, or of as many ticks as it takes."""
    begin_at, end_at = records[0].at, records[-1].at
    ticks = [
        (record.at, record.event.sample) for record in records if isinstance(record.event, ev.SampleTaken)
    ]
    count = max(1, min(most_points, len(ticks)))
    buckets = _buckets(ticks, begin_at=begin_at, end_at=end_at, count=count)
    looks = list(_looks(records))
    length_s = max(end_at - begin_at, 1e-9) / count
    return Series(
        begin_at=begin_at,
        end_at=end_at,
        looks=len(ticks),
        error_rate=_curves(buckets, lambda counts, _: ratio(counts.errors_5xx, counts.requests)),
        p99_ms=_curves(buckets, lambda counts, tally: quantile_ms(counts, tally.bounds_ms, 0.99)),
        rps=_curves(buckets, lambda counts, tally: ratio(counts.requests, tally.span_s)),
        weights=_weights(records),
        strips=_strips(looks),
        keys=_keys(looks, [begin_at + (place + 1) * length_s for place in range(count)]),
    )


def _buckets(
    ticks: Sequence[tuple[float, Sample]], *, begin_at: float, end_at: float, count: int
) -> list[Tally]:
    length_s = max(end_at - begin_at, 1e-9) / count
    inside: list[list[Sample]] = [[] for _ in range(count)]
    for at, sample in ticks:
        inside[min(count - 1, int((at - begin_at) / length_s))].append(sample)
    return [tally_of(samples) for samples in inside]


def _curves(tallies: Sequence[Tally], value: Callable[[Counts, Tally], float | None]) -> Curves:
    def points(counts_of: Callable[[Tally], Counts | None]) -> Points:
        return tuple(
            None if (counts := counts_of(tally)) is None else value(counts, tally) for tally in tallies
        )

    return Curves(stable=points(lambda tally: tally.stable), canary=points(lambda tally: tally.canary))


def _weights(records: Sequence[ev.Record]) -> tuple[tuple[float, int], ...]:
    found = []
    for record in records:
        match record.event:
            case (ev.RouterSeen() | ev.WeightConfirmed() | ev.WeightAltered()) as told:
                found.append((record.at, told.weight))
            case _:
                pass
    return tuple(found)


def _looks(records: Sequence[ev.Record]) -> Iterator[Step]:
    """Give each look at both versions with what was known after it, as the screen showed it."""
    release: Release | None = None
    for record in records:
        release = fold(release, record)
        if isinstance(record.event, ev.SampleTaken) and release.stage is not None and not release.rollback:
            yield Step(record, release)


def _strips(looks: Sequence[Step]) -> tuple[Strip, ...]:
    stretches: dict[str, list[Stretch]] = {}
    for record, release in looks:
        near_s = GAP_TICKS * release.plan.interval_s
        for name, verdict in _verdicts(release):
            _extend(stretches.setdefault(name, []), record, verdict, near_s=near_s)
    return tuple(Strip(name=name, stretches=tuple(found)) for name, found in stretches.items())


def _verdicts(release: Release) -> Iterator[tuple[str, Verdict]]:
    """Give what the keys and each guard say, by what a reader knows them by."""
    said = judged(release)
    if said is not None:
        yield f"the {NAME}", said
    score = scored(release)
    if score is not None:
        yield KAYENTA, score
    guards = {guard.name: guard for guard in release.stage.guards} if release.stage else {}
    for reading in release.memory.readings:
        if reading.guard in guards:
            yield bound_in_words(guards[reading.guard], stable=release.plan.stable.name), reading.verdict


def _keys(looks: Sequence[Step], until: Sequence[float]) -> tuple[Points, Points] | None:
    """Give how far the keys were turned at each of the times; None where no look is near it."""
    turned = [(record.at, said.turned) for record, release in looks if (said := release.memory.said)]
    if not turned:
        return None
    times = [at for at, _ in turned]
    places = [bisect_right(times, at) for at in until]
    found = [turned[place - 1][1] if place > before else None for before, place in pairwise([0, *places])]
    first, second = (tuple(None if one is None else one[key] for one in found) for key in (0, 1))
    return first, second


def _extend(stretches: list[Stretch], record: ev.Record, verdict: Verdict, *, near_s: float) -> None:
    """Let the last stretch go on, or begin the next where it ended; after a gap begin at the look.

    Between two looks that saw nothing, nothing was seen.
    """
    event = record.event
    assert isinstance(event, ev.SampleTaken)
    from_at = record.at - event.sample.span_s
    if stretches:
        begin_at, end_at, before = stretches[-1]
        near = from_at - end_at <= near_s
        if before is verdict and (near or verdict is Verdict.BLIND):
            stretches[-1] = (begin_at, record.at, verdict)
            return
        from_at = end_at if near else from_at
    stretches.append((from_at, record.at, verdict))
