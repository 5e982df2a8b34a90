"""What the release does on the score of Kayenta's judge."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from msgspec.structs import replace

from console.command import Command
from console.errors import ExitCode
from console.evidence import Counts, Sample
from console.judge.kayenta import Judgement, Label, judge
from console.plan.canary_config import Direction, Kayenta, MetricConfig, Missing
from console.plan.judges.kayenta import NAME
from console.plan.model import Plan
from console.policy.announce import announce
from console.policy.explain import explain
from console.policy.judges.kayenta import score_in_words, scores_of
from console.policy.permit import refusal
from console.release import events as ev
from console.release.state import Release
from console.whatif.simulate import what_if
from tests.policy.test_judge import events_of, follow, weights
from tests.releases import ANA, PREFLIGHT, Story, counts, plan, sample, stage

ERRORS = MetricConfig(
    name="error_rate", groups=("errors",), direction=Direction.INCREASE, missing=Missing.REPLACE
)
SLOWER = MetricConfig(name="p99", groups=("latency",), direction=Direction.INCREASE)
SOLD = MetricConfig(name="orders", groups=("business",), direction=Direction.DECREASE)
KAYENTA = Kayenta(metrics=(ERRORS, SLOWER))
TICK_S = 10.0


def scored_plan(kayenta: Kayenta = KAYENTA, *, hold_s: float = 600.0) -> Plan:
    stages = (stage(20, hold_s=hold_s), stage(100, hold_s=60.0))
    return replace(plan(*stages, interval_s=TICK_S, patience_s=1800.0), kayenta=kayenta)


def begun(of: Plan | None = None) -> Story:
    story = Story(of or scored_plan())
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
    return follow(story)


def noisy(*, errors: float = 1.0, slower: float = 1.0, sold: float = 1.0) -> Callable[[Release], Sample]:
    """Both versions wander; the canary has so many times stable's errors, slow requests and orders."""
    chance = Random(5)

    def version(requests: float, *, bad: float, slow: float, sells: float) -> tuple[Counts, float]:
        wander = chance.uniform(0.7, 1.3)
        counted = counts(
            requests, errors=0.01 * bad * wander * requests, slow=0.008 * slow * wander * requests
        )
        return counted, 0.3 * sells * chance.uniform(0.9, 1.1) * requests

    def tick(release: Release) -> Sample:
        to_canary = 50.0 * (release.weight or 0)
        stable, bought = version(5000.0 - to_canary, bad=1.0, slow=1.0, sells=1.0)
        canary, of_canary = version(to_canary, bad=errors, slow=slower, sells=sold)
        return sample(
            stable,
            canary,
            stable_events={"orders": bought},
            canary_events={"orders": of_canary},
            span_s=TICK_S,
        )

    return tick


def minutes(story: Story, of: Callable[[Release], Sample], count: float) -> Story:
    for _ in range(round(count * 60 / TICK_S)):
        if story.release.end is not None:
            break
        before = story.release
        story.tell(ev.SampleTaken(sample=of(story.release)), after_s=TICK_S)
        story.tell(*announce(before, story.release))
        follow(story)
    return story


def latest(story: Story) -> Judgement:
    found = scores_of(story.release).latest
    assert found is not None
    return found


def test_a_canary_that_is_alike_passes_and_is_promoted() -> None:
    story = minutes(begun(), noisy(), 15)
    assert weights(story) == [20, 100]
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.PROMOTED


def test_until_the_first_score_nothing_is_compared_and_with_a_pass_it_goes_well() -> None:
    of, story = noisy(), begun()
    assert explain(minutes(story, of, 3).release, now=story.at).text.startswith(
        "nothing compared yet at 20% · "
    )
    line = explain(minutes(story, of, 4).release, now=story.at)
    assert line.word == "GOING WELL"
    assert "; 1 of 1 healthy · to 100% in " in line.text
    assert score_in_words(story.release).startswith("kayenta scores v2 100: Pass, 95 is enough; ")


def test_a_plan_without_kayenta_has_no_score_to_tell() -> None:
    assert score_in_words(Story(plan()).release) == ""


def test_a_score_that_fails_rolls_back_and_says_which_metrics_failed() -> None:
    story = minutes(begun(), noisy(errors=3.0), 15)
    assert weights(story) == [20, 0]
    assert story.release.end is not None
    assert story.release.end.exit_code == ExitCode.ROLLED_BACK_BY_GUARD
    reason = story.release.end.reason
    assert reason.startswith("kayenta scores v2 50: Fail, below 75; error rate High (")
    assert story.at - 1000.0 <= 300.0 + 30.0, "at the first analysis"


def test_a_marginal_score_waits_for_the_next_analysis_and_a_person_can_not_promote_past_it() -> None:
    easy = replace(KAYENTA, marginal_score=50.0)
    story = minutes(begun(scored_plan(easy)), noisy(errors=3.0), 12)
    line = explain(story.release, now=story.at)
    assert line.word == "SUSPECT"
    assert "kayenta scores v2 50: Marginal, from 50 on and below 95" in line.text
    assert "next analysis in" in line.text
    assert refusal(story.release, Command.PROMOTE, now=story.at)
    assert weights(story) == [20]


def test_patience_ends_a_release_that_stays_marginal() -> None:
    easy = replace(KAYENTA, marginal_score=50.0)
    story = minutes(begun(scored_plan(easy)), noisy(errors=3.0), 60)
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.ROLLED_BACK
    assert weights(story) == [20, 0]


def test_going_on_anyway_begins_the_analyses_anew() -> None:
    easy = replace(KAYENTA, marginal_score=50.0)
    story = minutes(begun(scored_plan(easy)), noisy(errors=3.0), 12)
    assert not refusal(story.release, Command.OVERRIDE, now=story.at)
    story.tell(ev.JudgeOverridden(person=ANA, reason="a known client"))
    minutes(story, noisy(), 6)
    assert weights(story) == [20, 100]


def test_nothing_goes_forward_before_the_first_score() -> None:
    story = minutes(begun(scored_plan(replace(KAYENTA, every_s=900.0))), noisy(), 12)
    line = explain(story.release, now=story.at)
    assert line.word == "LOOKING"
    assert "kayenta has not scored 20%; next analysis in 3m" in line.text
    assert weights(story) == [20]


def test_each_weight_is_scored_by_its_own_samples() -> None:
    stages = (stage(20, hold_s=300.0), stage(50, hold_s=300.0), stage(100))
    story = minutes(begun(replace(scored_plan(), stages=stages)), noisy(), 6)
    assert story.release.index == 1
    assert scores_of(story.release).latest is None
    assert len(scores_of(story.release).canary[0]) <= 1 if scores_of(story.release).canary else True


def test_events_are_compared_by_the_request() -> None:
    judged = Kayenta(metrics=(ERRORS, SOLD), weights={"errors": 50.0, "business": 50.0})
    story = minutes(begun(scored_plan(judged)), noisy(sold=0.6), 15)
    assert story.release.end is not None
    assert "orders Low (0.59x)" in story.release.end.reason


def test_small_shares_are_told_apart() -> None:
    """One error in ten thousand beside three: in ratios that is less than the search can see."""

    def rare(_release: Release) -> Sample:
        return sample(counts(80_000, errors=8), counts(20_000, errors=6), span_s=TICK_S)

    story = minutes(begun(), rare, 6)
    assert story.release.end is not None
    assert "error rate High (3.00x)" in story.release.end.reason


def test_every_analysis_is_news() -> None:
    story = minutes(begun(), noisy(), 11)
    turned = [event for event in events_of(story, ev.GuardTurned) if isinstance(event, ev.GuardTurned)]
    assert [(event.guard, event.verdict) for event in turned] == [(NAME, "healthy")] * 2
    assert turned[0].words.startswith("kayenta scores v2 100: Pass, 95 is enough; error rate Pass")


def test_without_any_sample_there_is_nothing_to_fail() -> None:
    def silent(_release: Release) -> Sample:
        return Sample(span_s=0.0, trouble="Prometheus does not answer")

    story = minutes(begun(), silent, 20)
    assert scores_of(story.release).analyses == 0
    assert weights(story) == [20]


def test_an_analysis_waits_for_the_end_of_a_gap() -> None:
    story = minutes(begun(), noisy(), 4)
    minutes(story, lambda _release: Sample(span_s=0.0, trouble="down"), 3)
    assert scores_of(story.release).analyses == 0
    minutes(story, noisy(), 2)
    assert latest(story).score == 100


def test_the_first_of_a_weight_is_left_out_where_the_plan_says_so() -> None:
    story = minutes(begun(scored_plan(replace(KAYENTA, warmup_s=120.0))), noisy(errors=9.0), 2)
    minutes(story, noisy(), 6)
    assert latest(story).score == 100


def test_only_what_lies_within_the_lookback_is_analysed() -> None:
    short = replace(KAYENTA, lookback_s=300.0, marginal_score=0.0)
    story = minutes(begun(scored_plan(short, hold_s=1200.0)), noisy(errors=9.0), 6)
    assert latest(story).score == 50
    minutes(story, noisy(), 10)
    assert latest(story).score == 100


def test_the_score_is_the_one_of_the_judge_on_the_same_samples() -> None:
    story = minutes(begun(scored_plan(hold_s=1800.0)), noisy(errors=1.4), 21)
    scores = scores_of(story.release)
    assert [len(each) for each in scores.canary] == [len(each) for each in scores.stable]
    at = 20
    again = judge(
        tuple(
            (config, canary[:at], stable[:at])
            for config, canary, stable in zip(KAYENTA.metrics, scores.canary, scores.stable, strict=True)
        ),
        weights={},
        pass_score=95.0,
        marginal_score=75.0,
    )
    assert again == latest(story)
    assert {each.label for each in again.metrics} <= set(Label)


def test_another_judge_can_be_asked_tomorrow() -> None:
    story = minutes(begun(), noisy(errors=3.0), 15)
    guards_only = replace(scored_plan(), kayenta=None)
    assert what_if(story.records, scored_plan()).records == tuple(story.records)
    assert what_if(story.records, guards_only).release.rollback is None
    unscored = minutes(begun(guards_only), noisy(errors=3.0), 9)
    assert what_if(unscored.records, scored_plan()).release.rollback is not None


@pytest.mark.parametrize("weight", [0, 100])
def test_where_only_one_version_serves_there_is_nothing_to_compare(weight: int) -> None:
    alone = replace(scored_plan(), stages=(stage(weight, hold_s=600.0), stage(100, hold_s=60.0)))
    story = minutes(begun(alone), noisy(errors=9.0), 10.5)
    assert scores_of(story.release).analyses == 0
    assert weights(story)[-1] != 0
