from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from console.command import Command
from console.errors import ExitCode
from console.evidence import Pods, Sample
from console.judge.reading import Verdict
from console.metrics.lag import NAME as STORE
from console.plan.model import Metric, Plan, Rule, Then
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.ending import exit_code_when_left
from console.policy.explain import explain
from console.policy.forward import may_go_forward, why_not_write
from console.policy.headline import Tone
from console.policy.permit import refusal
from console.policy.retries import retry_after_s
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold_all
from tests.releases import ANA, PREFLIGHT, Story, blind, counts, guard, plan, running, sample, stage

BAD = sample(canary=counts(100, errors=50))
PARTIAL = replace(sample(), partial=True, trouble="a store is missing")


def next_events(story: Story) -> tuple[ev.AnyEvent, ...]:
    return decide(story.release, now=story.at)


def only(story: Story) -> ev.AnyEvent:
    (event,) = next_events(story)
    return event


def test_nothing_happens_before_the_preflight() -> None:
    assert next_events(Story(plan())) == ()


def test_a_failed_preflight_ends_the_release_before_the_first_write() -> None:
    story = Story(plan())
    story.tell(ev.PreflightDone(checks=(Check(name="route", ok=False, words="is not there"),)))
    event = only(story)
    assert isinstance(event, ev.ReleaseEnded)
    assert (event.exit_code, event.reason) == (ExitCode.PREFLIGHT_FAILED, "route: is not there")


def test_the_first_stage_follows_the_preflight() -> None:
    story = Story(plan())
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
    assert only(story) == ev.StageEntered(stage=0)


def test_a_stage_asks_for_its_weight() -> None:
    story = Story(plan())
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT, ev.StageEntered(stage=0))
    assert only(story) == ev.WeightRequested(number=1, weight=10)


def test_a_weight_on_its_way_is_not_asked_for_again() -> None:
    story = Story(plan())
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT, ev.StageEntered(stage=0))
    story.tell(ev.WeightRequested(number=1, weight=10))
    assert next_events(story) == ()


def test_health_for_the_whole_hold_goes_forward() -> None:
    story = running()
    story.ticks([sample()] * 9)
    assert next_events(story) == ()
    story.ticks([sample()])
    assert only(story) == ev.StageEntered(stage=1)


def test_the_last_stage_ends_promoted() -> None:
    story = running(plan(stage(100, guard(), hold_s=3)))
    story.ticks([sample()] * 3)
    event = only(story)
    assert isinstance(event, ev.ReleaseEnded)
    assert (event.outcome, event.exit_code) == (ev.Outcome.PROMOTED, 0)


def test_a_ripe_breach_rolls_back_and_says_why() -> None:
    story = running()
    story.ticks([BAD])
    event = only(story)
    assert isinstance(event, ev.RollbackDecided)
    assert event.cause is ev.Cause.GUARD
    assert event.reason == "v2's error rate was 50% (at most 5% is allowed)"


def test_a_breach_that_only_holds_never_rolls_back() -> None:
    story = running(plan(stage(10, guard(then=Then.HOLD)), patience_s=99))
    story.ticks([BAD] * 20)
    assert next_events(story) == ()


def test_a_rollback_writes_zero_before_anything_else() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    assert only(story) == ev.WeightRequested(number=2, weight=0)


def test_a_rollback_does_not_wait_for_a_forward_write() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.RollbackAsked(person=ANA), ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana"))
    assert only(story) == ev.WeightRequested(number=3, weight=0)


def test_a_forward_write_that_lands_late_is_taken_back() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana"))
    story.tell(ev.WeightRequested(number=3, weight=0), ev.WeightConfirmed(number=3, weight=0, took_ms=1.0))
    assert next_events(story) == ()
    story.tell(ev.WeightConfirmed(number=2, weight=50, took_ms=4000.0))
    assert only(story) == ev.WeightRequested(number=4, weight=0)


def test_a_late_write_behind_a_rollback_is_not_called_rolled_back_where_another_has_taken_over() -> None:
    story = running()
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana"))
    story.tell(ev.WeightRequested(number=3, weight=0), ev.WeightConfirmed(number=3, weight=0, took_ms=1.0))
    story.tell(ev.WeightConfirmed(number=2, weight=50, took_ms=4000.0))
    story.tell(ev.LeaseLost(why="bob drives", by="bob@laptop", wrote=True))
    end = only(story)
    assert isinstance(end, ev.ReleaseEnded)
    assert end.outcome is ev.Outcome.TAKEN_OVER


def test_a_failed_rollback_is_tried_again_within_hundreds_of_milliseconds_and_never_given_up() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    for attempt in range(2, 200):
        assert only(story) == ev.WeightRequested(number=attempt, weight=0)
        story.tell(ev.WeightRequested(number=attempt, weight=0))
        story.tell(ev.WriteFailed(number=attempt, trouble="no route to host"))
        assert next_events(story) == ()
        story.at += 0.1 if attempt == 2 else 1.0


def test_beside_a_try_of_a_rollback_that_hangs_another_one_goes_out_and_one_answer_answers_all() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    for attempt, after_s in ((2, 0.0), (3, 0.5), (4, 1.0), (5, 1.5), (6, 2.0), (7, 2.0)):
        story.at += max(0.0, after_s - 0.01)
        assert next_events(story) == () or attempt == 2
        story.at += 0.01
        assert only(story) == ev.WeightRequested(number=attempt, weight=0)
        story.tell(ev.WeightRequested(number=attempt, weight=0))
    story.tell(ev.WeightConfirmed(number=4, weight=0, took_ms=3000.0))
    assert story.release.writes == ()
    assert story.release.rollback is not None
    assert story.release.rollback.attempts == 6


@pytest.mark.parametrize(("asked_s", "waits_s"), [(0.0, 0.5), (7.0, 7.0), (3600.0, 60.0)])
def test_a_way_forward_waits_as_long_as_the_server_asks_and_a_way_back_does_not(
    asked_s: float, waits_s: float
) -> None:
    story = running()
    story.tell(ev.WeightRequested(number=2, weight=50))
    story.tell(ev.WriteFailed(number=2, trouble="429", wait_s=asked_s))
    assert retry_after_s(story.release) == waits_s
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    story.tell(ev.WeightRequested(number=3, weight=0))
    story.tell(ev.WriteFailed(number=3, trouble="429", wait_s=asked_s))
    assert retry_after_s(story.release) == 0.1


def test_a_pipeline_whose_rollback_is_not_confirmed_ends_with_a_code_of_its_own() -> None:
    story = running(plan(patience_s=30), attended=False)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WriteFailed(number=2, trouble="down"))
    story.at += 31
    assert only(story) == ev.WeightRequested(number=3, weight=0)
    story.tell(ev.WeightRequested(number=3, weight=0), ev.WriteFailed(number=3, trouble="down"))
    event = only(story)
    assert isinstance(event, ev.ReleaseEnded)
    assert event.exit_code == ExitCode.ROLLBACK_NOT_CONFIRMED


def test_a_rollback_whose_first_write_failed_before_any_weight_was_known_is_tried_again() -> None:
    story = Story(plan())
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT, ev.StageEntered(stage=0))
    story.tell(ev.WeightRequested(number=1, weight=10))
    story.tell(ev.RollbackDecided(cause=ev.Cause.PERSON, reason="pager"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WriteFailed(number=2, trouble="down"))
    story.at += 5
    assert only(story) == ev.WeightRequested(number=3, weight=0)


def test_evidence_from_before_a_machines_sleep_carries_nothing_forward() -> None:
    story = running(plan(stage(10, guard(), hold_s=3.0, approve=True), stage(100, guard())))
    story.ticks([sample()] * 8)
    story.tell(ev.Approved(person=ANA), after_s=600.0)
    assert decide(story.release, now=story.at) == ()
    story.ticks([sample()])
    assert only(story) == ev.StageEntered(stage=1)


def test_what_a_dead_worker_left_stands_still_until_somebody_lets_it_go() -> None:
    story = running()
    story.ticks([sample()] * 15)
    story.tell(ev.WorkerResumed(person=ANA, pithead="0"), after_s=60.0)
    story.ticks([sample()] * 20)
    assert decide(story.release, now=story.at) == ()
    assert explain(story.release, now=story.at).word == "HOLDING"
    assert refusal(story.release, Command.PROMOTE, now=story.at)
    assert not refusal(story.release, Command.RESUME, now=story.at)
    story.tell(ev.Resumed(person=ANA))
    assert story.release.taken_up_by is None


def test_while_the_journal_cannot_be_written_only_a_rollback_is() -> None:
    story = running()
    story.tell(ev.JournalStuck(trouble="No space left on device"))
    story.ticks([sample()] * 15)
    assert decide(story.release, now=story.at) == ()
    assert "No space left on device" in explain(story.release, now=story.at).text
    assert refusal(story.release, Command.PROMOTE, now=story.at)
    story.tell(ev.RollbackAsked(person=ANA))
    assert isinstance(only(story), ev.RollbackDecided)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (ev.Cause.GUARD, ExitCode.ROLLED_BACK_BY_GUARD),
        (ev.Cause.PERSON, ExitCode.ROLLED_BACK_BY_PERSON),
        (ev.Cause.PATIENCE, ExitCode.HELD),
    ],
)
def test_each_cause_of_a_rollback_has_its_exit_code(cause: ev.Cause, code: ExitCode) -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=cause, reason="because"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=1.0))
    story.ticks([sample(canary=counts(0))] * 2)
    event = only(story)
    assert isinstance(event, ev.ReleaseEnded)
    assert event.exit_code == code


def test_a_rollback_that_is_left_alone_counts_only_if_it_was_confirmed() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"), ev.WeightRequested(number=2, weight=0))
    assert exit_code_when_left(story.release) == ExitCode.ROLLBACK_NOT_CONFIRMED
    story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=1.0))
    assert exit_code_when_left(story.release) == ExitCode.ROLLED_BACK_BY_GUARD


def test_a_rollback_waits_only_so_long_to_be_seen_in_the_metrics() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=1.0))
    story.ticks([blind()] * 14)
    assert next_events(story) == ()
    story.ticks([blind()])
    event = only(story)
    assert isinstance(event, ev.ReleaseEnded)
    assert "the metrics did not show v2 without traffic" in event.reason


def test_patience_ends_a_blind_release_on_stable() -> None:
    story = running(plan(patience_s=5))
    story.ticks([blind()] * 5)
    event = only(story)
    assert isinstance(event, ev.RollbackDecided)
    assert event.cause is ev.Cause.PATIENCE


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (blind("Prometheus is gone"), "no evidence for 5s: Prometheus is gone"),
        (sample(canary=counts(1)), "error rate: 5 of 50 requests seen"),
    ],
)
def test_the_end_of_patience_says_what_was_wanting(look: Sample, why: str) -> None:
    story = running(plan(patience_s=5))
    story.ticks([look] * 5)
    event = only(story)
    assert isinstance(event, ev.RollbackDecided)
    assert event.reason == f"it stood still for 5s, the plan's patience: {why}"


def test_what_was_seen_in_part_never_counts_for_the_canary() -> None:
    story = running(plan(stage(10, guard(), hold_s=3), stage(100, guard()), patience_s=60))
    story.ticks([PARTIAL] * 20)
    assert next_events(story) == ()
    assert (story.release.held_s, story.release.stalled_s) == (0.0, 20.0)
    assert explain(story.release, now=story.at).text.endswith(": a store is missing")


def test_what_was_seen_in_part_counts_against_the_canary() -> None:
    story = running()
    story.ticks([replace(BAD, partial=True, trouble="a store is missing")])
    assert isinstance(only(story), ev.RollbackDecided)


def test_a_canary_is_not_seen_to_be_gone_in_a_part() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=1.0))
    gone = sample(canary=counts(0), span_s=0.5)
    story.ticks([replace(gone, partial=True)])
    assert story.release.rollback is not None
    assert story.release.rollback.gone_at is None
    story.ticks([gone])
    assert story.release.rollback.gone_at is not None


def test_patience_ends_where_it_stands_if_the_plan_says_so() -> None:
    story = running(plan(patience_s=5, after_patience=Then.HOLD))
    story.ticks([blind()] * 5)
    event = only(story)
    assert isinstance(event, ev.ReleaseEnded)
    assert (event.outcome, event.exit_code) == (ev.Outcome.HELD, ExitCode.HELD)


def test_a_paused_release_rolls_back_all_the_same() -> None:
    story = running()
    story.tell(ev.Paused(person=ANA))
    story.ticks([BAD])
    assert isinstance(only(story), ev.RollbackDecided)


def test_a_paused_release_does_not_go_forward() -> None:
    story = running()
    story.tell(ev.Paused(person=ANA))
    story.ticks([sample()] * 30)
    assert next_events(story) == ()


def test_a_weight_changed_by_someone_else_is_not_written_over() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    story.ticks([sample()] * 30)
    assert next_events(story) == ()


def test_a_bad_canary_is_rolled_back_at_a_weight_that_someone_else_chose() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    story.ticks([BAD])
    assert isinstance(only(story), ev.RollbackDecided)


def test_resuming_after_a_change_from_outside_writes_our_weight_again() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"), ev.Resumed(person=ANA))
    assert only(story) == ev.WeightRequested(number=2, weight=10)


def test_a_stage_that_wants_approval_waits_for_a_person() -> None:
    story = running(plan(stage(10, guard(), hold_s=2, approve=True), stage(100, guard())))
    story.ticks([sample()] * 20)
    assert next_events(story) == ()
    story.tell(ev.Approved(person=ANA))
    assert only(story) == ev.StageEntered(stage=1)


def test_a_stage_waits_for_its_requests() -> None:
    story = running(plan(stage(10, guard(), hold_s=1, min_requests=500), stage(100, guard())))
    story.ticks([sample()] * 4)
    assert next_events(story) == ()
    story.ticks([sample()])
    assert only(story) == ev.StageEntered(stage=1)


def failing_at_the_second_stage(of: Plan | None = None) -> Story:
    story = running(of)
    story.ticks([sample()] * 11)
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.WriteFailed(number=2, trouble="503"))
    story.ticks([sample()] * 2)
    return story


def test_a_write_that_failed_is_tried_again() -> None:
    assert only(failing_at_the_second_stage()) == ev.WeightRequested(number=3, weight=50)


def test_a_write_that_failed_is_tried_again_behind_a_machines_sleep_only_after_a_look() -> None:
    story = failing_at_the_second_stage()
    story.at += 600.0
    assert next_events(story) == ()
    story.ticks([sample()])
    assert only(story) == ev.WeightRequested(number=3, weight=50)


@pytest.mark.parametrize("look", [BAD, blind(), sample(counts(1000, errors=1), counts(100, errors=4))])
def test_a_write_that_failed_is_not_tried_again_on_blindness_nor_on_what_may_be_a_breach(
    look: Sample,
) -> None:
    careful = guard(rule=Rule.MAX_INCREASE, limit=0.02, window_s=1.0, for_s=60.0)
    story = failing_at_the_second_stage(plan(stage(10, careful), stage(50, careful)))
    story.ticks([look])
    assert next_events(story) == ()


def test_patience_that_ends_with_the_weight_as_it_is_waits_for_a_write_that_would_change_it() -> None:
    story = failing_at_the_second_stage(plan(after_patience=Then.HOLD))
    story.tell(ev.WeightRequested(number=3, weight=50))
    story.ticks([sample()] * 60)
    assert next_events(story) == ()
    story.tell(ev.WriteFailed(number=3, trouble="503"))
    assert isinstance(only(story), ev.ReleaseEnded)


def test_a_person_promotes_before_the_hold_is_over() -> None:
    story = running()
    story.ticks([sample()])
    story.tell(ev.PromotionAsked(person=ANA))
    assert only(story) == ev.StageEntered(stage=1)


@pytest.mark.parametrize("look", [blind(), PARTIAL, sample(canary=counts(3)), BAD])
def test_a_person_cannot_promote_on_blind_thin_or_bad_evidence(look: object) -> None:
    story = running(plan(stage(10, guard(window_s=1.0, for_s=60.0)), stage(100, guard())))
    story.ticks([sample(), look])  # type: ignore[list-item]  # parametrize forgets the type
    assert refusal(story.release, Command.PROMOTE, now=story.at)
    assert not may_go_forward(story.release, by_person=True)


def test_crash_looping_pods_roll_back_while_prometheus_is_away() -> None:
    loops = guard(Metric.CRASH_LOOPS, limit=0.0, min_requests=0)
    story = running(plan(stage(10, guard(), loops)))
    unseen = blind()
    pods = sample(canary_pods=Pods(crash_looping=1)).canary.pods
    story.ticks([unseen.__class__(span_s=0.0, canary=unseen.canary.__class__(pods=pods), trouble="down")])
    assert isinstance(only(story), ev.RollbackDecided)


def test_flapping_evidence_is_never_promoted() -> None:
    flaps = guard(limit=0.03, window_s=2.0, for_s=5.0)
    story = running(plan(stage(10, flaps, hold_s=6), stage(100, flaps), patience_s=20))
    for _ in range(30):
        for look in (BAD, BAD, sample(), sample(), sample(), sample()):
            story.ticks([look])
            for event in next_events(story):
                assert not isinstance(event, ev.StageEntered)


def test_a_guard_that_turns_is_announced_in_words() -> None:
    story = running()
    story.ticks([sample()])
    before = story.release
    after = story.ticks([BAD])
    (turned,) = announce(before, after)
    assert (turned.verdict, "50 of" in turned.words or "v2's error rate" in turned.words) == ("breach", True)
    assert announce(after, after) == ()


COMMANDS = st.sampled_from(
    [
        ev.Paused(person=ANA),
        ev.Resumed(person=ANA),
        ev.PromotionAsked(person=ANA),
        ev.RollbackAsked(person=ANA),
    ]
)
LOOKS = st.sampled_from([sample(), sample(canary=counts(3)), BAD, blind(), PARTIAL]).map(
    lambda look: ev.SampleTaken(sample=look)
)
ROUTER = st.sampled_from([ev.RouterSeen(weight=70, changed_by="kubectl"), None])


@given(st.lists(st.one_of(LOOKS, LOOKS, LOOKS, COMMANDS, ROUTER), max_size=60), st.data())
def test_whatever_happens_the_weights_asked_for_are_the_plans_and_a_rollback_is_final(
    happenings: list[ev.AnyEvent | None], data: st.DataObject
) -> None:
    of = plan(
        stage(10, guard(for_s=2.0, window_s=3.0), hold_s=3),
        stage(50, guard(rule=Rule.MAX_INCREASE, limit=0.05), hold_s=3),
        patience_s=15,
    )
    story = running(of)
    for happening in happenings:
        story.tell(happening or ev.RouterSeen(weight=story.release.weight or 0), after_s=1.0)
        while events := next_events(story):
            for event in events:
                _check_decision(story, event)
            story.tell(*events)
            _answer_writes(story, events, lost=data.draw(st.booleans()))
        explain(story.release, now=story.at)
    assert fold_all(story.records) == story.release


def _check_decision(story: Story, event: ev.AnyEvent) -> None:
    release = story.release
    if isinstance(event, ev.WeightRequested):
        assert event.weight == 0 if release.rollback else event.weight in {10, 50}
    if isinstance(event, ev.StageEntered):
        assert release.rollback is None
        assert release.memory.healthy
        assert not release.blind_because


def _answer_writes(story: Story, events: tuple[ev.AnyEvent, ...], *, lost: bool) -> None:
    for event in events:
        if isinstance(event, ev.WeightRequested):
            answer = (
                ev.WriteFailed(number=event.number, trouble="lost")
                if lost
                else ev.WeightConfirmed(number=event.number, weight=event.weight, took_ms=1.0)
            )
            story.tell(answer)


def test_the_line_always_says_a_time_or_a_number_while_it_waits() -> None:
    story = running()
    lines = [
        explain(story.ticks([look]), now=story.at) for look in (sample(), sample(canary=counts(3)), blind())
    ]
    assert all(any(character.isdigit() for character in line.text) for line in lines)


def test_the_line_counts_the_attempts_of_a_rollback() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="bad"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WriteFailed(number=2, trouble="no route"))
    line = explain(story.release, now=story.at)
    assert (line.tone, "NOT CONFIRMED, attempt 1" in line.text) == (Tone.ALARM, True)


def test_after_a_retreat_the_line_says_the_weight_that_is_written() -> None:
    story = running()
    story.enter(1)
    story.tell(ev.Retreated(weight=10, reason="both suffer"), ev.WeightRequested(number=9, weight=10))
    assert "asking the router for 10%" in explain(story.release, now=story.at).text
    story.tell(ev.WriteFailed(number=9, trouble="refused"))
    assert "10% is not in force after 1 try" in explain(story.release, now=story.at).text
    story.tell(ev.RouterSeen(weight=70, changed_by="kubectl-edit"))
    assert "where 10% was ours · space writes 10% again" in explain(story.release, now=story.at).text


NO_PODS = sample(stable_pods=Pods(desired=3, ready=0))


@pytest.mark.parametrize("attended", [True, False])
def test_a_rollback_that_waits_for_stables_pods_goes_once_they_are_ready_and_a_pipeline_waits_its_patience(
    *, attended: bool
) -> None:
    story = running(attended=attended)
    story.tell(ev.RollbackWithheld(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.ticks([NO_PODS] * 9)
    assert next_events(story) == ()
    story.ticks([NO_PODS] * 30)
    if attended:
        assert next_events(story) == ()
        story.ticks([sample(stable_pods=Pods(desired=3, ready=1))])
        assert only(story) == ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed")
    else:
        end = only(story)
        assert isinstance(end, ev.ReleaseEnded)
        assert (end.exit_code, end.reason) == (
            ExitCode.HELD,
            "not rolled back, v1 has 0 ready pods: v2 failed",
        )


def test_a_promotion_waits_for_a_read_of_the_router_behind_the_last_word_of_a_person() -> None:
    story = running(plan(stage(100, guard(), hold_s=3)))
    story.ticks([sample()] * 3)
    story.tell(ev.PromotionAsked(person=ANA))
    assert next_events(story) == ()
    story.ticks([sample()])
    assert isinstance(only(story), ev.ReleaseEnded)


def test_what_is_sent_is_asked_for_once_more_and_a_way_back_is_never_held_up() -> None:
    story = running()
    story.ticks([sample()] * 3)
    assert why_not_write(story.release, weight=50, now=story.at) == ""
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    assert why_not_write(story.release, weight=50, now=story.at) == "a rollback has begun"
    assert why_not_write(story.release, weight=0, now=story.at) == ""
    left = running()
    left.tell(ev.WorkerResumed(person=ANA, pithead="0", looks_first=True))
    assert why_not_write(left.release, weight=0, now=left.at).startswith("only a person moves it: ")


def test_what_is_called_off_during_its_preflight_ends_without_a_write() -> None:
    story = Story(plan())
    story.tell(ev.RollbackAsked(person=ANA))
    end = only(story)
    assert isinstance(end, ev.ReleaseEnded)
    assert (end.outcome, end.reason) == (ev.Outcome.ROLLED_BACK, "called off before the first write")


def test_one_that_was_taken_up_for_its_rollback_alone_goes_back_before_any_preflight() -> None:
    story = Story(plan())
    story.release = replace(story.release, goes_back=True, rollback_asked=ANA)
    assert only(story) == ev.RollbackDecided(cause=ev.Cause.PERSON, reason="ana asked for it")


@pytest.mark.parametrize("ok", [True, False])
def test_one_that_undoes_an_end_looks_first_whether_stable_can_serve(*, ok: bool) -> None:
    story = Story(plan())
    story.release = replace(story.release, goes_back=True, undoes="checkout-0", rollback_asked=ANA)
    assert next_events(story) == ()
    story.tell(ev.PreflightDone(checks=(Check(name="stable", ok=ok, words="has no ready pod"),)))
    assert isinstance(only(story), ev.RollbackDecided if ok else ev.ReleaseEnded)


def test_how_late_the_store_answers_is_news_when_it_changes_and_when_it_is_in_time_again() -> None:
    story = running()
    story.ticks([sample()])
    for lag_s, verdict in ((30.0, Verdict.INSUFFICIENT), (0.0, Verdict.HEALTHY)):
        before = story.release
        story.ticks([replace(sample(), lag_s=lag_s)])
        (turned,) = announce(before, story.release)
        assert (turned.guard, turned.verdict) == (STORE, verdict)


def test_an_end_takes_a_rollback_by_its_name_alone_and_one_that_went_back_none() -> None:
    story = running()
    promoted = ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="v2 passed every stage")
    assert refusal(story.tell(promoted), Command.ROLL_BACK, now=story.at) == (
        "the release has ended (PROMOTED); pithead rollback checkout-1 takes it back"
    )
    assert refusal(story.release, Command.PAUSE, now=story.at).endswith(", nothing is left to do")
    back = replace(promoted, outcome=ev.Outcome.ROLLED_BACK)
    assert refusal(story.tell(back), Command.ROLL_BACK, now=story.at).endswith(", nothing is left to do")


def test_before_the_first_stage_and_on_the_way_back_only_the_way_back_can_be_asked_for() -> None:
    story = Story(plan())
    before = "the preflight is not over: wait for its end; R calls it off"
    assert refusal(story.release, Command.PROMOTE, now=story.at) == before
    assert refusal(story.release, Command.ROLL_BACK, now=story.at) == ""
    back = running()
    back.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    assert refusal(back.release, Command.PROMOTE, now=back.at).startswith("the release is rolling back: ")
    assert refusal(back.release, Command.ROLL_BACK, now=back.at).startswith("a rollback is under way already")


def watched_back(*, attended: bool) -> Story:
    story = running(attended=attended)
    story.release = replace(story.release, watches_back=True)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    return story


@pytest.mark.parametrize(("attended", "patience_s"), [(True, 300.0), (False, 15.0)])
def test_a_rollback_that_is_never_read_back_ends_after_its_time_and_says_so(
    *, attended: bool, patience_s: float
) -> None:
    story = watched_back(attended=attended)
    story.at += patience_s - 1.0
    assert next_events(story) == ()
    story.at += 1.0
    end = only(story)
    assert isinstance(end, ev.ReleaseEnded)
    assert "CHECK: the router could not be read again" in end.reason


@pytest.mark.parametrize(("attended", "looks"), [(True, 10), (False, 1)])
def test_users_have_recovered_once_the_canary_served_nobody_for_a_window_or_for_a_pipelines_one_look(
    *, attended: bool, looks: int
) -> None:
    story = watched_back(attended=attended)
    story.tell(ev.RolledBack(reads=3, over_s=2.0), after_s=2.0)
    gone = [sample(counts(1000), counts(0))]
    story.ticks(gone * (looks - 1))
    assert next_events(story) == ()
    story.ticks(gone)
    assert only(story) == ev.Recovered(failed=0.0)
