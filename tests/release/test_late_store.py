"""A store that is always behind: what it shows belongs to the weight at which it was answered."""

from __future__ import annotations

from msgspec.structs import replace

from console.evidence import Sample
from console.plan.canary_config import Direction, Kayenta, MetricConfig, Missing
from console.policy.announce import announce
from console.policy.judges.kayenta import next_analysis_in_words, scores_of
from console.release import events as ev
from console.release.events import Cause
from tests.releases import blind, counts, guard, plan, running, sample, stage

LAG_S = 3.0
LATER_S = 30.0
BAD = counts(100, errors=50)


def late(*, of: Sample | None = None) -> Sample:
    return replace(of or sample(), lag_s=LAG_S)


def test_what_was_answered_before_the_weight_is_no_evidence_for_it_and_runs_no_clock() -> None:
    release = running().ticks([late(of=sample(canary=BAD)), late()])
    assert (release.held_s, release.stalled_s) == (0.0, 0.0)
    assert release.evidence.canary is not None
    assert release.evidence.canary.requests == 0


def test_the_hold_s_clock_begins_when_the_weight_can_be_seen() -> None:
    release = running().ticks([late()] * 5)
    assert release.held_s == 2.0
    assert release.evidence.canary is not None
    assert release.evidence.canary.requests == 300


def test_the_horizon_begins_then_too() -> None:
    story = running()
    release = story.ticks([late()] * 5)
    assert release.shown_s(story.at) == 2.0


def test_a_look_that_shows_nothing_costs_patience_all_the_same() -> None:
    assert running().ticks([late(), blind()]).stalled_s == 1.0


def test_a_guard_is_not_breached_by_what_was_answered_at_another_weight() -> None:
    story = running(plan(stage(10, guard()), stage(50, guard())))
    story.ticks([late()] * 5)
    story.enter(1)
    release = story.ticks([late(of=sample(canary=BAD))] * 2)
    assert not any(reading.ripe for reading in release.memory.readings)
    assert any(reading.ripe for reading in story.ticks([late(of=sample(canary=BAD))]).memory.readings)


def test_the_canary_is_gone_when_the_store_can_show_it() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=Cause.PERSON, reason="pager"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=1.0))
    confirmed_at = story.at
    gone = late(of=sample(canary=counts(0)))
    story.ticks([gone] * 6)
    rollback = story.release.rollback
    assert rollback is not None
    assert rollback.gone_at is not None
    assert rollback.gone_at - confirmed_at == LAG_S + gone.span_s


def test_nobody_is_missed_before_the_store_can_show_them() -> None:
    story = running(plan(stage(10, guard()), stage(50, guard())))
    story.ticks([late()] * 8)
    story.enter(1)
    release = story.ticks([late()] * 3)
    assert (release.memory.arrivals.expected, release.memory.arrivals.answered) == (0.0, 0.0)
    assert not release.memory.arrivals.none_came


def test_a_store_that_becomes_later_is_news_and_so_is_one_that_is_in_time_again() -> None:
    story = running(plan(stage(10), interval_s=1.0))
    told = []
    for each in (late(), late(), sample(), replace(sample(), lag_s=40.0), replace(sample(), lag_s=40.6)):
        before = story.release
        story.ticks([each])
        told.append([turned.words for turned in announce(before, story.release)])
    assert told[0] == [], "the preflight has told it"
    assert told[1] == []
    assert told[2] == ["the store answers in time again"]
    assert told[3][0].startswith(
        "the store answers 40 s late from now on: holds and horizons begin that much"
    )
    assert told[4] == []


def test_kayenta_s_minutes_begin_when_the_weight_can_be_seen() -> None:
    config = Kayenta(
        metrics=(
            MetricConfig(
                name="error_rate", groups=("errors",), direction=Direction.INCREASE, missing=Missing.REPLACE
            ),
        ),
        every_s=60.0,
    )
    story = running(replace(plan(stage(10, hold_s=600.0), stage(50)), kayenta=config))
    begun_at = story.release.stage_at
    seen = [replace(sample(), lag_s=LATER_S)] * 28
    release = story.ticks(seen)
    assert scores_of(release).began_at is None
    assert next_analysis_in_words(release, now=begun_at) == "next analysis in 1m30s"
    assert scores_of(story.ticks([blind()])).began_at is None, "nor by a look that shows nothing"
    release = story.ticks(seen[:2])
    assert scores_of(release).began_at == begun_at + LATER_S - sample().span_s
