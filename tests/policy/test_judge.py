"""What the release does on the word of the two keys."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from console.command import Command
from console.errors import ExitCode
from console.evidence import Counts, History, PodMinute, Sample
from console.judge.keys.channels import Channels
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.settings import Settings
from console.judge.reading import Verdict
from console.judge.terms import Terms, terms_of
from console.plan.judges.two_keys import NAME
from console.plan.model import Alone, Judge, LowTraffic, OnSharedBreach, Plan, Slo, Then
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.explain import explain
from console.policy.judges.two_keys.keys_words import keys_of
from console.policy.permit import refusal, want_of_reason
from console.release import events as ev
from console.release.event import Event
from console.release.state import Release
from tests.releases import ANA, BOUNDS_MS, PREFLIGHT, Story, blind, counts, plan, sample, stage

JUDGE = Judge(slo=Slo(error_rate=0.05), block_s=5.0)
PAST = History(
    bounds_ms=BOUNDS_MS,
    minutes=((PodMinute(pod="a", counts=counts(60_000, errors=60, slow=600)),),) * 30,
)


def judged_plan(judge: Judge = JUDGE, *weights: int, patience_s: float = 900.0) -> Plan:
    stages = (stage(weight, hold_s=20.0) for weight in weights or (10, 50, 100))
    return replace(plan(*stages, patience_s=patience_s), judge=judge)


def begun(of: Plan | None = None, *, past: History = PAST) -> Story:
    """A judged release whose first stage has its weight in force."""
    told = of or judged_plan()
    assert told.judge is not None
    story = Story(told)
    terms = terms_of(told.judge, past, scrape_s=None)
    story.tell(ev.RouterSeen(weight=0), ev.JudgeBegun(terms=terms), PREFLIGHT)
    return follow(story)


def follow(story: Story) -> Story:
    """Let everything that was decided happen, each write confirmed at once."""
    while events := decide(story.release, now=story.at):
        for event in events:
            story.tell(event)
            if isinstance(event, ev.WeightRequested):
                story.tell(ev.WeightConfirmed(number=event.number, weight=event.weight, took_ms=1.0))
    return story


def live(story: Story, of: Callable[[Release], Sample], *, ticks: int) -> Story:
    """Tick and follow until the release ends, or for so many ticks."""
    for _ in range(ticks):
        if story.release.end is not None:
            break
        before = story.release
        story.tell(ev.SampleTaken(sample=of(story.release)), after_s=1.0)
        story.tell(*announce(before, story.release))
        follow(story)
    return story


def traffic(
    *, canary: float = 0.001, stable: float = 0.001, rps: float = 1000.0
) -> Callable[[Release], Sample]:
    """Both versions at the weight in force, with these shares of errors."""

    def tick(release: Release) -> Sample:
        to_canary = rps * (release.weight or 0) / 100
        return sample(
            counts(rps - to_canary, errors=stable * (rps - to_canary)),
            counts(to_canary, errors=canary * to_canary) if to_canary else Counts(),
        )

    return tick


OUTAGE = traffic(canary=0.3, stable=0.3)


def events_of(story: Story, kind: type[Event]) -> list[ev.AnyEvent]:
    return [record.event for record in story.records if isinstance(record.event, kind)]


def weights(story: Story) -> list[int]:
    return [
        event.weight
        for event in events_of(story, ev.WeightRequested)
        if isinstance(event, ev.WeightRequested)
    ]


def test_a_healthy_release_is_promoted() -> None:
    story = live(begun(), traffic(), ticks=600)
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.PROMOTED
    assert weights(story) == [10, 50, 100]


def test_damage_that_both_keys_prove_rolls_back_with_the_evidence_as_the_reason() -> None:
    story = live(begun(), traffic(canary=0.04), ticks=600)
    assert story.release.end is not None
    assert story.release.end.exit_code == ExitCode.ROLLED_BACK_BY_GUARD
    assert story.release.end.reason.startswith("v2 answered 4% of ")
    assert "it is worse, by more than is tolerated" in story.release.end.reason
    assert weights(story) == [10, 0]


def test_nothing_goes_forward_while_both_keys_are_turned_and_not_confirmed() -> None:
    story = live(begun(), traffic(), ticks=15)
    while not (said := keys_of(story.release).said) or not said.agreeing:
        live(story, traffic(canary=0.05), ticks=1)
    assert story.release.judge_doubts
    assert story.release.judge_word is Verdict.BREACH
    assert "one more block confirms it" in explain(story.release, now=story.at).text
    assert refusal(story.release, Command.PROMOTE, now=story.at)


def test_an_outage_that_both_share_after_more_traffic_takes_one_weight_back() -> None:
    story = live(begun(), traffic(), ticks=30)
    assert story.release.weight == 50
    live(story, OUTAGE, ticks=30)
    assert weights(story) == [10, 50, 10]
    assert story.release.retreated
    assert "both suffer: v1 fails 30% of requests, v2 30%" in explain(story.release, now=story.at).text


def test_nothing_is_called_a_retreat_while_nothing_may_be_written() -> None:
    story = live(begun(), traffic(), ticks=30)
    story.tell(ev.Paused(person=ANA))
    live(story, OUTAGE, ticks=30)
    assert story.release.judge_holds
    assert events_of(story, ev.Retreated) == []
    assert weights(story) == [10, 50]


def test_from_the_first_weight_a_retreat_leads_to_none_and_the_release_goes_on_after_it() -> None:
    story = live(begun(), OUTAGE, ticks=30)
    assert weights(story) == [10, 0]
    live(story, traffic(), ticks=900)
    assert weights(story) == [10, 0, 10, 50, 100]
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.PROMOTED


def test_what_comes_a_third_time_with_a_weight_is_rolled_back_as_its_doing() -> None:
    story = begun()
    for _ in range(2):
        live(story, OUTAGE, ticks=30)
        while story.release.retreated:
            live(story, traffic(), ticks=1)
    live(story, OUTAGE, ticks=30)
    assert weights(story) == [10, 0, 10, 0, 10, 0]
    assert story.release.rollback is not None
    assert story.release.rollback.reason == "both suffer whenever v2 has 10%: 3 times, with calm between"


def test_a_weight_is_not_blamed_for_what_a_person_has_gone_on_with() -> None:
    story = begun()
    for _ in range(3):
        live(story, OUTAGE, ticks=30)
        assert story.release.retreated
        story.tell(ev.Resumed(person=ANA))
        follow(story)
    live(story, OUTAGE, ticks=30)
    assert story.release.rollback is None
    assert story.release.retreated


AT_100 = traffic(canary=0.2)
RETREATS = judged_plan(replace(JUDGE, alone=Alone.RETREAT))


def test_damage_of_100_percent_goes_back_to_where_it_can_be_compared_and_a_third_time_all_the_way() -> None:
    story = begun(RETREATS)
    while story.release.weight != 100:
        live(story, traffic(), ticks=1)

    def only_at_100(release: Release) -> Sample:
        return (AT_100 if release.weight == 100 else traffic())(release)

    live(story, only_at_100, ticks=900)
    assert weights(story) == [10, 50, 100, 50, 100, 50, 100, 0]
    assert story.release.rollback is not None
    assert story.release.rollback.reason.startswith("v2 is beyond its limit whenever v2 has 100%: 3 times")


def test_back_from_100_percent_the_keys_decide_where_the_two_can_be_compared() -> None:
    story = begun(RETREATS)
    while story.release.weight != 100:
        live(story, traffic(), ticks=1)
    live(story, AT_100, ticks=300)
    assert weights(story) == [10, 50, 100, 50, 0]
    assert story.release.rollback is not None
    assert "it is worse, by more than is tolerated" in story.release.rollback.reason


def test_a_shared_outage_pauses_where_the_plan_says_so_and_goes_on_once_it_is_over() -> None:
    story = begun(judged_plan(replace(JUDGE, on_shared_breach=OnSharedBreach.PAUSE)))
    live(story, OUTAGE, ticks=60)
    assert weights(story) == [10]
    assert story.release.judge_holds
    live(story, traffic(), ticks=900)
    assert weights(story) == [10, 50, 100]
    assert len(events_of(story, ev.JudgeResumed)) == 1


def test_patience_that_ends_in_a_shared_outage_leaves_the_weights_as_they_are() -> None:
    paused = replace(JUDGE, on_shared_breach=OnSharedBreach.PAUSE)
    story = live(begun(judged_plan(paused, patience_s=60.0)), OUTAGE, ticks=300)
    assert story.release.end is not None
    assert story.release.end.outcome is ev.Outcome.HELD
    assert weights(story) == [10]
    assert story.release.plan.after_patience is Then.ROLLBACK


def test_the_judges_word_is_news_when_it_turns() -> None:
    story = live(begun(), OUTAGE, ticks=40)
    turned = [event for event in events_of(story, ev.GuardTurned) if isinstance(event, ev.GuardTurned)]
    assert [(event.guard, event.verdict) for event in turned] == [(NAME, "breach")]


def test_a_stage_that_could_hide_damage_waits_for_more_requests() -> None:
    story = live(begun(), traffic(rps=20.0), ticks=120)
    line = explain(story.release, now=story.at)
    assert line.word == "TOO FEW REQUESTS"
    assert "too early to say, +1pp would show in" in line.text
    assert "b goes on without it" in line.text
    assert story.release.judge_word is Verdict.INSUFFICIENT
    assert weights(story) == [10]


def test_a_person_can_advance_it_blind_and_that_is_on_record() -> None:
    story = live(begun(), traffic(rps=20.0), ticks=60)
    assert not refusal(story.release, Command.ADVANCE_BLIND, now=story.at)
    story.tell(ev.AdvancedBlind(person=ANA, reason="night traffic"))
    assert weights(follow(story)) == [10, 50]
    assert story.release.advanced_blind_by is None, "each stage wants its own"


def test_promotion_by_a_person_skips_the_hold_but_not_the_evidence() -> None:
    story = live(begun(), traffic(rps=20.0), ticks=5)
    assert "too early to say" in refusal(story.release, Command.PROMOTE, now=story.at)
    story.tell(ev.PromotionAsked(person=ANA))
    assert weights(follow(story)) == [10]


def test_advancing_blind_skips_nothing_else() -> None:
    story = live(begun(), traffic(rps=20.0), ticks=60)
    live(story, lambda _release: blind(), ticks=1)
    assert refusal(story.release, Command.ADVANCE_BLIND, now=story.at).startswith("blind: ")


def test_low_traffic_may_proceed_where_the_plan_says_so() -> None:
    story = begun(judged_plan(replace(JUDGE, low_traffic=LowTraffic.PROCEED)))
    assert weights(live(story, traffic(rps=20.0), ticks=60))[:2] == [10, 50]


def test_going_on_anyway_begins_another_judge_with_nothing_proven() -> None:
    story = live(begun(), traffic(), ticks=10)
    while not (said := keys_of(story.release).said) or said.k1 < 10:
        live(story, traffic(canary=0.02), ticks=1)
    story.tell(ev.JudgeOverridden(person=ANA, reason="a known client"))
    live(story, traffic(), ticks=1)
    said = keys_of(story.release).said
    assert said is not None
    assert said.k1 == pytest.approx(1.0, abs=0.5)
    assert story.release.overridden_by == ANA


def test_going_on_anyway_wants_a_reason_always() -> None:
    release = begun().release
    assert want_of_reason(release, Command.OVERRIDE, reason=" ")
    assert not want_of_reason(release, Command.OVERRIDE, reason="a known client")


def test_blindness_of_the_judge_stops_the_way_forward() -> None:
    story = live(begun(), traffic(), ticks=12)
    live(story, lambda _release: Sample(span_s=0.0, stable=sample().stable, canary=sample().canary), ticks=20)
    assert explain(story.release, now=story.at).word == "BLIND"


def test_a_write_that_failed_is_not_tried_again_while_the_judge_doubts() -> None:
    story = live(begun(), traffic(), ticks=10)
    story.tell(ev.StageEntered(stage=1), ev.WeightRequested(number=2, weight=50))
    story.tell(ev.WriteFailed(number=2, trouble="503"))
    while not story.release.judge_doubts:
        story.tell(ev.SampleTaken(sample=OUTAGE(story.release)), after_s=1.0)
    assert not [
        event for event in decide(story.release, now=story.at) if isinstance(event, ev.WeightRequested)
    ]


@pytest.mark.parametrize(
    "damage",
    [
        lambda terms: replace_raw(terms, settings=Settings(alpha=0.0)),
        lambda terms: replace_raw(terms, settings=Settings(cap=0.0)),
        lambda terms: replace_raw(terms, settings=Settings(grid=())),
        lambda terms: replace_raw(terms, channels=Channels(judged=())),
        lambda terms: replace_raw(terms, profile=Profile(judged=(Noise(),))),
    ],
)
def test_terms_that_nothing_can_be_judged_by_are_no_record(damage: Callable[[Terms], bytes]) -> None:
    good = terms_of(JUDGE, PAST, scrape_s=None)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(damage(good), type=Terms)


def replace_raw(terms: Terms, **parts: msgspec.Struct) -> bytes:
    whole = msgspec.to_builtins(terms)
    return msgspec.json.encode(whole | {name: msgspec.to_builtins(part) for name, part in parts.items()})


def test_a_profile_of_other_channels_changes_nothing() -> None:
    story = begun()
    before = keys_of(story.release).keys
    story.tell(ev.JudgeRefreshed(profile=Profile(judged=(Noise(),))))
    assert keys_of(story.release).keys == before
