"""Whatever stands in a journal in whatever order: a release, or an error that names the record."""

from __future__ import annotations

from typing import get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from console.command import Command
from console.errors import JournalError
from console.evidence import Counts, Look, Pods, Sample
from console.journal.decode import decode
from console.judge.keys.channels import Channel, Channels, Kind, Limit
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.settings import Settings
from console.judge.terms import Terms
from console.plan.canary_config import Direction, Kayenta, Measure, MetricConfig, Missing
from console.plan.model import Judge, Metric, Plan, Rule, Then
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.explain import explain
from console.policy.judges.two_keys.keys_words import keys_of
from console.policy.permit import refusal
from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.fold import fold
from console.release.obstacles import obstacles
from console.release.state import Release
from tests.releases import guard, opened, plan, stage
from tests.sample import many

HUGE = 1e18
amounts = st.one_of(st.sampled_from([0.0, 1.0, 100.0, HUGE, 5e-324]), st.floats(0, HUGE))
numbers = st.none() | st.integers(0, 10**12)
weights = st.integers(0, 100)
small = st.integers(0, 3)
bounds = st.lists(st.floats(5e-324, HUGE), max_size=4, unique=True).map(lambda found: tuple(sorted(found)))


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    bounds_ms = draw(bounds)

    def look() -> Look:
        latency = draw(st.sampled_from([(), tuple(draw(amounts) for _ in range(len(bounds_ms) + 1))]))
        counts = Counts(
            requests=draw(amounts), errors_5xx=draw(amounts), errors_4xx=draw(amounts), latency=latency
        )
        return Look(
            counts=draw(st.sampled_from([None, counts])),
            pods=Pods(
                restarts=draw(numbers),
                ready=draw(numbers),
                desired=draw(numbers),
                cpu_cores=draw(st.none() | amounts),
                memory_bytes=draw(st.none() | amounts),
            ),
            events=draw(st.dictionaries(st.sampled_from(["orders", "x"]), amounts)),
            business=draw(st.dictionaries(st.sampled_from(["revenue", "x"]), st.floats(-1e300, 1e300))),
        )

    return Sample(
        span_s=draw(amounts),
        data_age_s=draw(amounts),
        bounds_ms=bounds_ms,
        stable=look(),
        canary=look(),
    )


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Terms at the bounds of what can be judged by, and within them."""
    factors = st.sampled_from([1.0, 1.1, 1e3])
    edges_ms = draw(st.lists(st.floats(5e-324, 1e15), max_size=3, unique=True))
    judged = (
        Channel(name="errors", kind=Kind.ERRORS, weight=draw(st.sampled_from([1e-9, 0.5, 1.0]))),
        *(Channel(name="slow", kind=Kind.SLOW, weight=0.1, edge_ms=edge) for edge in sorted(edges_ms)),
        *(Channel(name=name, kind=Kind.EVENTS, weight=0.1) for name in draw(st.sets(st.just("orders")))),
    )
    limits = draw(
        st.lists(st.builds(Limit, name=st.just("l"), kind=st.sampled_from(Kind), ratio=st.floats(1e-12, 0.5)))
    )
    noise = st.builds(Noise, burst=st.floats(1, 1e9), spread_sq=st.floats(0, 100), restless=st.floats(0, 1e9))
    return Terms(
        settings=Settings(
            alpha=draw(st.floats(1e-9, 0.5)),
            beta=draw(st.floats(1e-9, 0.5)),
            confirm_blocks=draw(st.integers(1, 3)),
            cap=draw(st.floats(1.001, 1e9)),
            grid=tuple(draw(st.lists(st.floats(1.001, 1e6), min_size=1, max_size=4))),
            delta=draw(st.floats(5e-324, 1)),
            errors_factor=draw(factors),
            latency_factor=draw(factors),
            pods_z=draw(st.floats(0, 1e3)),
            half_life_s=draw(st.floats(0.001, 1e7)),
            block_s=draw(st.sampled_from([0.001, 5.0, 1e7])),
        ),
        channels=Channels(judged=judged, limits=tuple(limits)),
        profile=Profile(judged=tuple(draw(noise) for _ in judged), limits=tuple(draw(noise) for _ in limits)),
    )


def kayentas() -> st.SearchStrategy[Kayenta]:
    metrics = st.builds(
        MetricConfig,
        name=st.sampled_from(["error_rate", "p99", "revenue", "orders"]),
        groups=st.just(("all",)),
        direction=st.sampled_from(Direction),
        missing=st.sampled_from(Missing),
        critical=st.booleans(),
        remove_outliers=st.booleans(),
        measure=st.sampled_from(Measure),
    )
    return st.builds(
        Kayenta,
        metrics=st.lists(metrics, min_size=1, max_size=3).map(tuple),
        weights=st.just({}),
        every_s=st.floats(60, 600),
        warmup_s=st.floats(0, 600),
        lookback_s=st.floats(0, 86400),
    )


def plans() -> st.SearchStrategy[Plan]:
    guards = st.builds(
        guard,
        st.sampled_from([*Metric, "revenue"]),
        st.sampled_from(Rule),
        st.floats(-1e15, 1e15),
        window_s=st.floats(0, 1e7),
        for_s=st.floats(0, 1e7),
        min_requests=st.integers(0, 10**12),
        then=st.sampled_from(Then),
        name=st.text(max_size=4),
    )
    stages = st.builds(
        lambda weight, found, approve: stage(weight, *found, approve=approve),
        st.integers(0, 100),
        st.lists(guards, max_size=3),
        st.booleans(),
    )
    return st.builds(
        lambda found, interval_s, judge, kayenta: replace(
            plan(*found, interval_s=interval_s), judge=judge, kayenta=kayenta
        ),
        st.lists(stages, min_size=1, max_size=3),
        st.sampled_from([0.001, 1.0, 86400.0]),
        st.sampled_from([None, Judge()]),
        st.none() | kayentas(),
    )


def events() -> st.SearchStrategy[ev.AnyEvent]:
    own = (ev.ReleaseOpened, ev.SampleTaken, ev.JudgeBegun)
    kinds = [kind for kind in get_args(ev.AnyEvent) if kind not in own]
    ordinary = st.one_of(*(st.from_type(kind) for kind in kinds))
    return st.one_of(
        st.builds(ev.SampleTaken, sample=samples()),
        st.builds(ev.JudgeBegun, terms=terms()),
        st.builds(ev.StageEntered, stage=small),
        st.builds(ev.RouterSeen, weight=weights),
        st.builds(ev.WeightRequested, number=small, weight=weights),
        st.builds(ev.WeightConfirmed, number=small, weight=weights, took_ms=st.floats(0, 1e12)),
        st.builds(ev.WriteFailed, number=small, trouble=st.text()),
        ordinary,
    )


@settings(max_examples=many("examples of a property", 300))
@given(
    first=plans().map(opened),
    rest=st.lists(st.tuples(st.floats(0, 1e6), events()), max_size=12),
)
def test_any_sequence_of_events_folds_or_is_refused_by_its_record(
    first: ev.ReleaseOpened, rest: list[tuple[float, ev.AnyEvent]]
) -> None:
    release: Release | None = None
    at = 0.0
    for n, (step_s, event) in enumerate([(0.0, first), *rest], start=1):
        at += step_s
        record = ev.Record(n=n, at=at, event=event)
        try:
            record = decode(msgspec.json.encode(record))  # type: ignore[assignment]  # all kinds are known here
            before, release = release, fold(release, record)
        except JournalError:
            continue
        event_in_words(record.event, release)
        obstacles(release)
        decide(release, now=at)
        explain(release, now=at)
        if before is not None:
            announce(before, release)
        for command in Command:
            refusal(release, command, now=at)


@settings(max_examples=many("examples of a property", 60))
@given(
    chosen=terms(),
    weight=weights,
    ticks=st.lists(st.tuples(st.floats(0, 1e6), samples()), min_size=1, max_size=6),
)
def test_any_traffic_is_judged_by_any_terms_that_are_sound(
    chosen: Terms, weight: int, ticks: list[tuple[float, Sample]]
) -> None:
    of = replace(plan(stage(weight)), judge=Judge())
    beginning = (opened(of), ev.RouterSeen(weight=0), ev.JudgeBegun(terms=chosen), ev.StageEntered(stage=0))
    writing = (
        ev.WeightRequested(number=1, weight=weight),
        ev.WeightConfirmed(number=1, weight=weight, took_ms=1.0),
    )
    release: Release | None = None
    for event in (*beginning, *writing):
        release = fold(release, ev.Record(n=1, at=0.0, event=event))
    at = 0.0
    for step_s, taken in ticks:
        at += step_s
        before, release = release, fold(release, ev.Record(n=1, at=at, event=ev.SampleTaken(sample=taken)))
        assert before is not None
        decide(release, now=at)
        explain(release, now=at)
        announce(before, release)
        said = keys_of(release).said
        assert said is not None
        assert said.k1 >= 0
