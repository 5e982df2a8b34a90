"""Patience and horizon agree: a healthy release is not undone for want of time that is known."""

from __future__ import annotations

from msgspec.structs import replace

from console.judge.registry import judge_of
from console.judge.verdict import Wait
from console.plan.model import Plan, Then
from console.policy.explain import explain
from console.release.obstacles import LONGEST_WAIT_S, Kind, obstacles
from tests.policy.test_judge import JUDGE, begun, judged_plan, live, traffic, weights
from tests.releases import Story, guard

PATIENCE_S = 30.0


def hasty() -> Plan:
    return judged_plan(JUDGE, patience_s=PATIENCE_S)


def awaited_s(story: Story) -> float | None:
    known = story.release.memory.judge
    return judge_of(known).left_s(known, story.release.standing, wait=Wait.HIDDEN, now=story.at)


def test_a_stage_that_waits_for_a_known_time_loses_no_patience() -> None:
    story = live(begun(hasty()), traffic(rps=20.0), ticks=200)
    assert story.release.stalled_s == 0
    assert [each.kind for each in obstacles(story.release)] == [Kind.HIDDEN]
    assert story.release.shown_s(story.at) > 5 * PATIENCE_S
    assert "back to v1" not in explain(story.release, now=story.at).sentence


def test_it_goes_on_once_damage_would_have_shown() -> None:
    story = live(begun(hasty()), traffic(rps=200.0), ticks=3000)
    assert weights(story)[:2] == [10, 50]
    assert story.release.rollback is None


def test_what_takes_longer_than_a_shift_is_no_time_that_is_waited_for() -> None:
    story = live(begun(hasty()), traffic(rps=0.1), ticks=40)
    assert (awaited_s(story) or 0.0) > LONGEST_WAIT_S
    assert story.release.stalled_s > 0


def test_a_breach_beside_it_runs_the_patience_as_ever() -> None:
    of = hasty()
    held = tuple(replace(each, guards=(guard(limit=0.05, then=Then.HOLD),)) for each in of.stages)
    story = live(begun(replace(of, stages=held)), traffic(rps=20.0, canary=0.3, stable=0.3), ticks=40)
    assert story.release.stalled_s > 0


def test_a_person_s_approval_beside_it_runs_none() -> None:
    of = hasty()
    asking = tuple(replace(each, approve=True) for each in of.stages)
    story = live(begun(replace(of, stages=asking)), traffic(rps=20.0), ticks=150)
    assert {each.kind for each in obstacles(story.release)} == {Kind.HIDDEN, Kind.APPROVAL}
    assert story.release.stalled_s == 0
