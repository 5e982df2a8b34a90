from __future__ import annotations

import pytest

from console.plan.model import Rule, Then
from console.release import events as ev
from console.report.damage import budget_of
from console.report.facts import facts_of
from console.report.figures import figures_of
from tests.releases import ANA, blind, counts, guard, plan, running, sample, stage
from tests.report.drawn import drawn
from tests.report.stories import rolled_back


def test_a_rollback_is_timed_from_the_first_look_beyond_the_limit() -> None:
    reaction = facts_of(rolled_back().records).reaction
    assert reaction is not None
    assert reaction.detection_s == 2.0
    assert reaction.confirmation_s == pytest.approx(0.012)
    assert reaction.gone_s == pytest.approx(1.012)


def test_without_a_rollback_there_is_nothing_to_time() -> None:
    assert facts_of(running().records).reaction is None


def test_who_was_hurt_is_counted() -> None:
    damage = facts_of(rolled_back().records).damage
    assert (damage.canary_requests, damage.canary_failed, damage.canary_failed_more) == (1900, 300, 300)


def test_failures_that_chance_makes_are_not_the_canarys() -> None:
    story = running()
    story.ticks([sample(stable=counts(1000, errors=10), canary=counts(100, errors=2))])
    assert facts_of(story.records).damage.canary_failed_more == 0


def test_where_stable_serves_nobody_the_canary_cannot_be_compared() -> None:
    story = running()
    story.ticks([sample(stable=counts(1000), canary=counts(100))])
    story.ticks([sample(stable=counts(0), canary=counts(1000, errors=30))] * 5)
    assert facts_of(story.records).damage.canary_failed_more == 0


def test_the_budget_is_the_plans_strictest_limit_or_the_objective() -> None:
    story = rolled_back()
    damage = facts_of(story.records).damage
    of_plan = budget_of(damage, story.release.plan, slo=None)
    of_slo = budget_of(damage, story.release.plan, slo=0.99)
    assert of_plan is not None
    assert of_slo is not None
    assert of_plan.spent_ratio == pytest.approx(300 / (0.05 * 9000))
    assert of_slo.spent_ratio == pytest.approx(300 / (0.01 * 9000))


def test_a_plan_without_a_limit_of_its_own_names_no_budget() -> None:
    damage = facts_of(rolled_back().records).damage
    assert budget_of(damage, plan(stage(10, guard(rule=Rule.MAX_INCREASE))), slo=None) is None


def test_each_decision_has_what_was_known_just_before_it() -> None:
    forward, back = facts_of(rolled_back().records).decisions
    assert forward.words == "stage 2 of 2: 50%"
    assert [heard.verdict for heard in forward.heard] == ["healthy"]
    assert forward.canary is not None
    assert forward.canary.requests == 400
    assert [heard.verdict for heard in back.heard] == ["breach"]


def test_people_are_named_with_what_they_did_also_past_pithead() -> None:
    story = running()
    story.tell(ev.Paused(person=ANA), ev.CommandRefused(command="roll_back", person=ANA, why="no"))
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl"))
    acts = [(act.who, act.words) for act in facts_of(story.records).people]
    assert acts == [
        ("ana@bastion", "started the release"),
        ("ana@bastion", "paused"),
        ("ana@bastion", "asked for roll back and was refused: no"),
        ("kubectl", "set the weight to 70% past pithead"),
    ]


def test_the_summary_says_how_it_ended_why_how_fast_and_whom_it_hurt() -> None:
    told = " ".join(facts_of(rolled_back().records).summary)
    for words in (
        "as far as 50%",
        "A guard rolled it back",
        "had lasted 2s",
        "12ms after",
        "300 failed (16%)",
    ):
        assert words in told


def test_a_recording_that_stops_says_so() -> None:
    facts = facts_of(running().records)
    assert not facts.over
    assert facts.outcome.startswith("NOT OVER: ")
    assert "The recording stops before the release's end." in facts.summary


def test_a_rollback_that_was_never_confirmed_is_the_loudest_figure() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.PERSON, reason="enough"))
    facts = facts_of(story.records)
    assert any(figure.value == "never confirmed" and figure.bad for figure in figures_of(facts))
    assert any("NEVER CONFIRMED" in sentence for sentence in facts.summary)


def test_a_long_release_is_drawn_in_few_points_that_lose_no_request() -> None:
    story = running()
    story.ticks([sample(stable=counts(900), canary=counts(100, errors=1))] * 500)
    series = drawn(story.records, most_points=50)
    assert len(series.rps.canary) == 50
    assert set(series.error_rate.canary) == {0.01}
    assert series.strips[0].stretches[0][2] == "healthy"


def test_what_it_stood_still_for_is_said_with_how_long() -> None:
    story = running(plan(stage(10, guard(limit=0.01, for_s=0.0, then=Then.HOLD), hold_s=100.0)))
    story.ticks([sample(stable=counts(900), canary=counts(100, errors=9))] * 20)
    story.ticks([sample(stable=counts(900), canary=counts(100))] * 40)
    facts = facts_of(story.records)
    (held,) = facts.stood
    assert held.because == "a guard held it (error rate at most 1%)"
    assert 19 <= held.lasted_s <= 40
    assert any(sentence.startswith("On the way it stood still for ") for sentence in facts.summary)


def test_a_moment_is_not_worth_telling() -> None:
    assert facts_of(rolled_back().records).stood == ()


def test_a_release_that_went_back_is_never_called_held() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.PATIENCE, reason="the patience ended"))
    story.tell(ev.WeightRequested(number=9, weight=0), ev.WeightConfirmed(number=9, weight=0, took_ms=1.0))
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.HELD, exit_code=13, reason="the patience ended"))
    assert facts_of(story.records).outcome == "ROLLED BACK"


def test_between_two_looks_that_saw_nothing_nothing_was_seen() -> None:
    story = running()
    story.ticks([sample(stable=counts(900), canary=counts(100))] * 5)
    for after_s in (1.0, 9.0, 9.0):
        story.tell(ev.SampleTaken(sample=blind()), after_s=after_s)
    (strip,) = drawn(story.records).strips
    assert strip.name == "error rate at most 5%, else roll back"
    assert [(verdict, end - begin) for begin, end, verdict in strip.stretches] == [
        ("healthy", 5.0),
        ("blind", 19.0),
    ]
