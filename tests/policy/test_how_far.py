"""How far a rollback has come, for whoever asked for it and waits."""

from __future__ import annotations

from msgspec.structs import replace

from console.policy.how_far import how_far
from console.policy.progress import Progress, Step
from console.release import events as ev
from tests.releases import ANA, Story, plan, running, sample

BACK = (
    ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana asked for it"),
    ev.WeightRequested(number=2, weight=0),
)
CONFIRMED = ev.WeightConfirmed(number=2, weight=0, took_ms=3.0)
OFF = ev.ReleaseEnded(
    outcome=ev.Outcome.ROLLED_BACK, exit_code=11, reason="called off before the first write"
)


def far(story: Story) -> Progress:
    return how_far(story.release, now=story.at)


def test_before_anybody_asks_there_is_none_and_with_the_word_it_is_asked_for() -> None:
    story = running()
    assert far(story).step is Step.NONE
    story.tell(ev.RollbackAsked(person=ANA))
    assert far(story).step is Step.ASKED


def test_it_stays_asked_for_until_the_router_says_0() -> None:
    story = running()
    story.tell(*BACK)
    assert far(story).step is Step.ASKED
    story.tell(ev.WriteFailed(number=2, trouble="no route"))
    assert (far(story).step, far(story).failures) == (Step.ASKED, 1)
    assert "no route" in far(story).words


def test_it_is_written_when_confirmed_rolled_back_when_it_stayed_and_recovered_when_users_are() -> None:
    story = running()
    story.release = replace(story.release, watches_back=True)
    story.tell(*BACK, CONFIRMED)
    assert far(story).step is Step.WRITTEN
    story.tell(ev.RolledBack(reads=3, over_s=2.0), after_s=2.0)
    assert far(story).step is Step.ROLLED_BACK
    story.tell(ev.Recovered(failed=0.0))
    assert far(story).step is Step.RECOVERED


def test_where_nothing_is_read_back_confirmed_is_rolled_back() -> None:
    story = running()
    story.tell(*BACK, CONFIRMED)
    assert far(story).step is Step.ROLLED_BACK
    story.ticks([sample(canary=sample().canary.counts)])
    assert far(story).step is Step.ROLLED_BACK


def test_a_weight_that_somebody_set_again_is_asked_for_again() -> None:
    story = running()
    story.tell(*BACK, CONFIRMED, ev.RouterSeen(weight=10, changed_by="argo"))
    assert far(story).step is Step.ASKED
    assert "argo has set v2 to 10% again; 0% is written again in 0.0s" in far(story).words


def test_what_was_called_off_before_the_first_write_is_back_and_has_its_code() -> None:
    story = Story(plan())
    story.tell(ev.RollbackAsked(person=ANA), OFF)
    assert (far(story).step, far(story).exit_code) == (Step.ROLLED_BACK, 11)


def test_a_release_that_ended_otherwise_takes_no_rollback() -> None:
    story = running()
    story.tell(ev.RollbackAsked(person=ANA), replace(OFF, outcome=ev.Outcome.HELD))
    assert far(story).step is Step.NONE
