"""The headline is true: which word is the one, what users feel, and what happens next and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.elsewhere import Elsewhere
from console.errors import ExitCode
from console.evidence import Counts, Pods, Sample
from console.judge.reading import Verdict
from console.plan.model import LowTraffic, Metric, OnSharedBreach, Plan, Rule, Slo, Then
from console.policy.decide import decide
from console.policy.ending import exit_code_when_left, laboratory_closed, rolled_back, to_check
from console.policy.explain import explain
from console.policy.felt_words import both_suffer_in_words
from console.policy.headline import CONDITIONS, TONES, Line, Tone, Word
from console.policy.judges.two_keys.keys_words import hidden_in_words, keys_of
from console.preflight import Check
from console.release import events as ev
from console.release.state import Release
from tests.policy.test_judge import JUDGE, begun, follow, judged_plan, live, traffic
from tests.releases import ANA, Story, blind, counts, guard, plan, running, sample, stage

DOCUMENT = Path(__file__).parents[2] / "docs" / "headline.md"
PODS = Pods(desired=1, ready=1, restarts=0, crash_looping=0)


def line_of(story: Story) -> Line:
    return explain(story.release, now=story.at)


def only_pods(*, low_traffic: LowTraffic = LowTraffic.ASK, approve: bool = False) -> Plan:
    """A judged plan whose guards look at pods alone."""
    crashes = guard(Metric.CRASH_LOOPS, Rule.MAX, 0, min_requests=0)
    of = judged_plan(replace(JUDGE, low_traffic=low_traffic))
    stages = (stage(weight, crashes, hold_s=20.0, approve=approve) for weight in (10, 50, 100))
    return replace(of, stages=tuple(stages))


def watched(story: Story, *, rps: float, ticks: int, canary: float = 0.001) -> Story:
    """Tick with pods that are well."""
    at = traffic(rps=rps, canary=canary)

    def look(release: Release) -> Sample:
        seen = at(release)
        return replace(seen, canary=replace(seen.canary, pods=PODS), stable=replace(seen.stable, pods=PODS))

    return live(story, look, ticks=ticks)


def test_every_word_has_its_condition_and_its_tone_and_the_document_has_the_same() -> None:
    assert set(CONDITIONS) == set(TONES) == set(Word)
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert rows[1:] == [f"| {word} | {condition} |" for word, condition in CONDITIONS.items()]


def test_before_the_first_comparison_it_is_looking_however_well_the_pods_are() -> None:
    story = watched(begun(only_pods()), rps=20.0, ticks=3)
    line = line_of(story)
    assert line.word == Word.LOOKING
    assert line.text.startswith("nothing compared yet at 10%")
    assert story.release.judge_word is Verdict.INSUFFICIENT


def test_the_time_to_the_next_step_is_the_longest_of_hold_and_horizon() -> None:
    story = watched(begun(only_pods()), rps=20.0, ticks=16)
    left_s = 20.0 - story.release.held_s
    line = line_of(story)
    assert line.word == Word.LOOKING
    assert "to 50% in 4m" in line.text or "to 50% in 5m" in line.text, f"the hold has {left_s} s left"


def test_the_judge_is_among_what_is_counted_as_healthy() -> None:
    story = watched(begun(only_pods()), rps=5000.0, ticks=18)
    line = line_of(story)
    assert line.word == Word.GOING_WELL
    assert line.text.startswith("v2 fails 0.1% of requests, v1 0.1%; 2 of 2 healthy · to 50% in ")


def test_an_approval_is_said_beside_the_time_and_is_the_word_once_it_alone_is_missing() -> None:
    story = watched(begun(only_pods(approve=True)), rps=5000.0, ticks=18)
    assert line_of(story).text.endswith(" at the earliest, once somebody approves (a)")
    watched(story, rps=5000.0, ticks=30)
    line = line_of(story)
    assert line.word == Word.WAITING_FOR_APPROVAL
    assert line.text.endswith("; 2 of 2 healthy · to 50%, once somebody approves (a)")


def test_a_stage_that_proceeds_on_little_traffic_is_never_said_to_go_well_unseen() -> None:
    story = begun(only_pods(low_traffic=LowTraffic.PROCEED))
    words = set()
    for _ in range(18):
        watched(story, rps=20.0, ticks=1)
        words.add(line_of(story).word)
    assert words == {Word.LOOKING}
    assert "too early to say" in line_of(story).text
    assert " · to 50% in " in line_of(story).text
    assert line_of(story).text.endswith(", blind, as the plan says (low_traffic: proceed)")


def test_damage_of_now_is_the_headline_before_anything_is_proven() -> None:
    story = watched(begun(only_pods()), rps=200.0, ticks=25)
    watched(story, rps=200.0, canary=0.08, ticks=10)
    line = line_of(story)
    assert (line.tone, line.word) == (Tone.ALARM, Word.SUSPECT)
    assert line.text.startswith("v2 fails 8% of requests, v1 0.1% (limit 5%) · ")
    assert "back to v1 in about " in line.text


def test_one_bad_request_among_a_few_is_no_suspicion() -> None:
    story = watched(begun(only_pods()), rps=20.0, ticks=25)
    unlucky = sample(counts(18), counts(2, errors=1))
    live(story, lambda _release: unlucky, ticks=1)
    assert line_of(story).word in (Word.LOOKING, Word.TOO_FEW_REQUESTS)


def test_both_versions_numbers_are_said_where_both_suffer() -> None:
    paused = replace(JUDGE, on_shared_breach=OnSharedBreach.PAUSE)
    story = live(begun(judged_plan(paused)), traffic(canary=0.094, stable=0.09), ticks=40)
    line = line_of(story)
    assert line.word == Word.HOLDING
    assert line.text.startswith(
        "both suffer: v1 fails 9% of requests, v2 9.4%; a rollback would not help · space goes on"
    )


def test_a_guard_that_holds_for_what_stable_suffers_too_says_so() -> None:
    story = running(plan(stage(10, guard(limit=0.05, then=Then.HOLD)), stage(100)))
    story.ticks([sample(counts(1000, errors=90), counts(100, errors=10))] * 8)
    line = line_of(story)
    assert line.word == Word.HOLDING
    assert line.text == (
        "both suffer: v1 fails 9% of requests, v2 10%: a rollback would not help · "
        "no step forward; after 22s more of it the plan goes back to v1 all the same"
    )


def test_errors_of_stable_alone_are_no_shared_outage() -> None:
    story = running(plan(stage(10, guard(limit=0.05, then=Then.HOLD)), stage(100)))
    story.ticks([sample(counts(1000, errors=6), counts(5))])
    assert line_of(story).sentence.startswith("LOOKING: error rate: 5 of 50 requests seen · ")


def test_a_breach_says_what_users_feel_and_when_it_goes_back() -> None:
    story = running(plan(stage(10, guard(for_s=10.0, limit=0.01)), stage(100)))
    story.ticks([sample(canary=counts(100, errors=8))] * 5)
    assert line_of(story).sentence == (
        "SUSPECT: v2 fails 8% of requests, v1 0% (limit 1%) for 4s of 10s"
        " · no step forward, back to v1 in 6s if it stays so"
    )


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"errors_5xx": 12.0}, "v2 fails 12% of requests, v1 0% (limit 1%)"),
        ({"no_answer": 12.0}, "v2: 12% of requests got no answer, v1 0% (limit 1%)"),
        ({"grpc_server": 12.0}, "v2: 12% of requests failed by gRPC status, v1 0% (limit 1%)"),
    ],
)
def test_the_class_of_an_error_is_named(bad: dict[str, float], words: str) -> None:
    story = running(plan(stage(10, guard(for_s=10.0, limit=0.01)), stage(100)))
    story.ticks([sample(canary=replace(counts(100), **bad))] * 3)
    assert line_of(story).sentence.startswith(f"SUSPECT: {words} for 2s of 10s · no step forward, ")


def test_a_paused_release_that_fails_requests_is_a_suspicion_first() -> None:
    story = running(plan(stage(10, guard(for_s=30.0, limit=0.01)), stage(100)))
    story.ticks([sample(canary=counts(100, errors=8))] * 5)
    story.tell(ev.Paused(person=ANA))
    line = line_of(story)
    assert line.word == Word.SUSPECT
    assert line.text.endswith(" · paused by ana at 10%; guards still watch")


@pytest.mark.parametrize(
    ("then", "ahead", "word"),
    [
        (Then.ROLLBACK, "back to v1 in 10s if it stays so", Word.ROLLED_BACK),
        (Then.HOLD, "ends held at 10% in 10s if it stays so", Word.HELD),
    ],
)
def test_a_patience_that_runs_out_says_beforehand_and_afterwards_what_it_does(
    then: Then, ahead: str, word: Word
) -> None:
    of = plan(stage(10, guard(min_requests=60)), stage(100), patience_s=30.0, after_patience=then)
    story = running(of)
    story.ticks([sample(canary=counts(1))] * 20)
    line = line_of(story)
    assert line.word == Word.TOO_FEW_REQUESTS
    assert line.text.endswith(ahead)
    story.ticks([sample(canary=counts(1))] * 10)
    follow(story)
    story.ticks([sample(canary=counts(0))] * 2)
    follow(story)
    assert story.release.end is not None
    assert story.release.end.exit_code == ExitCode.HELD
    assert line_of(story).word == word


def test_an_older_journal_that_went_back_is_not_called_held() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.PATIENCE, reason="the patience of 45s ended"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.HELD, exit_code=13, reason="the patience of 45s ended"))
    assert line_of(story).word == Word.ROLLED_BACK


def test_the_last_line_says_why_then_how_users_are_and_whom_it_hurt() -> None:
    story = running()
    story.release = replace(story.release, watches_back=True)
    story.ticks([sample(canary=counts(100, errors=30))] * 3)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    story.tell(ev.RolledBack(reads=3, over_s=2.0), after_s=2.0)
    story.ticks([sample(counts(1000, errors=1), Counts())] * 5)
    watching = line_of(story)
    assert watching.word == Word.ROLLED_BACK
    assert "v2 has served nobody for " in watching.text
    assert "v1 fails 0.1% of requests; watching until users have recovered" in watching.text
    story.tell(ev.Recovered(failed=90.0))
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=10, reason="v2 failed"))
    assert line_of(story).sentence == (
        "ROLLED BACK: because v2 failed · all traffic on v1, confirmed after 0 ms; v2 serves nobody,"
        " v1 fails 0.1% of requests; 90 requests failed on v2"
    )


def test_an_older_journal_s_reason_is_said_without_its_rule() -> None:
    story = running()
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed; the rule: roll back when it does"))
    assert line_of(story).sentence == "ROLLING BACK: all requests go back to v1 · because v2 failed"


def test_a_refusal_says_its_first_reason_and_names_the_others() -> None:
    story = Story(plan(), at=0.0)
    wrong = [
        Check(name=name, ok=False, words=f"{name} is not there.") for name in ("cluster", "route", "pods")
    ]
    story.tell(ev.PreflightDone(checks=(Check(name="well", ok=True, words=""), *wrong)))
    follow(story)
    assert line_of(story).sentence == "REFUSED: cluster: cluster is not there; and 2 more: route, pods"


def test_what_a_person_must_look_at_comes_before_why_it_went_back() -> None:
    story = running()
    story.ticks([sample(canary=counts(100, errors=30))] * 3)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    story.tell(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=10, reason="v2 failed"))
    line = line_of(story).sentence
    assert line.startswith("ROLLED BACK: all traffic on v1, confirmed after 0 ms; ")
    assert line.endswith("CHECK: the metrics did not show v2 without traffic · because v2 failed")


def test_a_demo_that_was_taken_back_stays_rolled_back_when_its_laboratory_is_closed() -> None:
    story = running()
    story.ticks([sample(canary=counts(100, errors=30))] * 3)
    assert laboratory_closed(story.release).outcome is ev.Outcome.CLOSED
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    assert laboratory_closed(story.release).outcome is ev.Outcome.CLOSED
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    story.tell(laboratory_closed(story.release))
    assert story.release.end is not None
    assert story.release.end.exit_code == ExitCode.ROLLED_BACK_BY_GUARD
    assert line_of(story).sentence == (
        "ROLLED BACK: because v2 failed · all traffic on v1, confirmed after 0 ms; 90 requests failed "
        "on v2; the demo's laboratory was closed before users were seen to recover"
    )


def test_a_release_that_sees_nothing_is_blind_with_the_reason_last() -> None:
    story = running()
    story.ticks([sample()] * 3 + [blind("x" * 50)] * 4)
    line = line_of(story)
    assert line.word == Word.BLIND
    assert line.text == f"no evidence for 4s · no step forward; back to v1 in 26s if it stays so: {'x' * 50}"


def test_a_slo_that_stable_exceeds_too_is_no_suspicion_of_the_canary() -> None:
    strict = replace(JUDGE, slo=Slo(error_rate=0.01))
    story = live(begun(judged_plan(strict)), traffic(canary=0.05, stable=0.05), ticks=8)
    line = line_of(story)
    assert line.word == Word.LOOKING
    assert line.tone is Tone.ALARM
    assert line.text.startswith("both suffer: v1 fails 5% of requests, v2 5%: a rollback would not help")


@pytest.mark.parametrize(
    ("rule", "limit", "words"),
    [(Rule.MAX_RATIO, 2.0, "(limit 2x v1's)"), (Rule.MAX_INCREASE, 0.01, "(limit 1pp above v1's)")],
)
def test_a_limit_that_is_a_comparison_is_said_as_one(rule: Rule, limit: float, words: str) -> None:
    story = running(plan(stage(10, guard(rule=rule, limit=limit, for_s=10.0)), stage(100)))
    story.ticks([sample(counts(1000, errors=10), counts(100, errors=8))] * 6)
    assert line_of(story).text.startswith(f"v2 fails 8% of requests, v1 1% {words} for 4s of 10s · ")


def test_of_two_breaches_the_one_that_goes_back_soonest_is_told_and_one_that_holds_last() -> None:
    holds = guard(limit=0.01, then=Then.HOLD, name="holds")
    late, soon = (guard(limit=0.02, for_s=for_s, name=f"{for_s:g}") for for_s in (60.0, 20.0))
    story = running(plan(stage(10, holds, late, soon), stage(100)))
    story.ticks([sample(canary=counts(100, errors=8))] * 4)
    assert line_of(story).text.endswith(
        "(limit 2%) for 3s of 20s · no step forward, back to v1 in 17s if it stays so"
    )
    alone = running(plan(stage(10, holds), stage(100)))
    alone.ticks([sample(canary=counts(100, errors=8))] * 4)
    assert line_of(alone).text.endswith("(limit 1%) · no step forward, back to v1 in 26s if it stays so")


def test_a_breach_of_another_metric_than_errors_is_told_as_its_guard_reads_it() -> None:
    story = running(plan(stage(10, guard(Metric.P99, limit=200.0, for_s=60.0)), stage(100)))
    story.ticks([sample(canary=counts(100, slow=50))] * 4)
    assert line_of(story).text.startswith("v2's P99 is 495 ms for 3s of 1m (at most 200 ms is allowed) · ")


def test_too_few_requests_for_a_guard_are_enough_for_a_suspicion() -> None:
    story = running(plan(stage(10, guard(limit=0.01, min_requests=500)), stage(100)))
    story.ticks([sample(canary=counts(100, errors=8))] * 3)
    line = line_of(story)
    assert line.word == Word.SUSPECT
    assert line.text == (
        "v2 fails 8% of requests, v1 0% (limit 1%) · no step forward, back to v1 in 27s if it stays so"
    )


def test_where_no_request_may_fail_the_first_one_is_beyond_the_limit() -> None:
    story = running(plan(stage(10, guard(limit=0.0, min_requests=500)), stage(100)))
    story.ticks([sample(canary=counts(100, errors=1))])
    assert line_of(story).word == Word.SUSPECT


def suspected() -> Story:
    """A canary for whose damage there is a sign, and no proof yet."""
    return live(live(begun(), traffic(), ticks=15), traffic(canary=0.006), ticks=15)


def test_while_the_first_key_climbs_the_line_says_which_comes_first_the_proof_or_the_step() -> None:
    line = line_of(suspected())
    assert line.word == Word.SUSPECT
    assert line.text == (
        "v2 fails 0.6% of requests, v1 0.1% (limit 5%)"
        " · back to v1 in about 25s if it stays so; to 100% in 10s if not"
    )


def test_a_canary_that_is_better_than_stable_now_is_not_suspected_for_what_it_was() -> None:
    story = live(suspected(), traffic(canary=0.02, stable=0.5), ticks=2)
    said = keys_of(story.release).said
    assert said is not None
    assert said.k1 >= 10.0
    assert line_of(story).word == Word.LOOKING


def test_slow_answers_are_told_by_how_many_took_how_long_and_no_time_is_foretold_for_their_proof() -> None:
    def slow(share: float) -> Callable[[Release], Sample]:
        def tick(release: Release) -> Sample:
            to_canary = 10.0 * (release.weight or 0)
            return sample(
                counts(1000 - to_canary, errors=0.001 * (1000 - to_canary), slow=0.01 * (1000 - to_canary)),
                counts(to_canary, errors=0.001 * to_canary, slow=share * to_canary),
            )

        return tick

    of = replace(judged_plan(), stages=tuple(stage(weight, hold_s=200.0) for weight in (10, 50, 100)))
    story = live(live(begun(of), slow(0.01), ticks=80), slow(0.08), ticks=16)
    line = line_of(story)
    assert line.word == Word.SUSPECT
    assert line.text == (
        "v2 took longer than 50ms for 4% of its requests, v1 for 1%"
        " · back to v1 once it is proven; to 50% in 1m44s if not"
    )


def test_what_both_keys_say_is_confirmed_by_one_more_block() -> None:
    line = line_of(live(suspected(), traffic(canary=0.02), ticks=6))
    assert line.word == Word.SUSPECT
    assert line.text.endswith(
        " · no step forward, back to v1 in about 5s if it stays so; one more block confirms it"
    )


def test_alone_at_100_a_canary_beyond_the_limit_is_suspected_and_its_patience_runs() -> None:
    line = line_of(live(begun(judged_plan(JUDGE, 100)), traffic(canary=0.3), ticks=40))
    assert (line.word, line.text) == (
        Word.SUSPECT,
        "v2 fails 30% of requests (limit 5%) · no step forward, back to v1 in 14m29s if it stays so",
    )


def test_a_write_that_hangs_names_the_cluster_and_how_long() -> None:
    story = running()
    story.tell(
        ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"), ev.WeightRequested(number=2, weight=0)
    )
    assert line_of(story).text == "NOT CONFIRMED, attempt 1 after 0.0s"
    story.at += 1.0
    assert line_of(story).text == (
        "NOT CONFIRMED, attempt 1 after 1.0s: no answer from lab for 1.0s; check it and the network"
    )


def back_again(*, canary: Counts | None, times: int = 0) -> Story:
    """A rollback that was confirmed, and read back where nobody else has set the weight since."""
    story = running()
    story.release = replace(story.release, watches_back=True)
    story.tell(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"))
    story.tell(ev.WeightRequested(number=2, weight=0), ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    for number in range(3, 3 + times):
        story.tell(ev.RouterSeen(weight=10, changed_by="argo"))
        if number < 2 + times:
            story.tell(ev.WeightRequested(number=number, weight=0))
            story.tell(ev.WeightConfirmed(number=number, weight=0, took_ms=3.0))
    if canary is not None:
        story.tell(ev.RolledBack(reads=3, over_s=2.0), after_s=2.0)
        story.ticks([sample(counts(1000), canary)])
    return story


@pytest.mark.parametrize(
    ("canary", "word", "until"),
    [
        (None, Word.ROLLING_BACK, "reading back whether it stays"),
        (
            counts(80),
            Word.ROLLED_BACK,
            "v2 still had 80 requests in the last look; watching until it has none",
        ),
        (
            Counts(),
            Word.ROLLED_BACK,
            "v2 has served nobody for 1s, v1 fails 0% of requests; watching until users have recovered",
        ),
    ],
)
def test_behind_a_rollback_the_line_says_what_is_still_waited_for(
    canary: Counts | None, word: Word, until: str
) -> None:
    line = line_of(back_again(canary=canary))
    assert (line.word, line.text) == (word, f"all traffic on v1, confirmed after 0 ms · {until}")


@pytest.mark.parametrize(
    ("times", "words"),
    [(1, "again; 0% is written again in 0.0s"), (2, "again, 2 times now; 0% is written again in 0.2s")],
)
def test_who_takes_the_traffic_away_again_is_named_and_answered_ever_later(times: int, words: str) -> None:
    line = line_of(back_again(canary=None, times=times))
    assert (line.word, line.text) == (Word.ROLLING_BACK, f"argo has set v2 to 10% {words}")


def test_the_end_of_a_fight_says_who_fought_and_how_often() -> None:
    story = back_again(canary=counts(80), times=2)
    assert story.release.rollback is not None
    said = to_check(story.release, story.release.rollback)
    assert said.startswith("; argo sent traffic to v2 again, 2 times; ")


def test_a_stage_that_may_proceed_blind_does_not_say_so_where_enough_was_compared() -> None:
    line = line_of(watched(begun(only_pods(low_traffic=LowTraffic.PROCEED)), rps=5000.0, ticks=15))
    assert line.word == Word.GOING_WELL
    assert line.text.endswith("; 2 of 2 healthy · to 50% in 5s")


def test_without_any_request_nothing_is_foretold() -> None:
    line = line_of(live(begun(), lambda _release: sample(counts(0), counts(0)), ticks=15))
    assert (line.word, line.text) == (
        Word.LOOKING,
        "v2 had no requests in the last 10s; too early to say · to 50% once enough requests have come",
    )


def test_a_difference_that_may_be_chance_is_said_as_one() -> None:
    story = running(plan(stage(10, guard(rule=Rule.MAX_RATIO, limit=1.5, min_requests=10)), stage(100)))
    story.ticks([sample(counts(1000, errors=10), counts(100, errors=2))] * 2)
    line = line_of(story)
    assert line.word == Word.SUSPECT
    assert line.text.startswith("v2's error rate is 2%, v1's 1%: 200 requests can't tell it from chance · ")


def test_a_shared_outage_that_the_plan_holds_for_says_at_what_weight_it_ends() -> None:
    stages = stage(10, guard(limit=0.05, then=Then.HOLD)), stage(100)
    story = running(plan(*stages, after_patience=Then.HOLD))
    story.ticks([sample(counts(1000, errors=90), counts(100, errors=10))] * 8)
    assert line_of(story).text.endswith(" · no step forward; ends held at 10% in 22s if it stays so")


def test_where_stable_was_not_seen_both_suffer_is_said_without_numbers() -> None:
    release = running().release
    assert both_suffer_in_words(release) == "both v1 and v2 suffer"


def test_a_lease_that_was_taken_over_is_waited_for_and_said_with_the_time() -> None:
    story = Story(plan())
    story.tell(ev.LeaseAwaited(lease="shop/pithead-checkout", taken_from="bob@laptop", wait_s=15.0))
    story.at += 5.0
    line = line_of(story)
    assert (line.word, line.text) == (
        Word.LOOKING,
        "the lease was taken over and is ours in 10s: bob@laptop may be certain of it until then",
    )


@pytest.mark.parametrize(("attended", "ends"), [(True, False), (False, True)])
def test_a_rollback_that_finds_another_at_the_router_is_left_to_a_person_and_a_pipeline_ends(
    *, attended: bool, ends: bool
) -> None:
    story = running(attended=attended)
    story.tell(
        ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"), ev.WeightRequested(number=2, weight=0)
    )
    story.tell(ev.WorkerResumed(person=ANA, pithead="0", looks_first=True, attended=attended))
    story.tell(ev.RouterFound(weight=10, ours=False, by="argo"))
    line = line_of(story)
    assert line.word == Word.HOLDING
    assert line.text.startswith("at 10%, somebody else has been at the router: argo wrote it last")
    assert line.text.endswith(" · R sends all to v1")
    decided = decide(story.release, now=story.at)
    assert [type(event) for event in decided] == ([ev.ReleaseEnded] if ends else [])


def test_what_still_sends_to_the_canary_is_told_with_the_end() -> None:
    beta = Elsewhere(where='route "beta"', to="v2", canary=True)
    story = running()
    story.tell(ev.RouterSeen(weight=10, elsewhere=(beta,)))
    story.tell(
        ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"), ev.WeightRequested(number=2, weight=0)
    )
    story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=3.0, elsewhere=(beta,)))
    assert line_of(story).text.startswith(
        'v2\'s weight in its route is 0, v1 gets it; NOT all traffic: route "beta" sends to v2, '
    )


def reason_of_the_end(**of: bool) -> str:
    """Give the last line of a release that went back and was read back."""
    story = back_again(canary=counts(80))
    story.tell(ev.Recovered(still_served=80.0, failed=0.0, **of))
    assert story.release.rollback is not None
    story.tell(rolled_back(story.release, story.release.rollback))
    assert story.release.end is not None
    return story.release.end.reason


def test_an_end_says_what_was_not_as_it_should_be() -> None:
    assert "; CHECK: v2 is still served, 80 requests in the last look" in reason_of_the_end()
    assert "; CHECK: errors go on on v1" in reason_of_the_end(troubled=True)
    never_read = back_again(canary=None)
    assert never_read.release.rollback is not None
    assert "; CHECK: the router could not be read again, to see whether it stays so" in to_check(
        never_read.release, never_read.release.rollback
    )


def test_a_release_that_is_left_before_its_end_has_a_code_for_where_it_stands() -> None:
    story = running()
    assert exit_code_when_left(story.release) is ExitCode.LEFT
    story.tell(
        ev.RollbackDecided(cause=ev.Cause.GUARD, reason="v2 failed"), ev.WeightRequested(number=2, weight=0)
    )
    assert exit_code_when_left(story.release) is ExitCode.ROLLBACK_NOT_CONFIRMED
    story.tell(ev.WeightConfirmed(number=2, weight=0, took_ms=3.0))
    assert exit_code_when_left(story.release) is ExitCode.ROLLED_BACK_BY_GUARD


def test_the_hidden_damage_is_foretold_for_this_weight_and_the_next_and_not_for_all_the_traffic() -> None:
    story = live(begun(), traffic(rps=20.0), ticks=15)
    here = hidden_in_words(story.release)
    assert here.startswith("blind for +1pp at 10%: ~")
    assert "; at 50%: ~" in here
    story.tell(ev.AdvancedBlind(person=ANA))
    live(follow(story), traffic(rps=20.0), ticks=10)
    assert story.release.weight == 50
    assert hidden_in_words(story.release).startswith("blind for +1pp at 50%: ~")
    assert "100%" not in hidden_in_words(story.release)
