"""What people elsewhere hear of: a situation once it is one, and nothing while the release goes its way."""

from __future__ import annotations

import pytest

from console.plan.model import Occasion, Then
from console.policy.situation import Situation, situation_of
from console.release import events as ev
from tests.releases import ANA, Story, blind, counts, guard, plan, running, sample, stage

BAD = sample(canary=counts(100, errors=50))


def heard(story: Story) -> tuple[Occasion, str] | None:
    news: Situation | None = situation_of(story.release)
    return None if news is None else (news.occasion, news.what)


def going_back(*answers: ev.AnyEvent) -> Story:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.tell(ev.WeightRequested(number=2, weight=0), *answers)
    return story


CONFIRMED = ev.WeightConfirmed(number=2, weight=0, took_ms=3.0)


def test_nothing_is_heard_of_a_preflight_and_of_a_release_that_waits_for_its_hold() -> None:
    assert heard(Story(plan())) is None
    story = running()
    story.ticks([sample()] * 3)
    assert heard(story) is None
    story.ticks([sample()] * 7)
    assert heard(story) is None, "nothing stands in the way any more"


def test_what_a_person_or_a_guard_holds_is_heard_of_at_once() -> None:
    paused = running()
    paused.tell(ev.Paused(person=ANA))
    assert heard(paused) == (Occasion.HOLD, "paused")
    held = running(plan(stage(10, guard(then=Then.HOLD)), stage(100)))
    held.ticks([BAD] * 2)
    assert heard(held) == (Occasion.HOLD, "held_by_guard")


def test_a_wanted_approval_is_heard_of_once_it_alone_is_missing_and_each_stage_is_other_news() -> None:
    story = running(plan(*[stage(weight, guard(), hold_s=3.0, approve=True) for weight in (10, 50, 100)]))
    story.ticks([sample()] * 2)
    assert heard(story) is None
    story.ticks([sample()])
    assert heard(story) == (Occasion.APPROVAL, "stage 0")
    story.enter(1)
    story.ticks([sample(counts(600), counts(600))] * 3)
    assert heard(story) == (Occasion.APPROVAL, "stage 1")


def test_blindness_is_heard_of_from_the_third_interval_on() -> None:
    story = running()
    story.ticks([sample()] * 3 + [blind()] * 2)
    assert heard(story) is None
    story.ticks([blind()])
    assert heard(story) == (Occasion.HOLD, "blind")


def test_a_guard_alone_that_has_no_data_is_no_blindness() -> None:
    story = running(plan(stage(10, guard("orders", limit=1.0, min_requests=0)), stage(100)))
    story.ticks([sample()] * 9)
    assert heard(story) is None


def test_a_weight_that_is_not_taken_is_heard_of_from_the_third_failure_on() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1))
    for number, news in ((2, None), (3, None), (4, (Occasion.HOLD, "weight"))):
        story.tell(ev.WeightRequested(number=number, weight=50), ev.WriteFailed(number=number, trouble="no"))
        assert heard(story) == news, number


def test_a_rollback_is_heard_of_at_the_routers_first_answer() -> None:
    assert heard(going_back()) is None
    failed = ev.WriteFailed(number=2, trouble="no route")
    assert heard(going_back(failed)) == (Occasion.ROLLBACK, "not confirmed")
    assert heard(going_back(CONFIRMED)) == (Occasion.ROLLBACK, "confirmed")


@pytest.mark.parametrize(
    ("outcome", "news"),
    [
        (ev.Outcome.PROMOTED, (Occasion.PROMOTED, "promoted")),
        (ev.Outcome.ROLLED_BACK, (Occasion.ROLLBACK, "confirmed")),
        (ev.Outcome.HELD, (Occasion.FAILED, "held")),
        (ev.Outcome.TAKEN_OVER, (Occasion.FAILED, "taken_over")),
    ],
)
def test_an_end_is_heard_of_as_what_it_is(outcome: ev.Outcome, news: tuple[Occasion, str]) -> None:
    story = running()
    story.tell(ev.ReleaseEnded(outcome=outcome, exit_code=0, reason="x"))
    assert heard(story) == news


def test_an_end_behind_a_rollback_that_was_heard_of_is_no_other_news() -> None:
    story = going_back(CONFIRMED)
    before = heard(story)
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.HELD, exit_code=13, reason="the patience ended"))
    assert heard(story) == before
