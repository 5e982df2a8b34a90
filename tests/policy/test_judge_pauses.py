"""What can pause a release beside the keys: what the pods use, and a split that is not what was asked."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from console.command import Command
from console.evidence import Pods, Sample
from console.judge.reading import Verdict
from console.plan.model import Plan
from console.policy.announce import announce
from console.policy.explain import explain
from console.policy.judges.two_keys.keys_told import keys_told
from console.policy.permit import refusal
from console.release import events as ev
from console.release.state import Release
from tests.policy.test_judge import begun, events_of, follow, judged_plan, live, traffic, weights
from tests.releases import ANA, Story, counts, stage

HUNGRY = Pods(desired=1, ready=1, cpu_cores=0.9, memory_bytes=200e6)
USUAL = Pods(desired=4, ready=4, cpu_cores=1.6, memory_bytes=800e6)


def long_plan() -> Plan:
    stages = (stage(20, hold_s=1200.0), stage(100, hold_s=60.0))
    return replace(judged_plan(), stages=stages, interval_s=6.0)


def using(canary: Pods) -> Callable[[Release], Sample]:
    """Twenty requests in a hundred for the canary's one pod beside stable's four: all are equally busy."""
    answered = traffic()

    def tick(release: Release) -> Sample:
        taken = answered(release)
        return replace(
            taken,
            stable=replace(taken.stable, pods=USUAL),
            canary=replace(taken.canary, pods=canary),
        )

    return tick


def minutes(story: Story, of: Callable[[Release], Sample], count: int) -> Story:
    """Ten ticks of six seconds a minute, so that the test is quick."""
    for _ in range(count * 10):
        taken = of(story.release)
        before = story.release
        story.tell(ev.SampleTaken(sample=replace(taken, span_s=6.0)), after_s=6.0)
        story.tell(*announce(before, story.release))
        follow(story)
    return story


def test_a_canary_that_needs_more_cpu_pauses_and_says_how_much() -> None:
    story = minutes(begun(long_plan()), using(HUNGRY), 12)
    line = explain(story.release, now=story.at)
    assert line.word == "HOLDING"
    assert "the canary's CPU per request is 2.25x stable's" in line.text
    assert "1.3x is tolerated · space goes on" in line.text
    assert story.release.judge_word is Verdict.BREACH
    assert weights(story) == [20]
    told = keys_told(story.release)
    assert told is not None
    assert told.words.startswith("the canary's CPU per request is 2.25x stable's")


def test_it_never_rolls_back_for_it_however_long_it_lasts() -> None:
    story = minutes(begun(replace(long_plan(), patience_s=86400.0)), using(HUNGRY), 40)
    assert weights(story) == [20]


def test_a_person_goes_on_with_it_and_is_not_asked_again() -> None:
    story = minutes(begun(long_plan()), using(HUNGRY), 12)
    assert not refusal(story.release, Command.RESUME, now=story.at)
    story.tell(ev.Resumed(person=ANA))
    minutes(story, using(HUNGRY), 25)
    assert weights(story) == [20, 100]


def test_a_canary_that_uses_as_much_goes_on() -> None:
    alike = Pods(desired=1, ready=1, cpu_cores=0.4, memory_bytes=200e6)
    assert weights(minutes(begun(long_plan()), using(alike), 25)) == [20, 100]


def test_a_canary_that_gets_too_few_requests_pauses_and_says_both_shares() -> None:
    def starved(_release: Release) -> Sample:
        return replace(
            Sample(span_s=1.0),
            stable=replace(Sample(span_s=1.0).stable, counts=counts(980)),
            canary=replace(Sample(span_s=1.0).canary, counts=counts(20)),
        )

    slow = replace(judged_plan(), stages=(stage(10, hold_s=600.0), stage(100, hold_s=60.0)))
    story = live(begun(slow), starved, ticks=90)
    text = explain(story.release, now=story.at).text
    assert "the canary got 2% of " in text
    assert "requests where 10% was asked for" in text
    assert weights(story) == [10]
    told = keys_told(story.release)
    assert told is not None
    assert told.words.startswith("the requests are not split as asked: the canary got 2% of ")
    turned = [event for event in events_of(story, ev.GuardTurned) if isinstance(event, ev.GuardTurned)]
    assert turned[-1].words.startswith("the canary got ")
