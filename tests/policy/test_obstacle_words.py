"""What stands in the way is said with a number or a time in it, and with what a person can do about it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.plan.model import Plan
from console.policy.decide import decide
from console.policy.obstacle_words import obstacle_in_words, way_out_in_words, whole_obstacle_in_words
from console.release import events as ev
from console.release.events import Unread
from console.release.obstacles import obstacles
from tests.releases import ANA, Story, guard, plan, running, sample, stage

WEBHOOK = "a webhook or a controller changes what is written"
END_LOST = (
    "at 10%, the last worker let go of the lease, as one does at a release's end, and this journal has lost"
    " that end"
)
HELD_MEANWHILE = (
    "at 10%, somebody else has held the lease since this worker did, and may have rolled the release back"
)
LEASED = ev.LeaseHeld(lease="shop/pithead-checkout")
DIED = ev.WorkerResumed(person=ANA, pithead="0")


def after(*events: ev.AnyEvent, of: Plan | None = None, leased: bool = False, ticks: int = 0) -> Story:
    """A release to which this happened in its first stage, 5 seconds ago."""
    story = running(of)
    story.release = replace(story.release, leased=leased)
    story.tell(*events)
    story.ticks([sample()] * ticks)
    story.at += 5.0
    return story


@pytest.mark.parametrize(
    ("story", "words", "way_out"),
    [
        (
            after(ev.RollbackWithheld(cause=ev.Cause.GUARD, reason="slow")),
            "v1 has 0 ready pods, and going back would send all requests to nothing; it is due because slow",
            "scale v1 up, and it goes at once; R goes all the same",
        ),
        (
            after(ev.RouterUnread(cause=Unread.ELSEWHERE, why="its UID is another")),
            "another cluster answers for 5s; nothing is written to it: its UID is another",
            "",
        ),
        (
            after(ev.RouterUnread(cause=Unread.GONE, why="404"), ticks=3),
            "the router has not been read for 8s (3 looks), deleted or renamed: 404",
            "R rolls back",
        ),
        (after(leased=True), "the lease is not held yet, after 5s", "R rolls back"),
        (
            after(replace(LEASED, end_lost=True), leased=True),
            END_LOST,
            "space goes on, R rolls back",
        ),
        (
            after(replace(LEASED, meanwhile=True), leased=True),
            HELD_MEANWHILE,
            "space goes on, R rolls back",
        ),
        (
            after(LEASED, ev.LeaseLost(why="no renewal was answered"), leased=True),
            "the lease is lost for 5s: no renewal was answered",
            "R rolls back",
        ),
        (
            after(ev.JournalStuck(trouble="disk full")),
            "the journal can't be written: disk full; 10% stays",
            "R rolls back",
        ),
        (
            after(replace(DIED, looks_first=True)),
            "its worker died at 10%; nothing is done before the router was looked at",
            "",
        ),
        (
            after(DIED),
            "its worker died, another one holds it at 10%; guards still watch",
            "space goes on, R rolls back",
        ),
        (
            after(replace(DIED, attended=False)),
            "its worker died; going on from 10% after one look at the evidence",
            "",
        ),
        (
            after(ev.RouterSeen(weight=30, changed_by="argo")),
            "argo set the weight to 30% where 10% was ours",
            "space writes 10% again, R rolls back",
        ),
        (
            after(of=plan(stage(10, guard("orders", limit=1.0, min_requests=0))), ticks=3),
            "no data for orders max",
            "",
        ),
        (
            after(of=plan(stage(10, guard(), min_requests=500)), ticks=3),
            "200 more requests to v2 wanted at 10%",
            "",
        ),
        (after(ticks=3), "the stage wants 7s more of health", ""),
        (
            after(of=plan(stage(10, guard(), hold_s=3.0, approve=True), stage(100)), ticks=4),
            "a person must approve the next step",
            "a approves",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_each_obstacle_is_said_with_what_a_person_can_do(story: Story, words: str, way_out: str) -> None:
    first = obstacles(story.release)[0]
    assert whole_obstacle_in_words(story.release, first, now=story.at) == words
    assert way_out_in_words(story.release, first.kind) == way_out


def first_in_words(story: Story) -> str:
    return obstacle_in_words(story.release, obstacles(story.release)[0], now=story.at)


def go_on(story: Story) -> list[ev.AnyEvent]:
    """Let the next decision happen, and give it."""
    decided = list(decide(story.release, now=story.at))
    story.tell(*decided)
    return decided


def test_a_weight_that_comes_out_larger_is_taken_back_one_stage_then_to_none_and_each_step_is_said() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.WeightAltered(number=2, asked=50, weight=70))
    assert first_in_words(story) == f"50% came out as 70%: {WEBHOOK}; 70% stays"
    assert go_on(story) == [ev.TakenBack(weight=10, reason="50% came out as 70%")]
    assert first_in_words(story) == f"50% came out as 70%: {WEBHOOK}; going back to 10%"
    assert go_on(story) == [ev.WeightRequested(number=3, weight=10)]
    story.tell(ev.WeightAltered(number=3, asked=10, weight=30))
    assert go_on(story) == [ev.TakenBack(weight=0, reason="10% came out as 30%")]
    assert first_in_words(story) == f"10% came out as 30%: {WEBHOOK}; going back to 0%"
    assert go_on(story) == [ev.WeightRequested(number=4, weight=0)]
    story.tell(ev.WeightAltered(number=4, asked=0, weight=20))
    assert first_in_words(story) == f"0% came out as 20%: {WEBHOOK}; 20% stays"
    assert go_on(story) == []


def test_a_weight_that_comes_out_smaller_is_left_where_it_is() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.WeightAltered(number=2, asked=50, weight=20))
    assert first_in_words(story) == f"50% came out as 20%: {WEBHOOK}; 20% stays"
    assert go_on(story) == []


@pytest.mark.parametrize(
    "meanwhile",
    [
        ev.Paused(person=ANA),
        ev.JournalStuck(trouble="disk full"),
        DIED,
        ev.RouterSeen(weight=80, changed_by="argo"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_came_out_larger_is_taken_back_in_a_pause_too_and_not_while_nothing_may_be_written(
    meanwhile: ev.AnyEvent,
) -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.WeightAltered(number=2, asked=50, weight=70), meanwhile)
    taken_back = [event for event in go_on(story) if isinstance(event, ev.TakenBack)]
    assert bool(taken_back) is isinstance(meanwhile, ev.Paused)
