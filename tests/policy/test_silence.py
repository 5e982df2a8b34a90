"""Silence is no health: what is not answered is not promoted, and users are taken back from it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.command import Command
from console.elsewhere import Elsewhere
from console.errors import ExitCode
from console.evidence import Counts, Pods, Sample
from console.plan.model import Judge, LowTraffic, Plan
from console.plan.routed import Can
from console.plan.routers import istio
from console.policy.decide import decide
from console.policy.explain import explain
from console.policy.permit import refusal
from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.fold import fold_all
from tests.releases import ANA, PREFLIGHT, Story, counts, plan, running, sample, stage

RPS = 1000.0
NOBODY = counts(0)


def at(weight: int, *, reach: float = 1.0, rps: float = RPS, ready: int | None = None) -> Sample:
    """Give a second at a weight, of which this part reaches the canary."""
    canary = rps * weight / 100
    pods = Pods(ready=ready, desired=1) if ready is not None else None
    return sample(counts(rps - canary), counts(canary * reach), canary_pods=pods)


def unguarded(*weights: int, hold_s: float = 5.0, patience_s: float = 600.0) -> Plan:
    """Give a plan that has nothing but weights: no guard and no judge says a word."""
    return plan(*(stage(each, hold_s=hold_s) for each in weights), patience_s=patience_s)


def only(story: Story) -> ev.AnyEvent:
    (event,) = decide(story.release, now=story.at)
    return event


def in_the_last_stage(*, beside: float = RPS) -> Story:
    """Give a release that has gone through 50% and is at 100%."""
    story = running(unguarded(50, 100))
    story.ticks([at(50, rps=beside)] * 6)
    assert only(story) == ev.StageEntered(stage=1)
    story.enter(1)
    return story


def rolled_back(story: Story, looks: list[Sample]) -> tuple[float, ev.RollbackDecided] | None:
    """Give when and why a release goes back; None where it does not. What else is decided is not done."""
    began = story.at
    for look in looks:
        story.ticks([look])
        for event in decide(story.release, now=story.at):
            if isinstance(event, ev.RollbackDecided):
                return story.at - began, event
    return None


@pytest.mark.parametrize("weight", [1, 10, 50, 90, 100])
def test_no_weight_is_left_where_the_canary_answered_nobody(weight: int) -> None:
    story = running(unguarded(weight, 100))
    story.tell(ev.PromotionAsked(person=ANA))
    for _ in range(60):
        story.ticks([at(weight, reach=0.0, rps=0.01)])
        assert decide(story.release, now=story.at) == ()
    assert explain(story.release, now=story.at).word == "TOO FEW REQUESTS"
    assert "too few requests" in refusal(story.release, Command.PROMOTE, now=story.at)


@pytest.mark.parametrize(("reach", "goes"), [(1.0, True), (0.6, True), (0.3, False), (0.0, False)])
@pytest.mark.parametrize("weight", [10, 50, 90])
def test_below_100_about_its_share_must_be_answered(weight: int, reach: float, *, goes: bool) -> None:
    story = running(unguarded(weight, 100))
    story.ticks([at(weight, reach=reach)] * 9)
    found = decide(story.release, now=story.at)
    assert found == ((ev.StageEntered(stage=1),) if goes else ())


@pytest.mark.parametrize(("reach", "goes"), [(1.0, True), (0.7, True), (0.3, False), (0.01, False)])
def test_at_100_about_as_many_must_be_answered_as_both_had(reach: float, *, goes: bool) -> None:
    story = in_the_last_stage()
    story.ticks([at(100, reach=reach)] * 9)
    found = decide(story.release, now=story.at)
    assert [type(event) for event in found] == ([ev.ReleaseEnded] if goes else [])
    if not goes:
        assert "of about 8,650 requests that 100% asks for" in explain(story.release, now=story.at).text


def test_requests_of_the_weight_before_are_none_of_this_one() -> None:
    story = in_the_last_stage()
    story.ticks([replace(at(50), span_s=2.0), *[at(100, reach=0.0)] * 1])
    assert story.release.memory.arrivals.answered == 0
    assert decide(story.release, now=story.at) == ()


def test_traffic_that_stopped_is_no_health_though_the_hold_is_nearly_over() -> None:
    story = running(unguarded(50, 100, hold_s=30.0))
    story.ticks([at(50)] * 28)
    story.ticks([at(50, rps=0.0)] * 300)
    assert decide(story.release, now=story.at) == ()
    line = explain(story.release, now=story.at)
    assert line.word == "TOO FEW REQUESTS"
    assert line.text.startswith("no request to v1 nor v2 for 5m, where")
    assert story.release.held_s < 30.0
    story.ticks([at(50)] * 3)
    assert only(story) == ev.StageEntered(stage=1)


def test_a_promotion_at_100_without_traffic_does_not_happen_and_the_weight_is_taken_back() -> None:
    found = rolled_back(in_the_last_stage(), [at(100, rps=0.0)] * 30)
    assert found is not None
    after_s, event = found
    assert after_s == 2.0
    assert event.cause is ev.Cause.SILENCE
    assert "v2 has answered nothing for 2s, where at least" in event.reason


@pytest.mark.parametrize("weight", [10, 50, 90, 99])
def test_none_of_the_requests_asked_for_takes_the_weight_back_once_every_proxy_must_have_it(
    weight: int,
) -> None:
    found = rolled_back(running(unguarded(weight, 100)), [at(weight, reach=0.0)] * 30)
    assert found is not None
    after_s, event = found
    assert 12.0 <= after_s <= 14.0
    assert event.cause is ev.Cause.SILENCE
    for word in ("DestinationRule's subset v2", "Service's selector", "NetworkPolicies", "mTLS"):
        assert word in event.reason


def test_a_router_that_settles_later_is_given_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(istio, "CAN", Can(settle_s=30.0))
    found = rolled_back(running(unguarded(50, 100)), [at(50, reach=0.0)] * 50)
    assert found is not None
    assert 32.0 <= found[0] <= 34.0


def test_a_canary_that_answered_is_taken_back_within_two_looks() -> None:
    story = running(unguarded(50, 100, hold_s=60.0))
    story.ticks([at(50)] * 20)
    found = rolled_back(story, [at(50, reach=0.0)] * 5)
    assert found is not None
    assert found[0] == 2.0


def test_one_empty_look_is_a_scrape_that_came_late() -> None:
    story = running(unguarded(50, 100, hold_s=60.0))
    looks = [at(50), at(50, reach=0.0), at(50, reach=2.0)] * 10
    assert rolled_back(story, [*[at(50)] * 15, *looks]) is None


def test_fewer_than_twenty_expected_is_too_few_and_never_goes_back_by_itself() -> None:
    story = running(unguarded(50, 100))
    assert rolled_back(story, [at(50, reach=0.0, rps=0.9)] * 50) is None  # 17 since every proxy must have it
    assert explain(story.release, now=story.at).word == "TOO FEW REQUESTS"
    assert rolled_back(story, [at(50, reach=0.0, rps=0.9)] * 15) is not None


def test_one_request_of_stable_at_99_proves_nothing() -> None:
    story = running(unguarded(99, 100))
    looks = [*[sample(NOBODY, NOBODY)] * 15, sample(counts(1), NOBODY), *[sample(NOBODY, NOBODY)] * 5]
    assert rolled_back(story, looks) is None


def test_what_is_not_covered_counts_for_neither() -> None:
    story = running(unguarded(50, 100))
    empty = at(50, reach=0.0)
    blind = replace(empty, canary=replace(empty.canary, counts=None), trouble="v2 vanished")
    partial = replace(empty, partial=True, trouble="a store is missing")
    assert rolled_back(story, [blind, partial, replace(empty, span_s=0.0)] * 20) is None
    assert decide(story.release, now=story.at) == ()


def test_requests_without_an_answer_are_not_answered() -> None:
    unheard = Counts(requests=500.0, no_answer=500.0)
    found = rolled_back(running(unguarded(50, 100)), [sample(counts(500), unheard)] * 30)
    assert found is not None
    assert found[1].cause is ev.Cause.SILENCE


def test_a_pause_like_those_before_it_takes_nothing_back() -> None:
    story = running(unguarded(50, 100, hold_s=40.0))
    story.ticks([*[at(50)] * 20, *[at(50, rps=0.0)] * 20, *[at(50)] * 25])
    assert only(story) == ev.StageEntered(stage=1)
    story.enter(1)
    assert rolled_back(story, [at(100, rps=0.0)] * 35) is None
    assert rolled_back(story, [at(100, rps=0.0)] * 10) is not None


@pytest.mark.parametrize("weight", [1, 50, 100])
def test_no_ready_pod_takes_the_weight_back_at_once(weight: int) -> None:
    story = running(unguarded(weight, 100))
    story.ticks([at(weight, ready=1)])
    found = rolled_back(story, [at(weight, ready=0)])
    assert found is not None
    assert found[1].cause is ev.Cause.SILENCE
    assert found[1].reason.startswith("v2 has 0 ready pods: look at ")


def test_a_canary_that_is_scaled_to_none_in_the_middle_is_told_as_that() -> None:
    story = running(unguarded(50, 100))
    story.ticks([at(50, ready=1)])
    gone = at(50, ready=0)
    gone = replace(gone, canary=replace(gone.canary, pods=Pods(desired=0, ready=0)))
    found = rolled_back(story, [gone])
    assert found is not None
    assert found[1].reason == (
        "v2 has 0 ready pods: it is scaled to none, or deleted: look with `kubectl -n shop describe"
        " deployment/checkout-v2`"
    )


def test_pods_that_nobody_can_count_take_nothing_back() -> None:
    assert rolled_back(running(unguarded(50, 100)), [at(50)] * 5) is None


def test_a_paused_release_goes_back_too_and_one_whose_stable_is_gone_waits_for_it() -> None:
    story = running(unguarded(50, 100))
    story.tell(ev.Paused(person=ANA))
    gone = at(50, ready=0)
    assert rolled_back(story, [gone]) is not None
    story.ticks([replace(gone, stable=replace(gone.stable, pods=Pods(desired=1, ready=0)))])
    withheld = only(story)
    assert isinstance(withheld, ev.RollbackWithheld)
    assert withheld.cause is ev.Cause.SILENCE


def test_it_ends_rolled_back_with_the_code_of_what_the_evidence_showed() -> None:
    story = running(unguarded(50, 100))
    story.ticks([at(50, ready=0)])
    story.tell(*decide(story.release, now=story.at))
    story.tell(*decide(story.release, now=story.at), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    story.ticks([at(0)] * 3)
    end = only(story)
    assert isinstance(end, ev.ReleaseEnded)
    assert (end.outcome, end.exit_code) == (ev.Outcome.ROLLED_BACK, ExitCode.ROLLED_BACK_BY_GUARD)


def test_another_route_to_stable_leaves_the_share_unknown_and_one_answer_is_wanted() -> None:
    story = running(unguarded(50, 100))
    route = Elsewhere(where='route "beta"', to="v1", stable=True)
    story.tell(ev.RouterSeen(weight=50, elsewhere=(route,)))
    assert rolled_back(story, [at(50, reach=0.0)] * 30) is None
    assert decide(story.release, now=story.at) == ()
    story.ticks([at(50, reach=0.01)])
    assert only(story) == ev.StageEntered(stage=1)


def test_a_stage_without_users_is_left_by_its_checks_and_the_record_says_so() -> None:
    story = running(plan(stage(0, hold_s=2.0, approve=True), stage(50), patience_s=600.0))
    story.ticks([at(0, ready=1)] * 4)
    assert decide(story.release, now=story.at) == ()
    story.tell(ev.Approved(person=ANA))
    left = only(story)
    assert left == ev.StageEntered(
        stage=1, left="0% gave users no share: left by its checks and ana's approval"
    )
    story.tell(left)
    assert event_in_words(left, story.release).endswith("left by its checks and ana's approval")


def test_a_stage_without_users_is_not_left_for_a_canary_without_pods() -> None:
    story = running(plan(stage(0, hold_s=2.0), stage(50), patience_s=600.0))
    story.ticks([at(0, ready=0)] * 10)
    assert decide(story.release, now=story.at) == ()
    assert "0 ready pods" in explain(story.release, now=story.at).text


@pytest.mark.parametrize("low_traffic", list(LowTraffic))
def test_a_word_that_skips_the_wait_for_more_evidence_does_not_skip_this(low_traffic: LowTraffic) -> None:
    story = running(replace(unguarded(50, 100), judge=Judge(low_traffic=low_traffic)))
    story.tell(ev.AdvancedBlind(person=ANA, reason="I know"), ev.PromotionAsked(person=ANA))
    story.ticks([sample(counts(0.5), NOBODY)] * 40)
    assert decide(story.release, now=story.at) == ()
    assert refusal(story.release, Command.ADVANCE_BLIND, now=story.at)


def test_a_write_that_failed_is_not_tried_again_for_a_canary_without_pods() -> None:
    story = running(unguarded(50, 100))
    story.ticks([at(50)] * 6)
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=100))
    story.tell(ev.WriteFailed(number=2, trouble="503"))
    story.ticks([at(50, ready=0)])
    assert isinstance(only(story), ev.RollbackDecided)


def test_a_weight_of_someone_else_is_counted_from_when_it_was_seen() -> None:
    story = running(unguarded(10, 100, hold_s=60.0))
    story.ticks([at(10)] * 20)
    story.tell(ev.RouterSeen(weight=90, changed_by="kubectl-edit"))
    assert rolled_back(story, [at(10, reach=0.0), at(90), at(90)]) is None


def test_the_records_fold_alike() -> None:
    story = in_the_last_stage()
    story.ticks([at(100)] * 3)
    assert fold_all(story.records) == story.release


def test_a_release_that_begins_at_100_needs_an_answer_too() -> None:
    story = Story(unguarded(100))
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
    story.enter(0)
    story.ticks([at(100, rps=0.0)] * 30)
    assert decide(story.release, now=story.at) == ()
    story.ticks([at(100)] * 5)
    assert isinstance(only(story), ev.ReleaseEnded)


def test_what_was_seen_before_a_strangers_weight_takes_nothing_back_from_it() -> None:
    story = running(unguarded(0, 50))
    story.ticks([at(0)] * 15)
    resumed = ev.WorkerResumed(person=ANA, pithead="1.0", looks_first=True)
    story.tell(resumed, ev.RouterFound(weight=100, ours=False, by="pithead", mark="checkout-2"))
    story.ticks([at(100, reach=0.0)])
    story.tell(ev.Resumed(person=ANA))
    assert not any(isinstance(each, ev.RollbackDecided) for each in decide(story.release, now=story.at))
