"""The two keys, explained."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.evidence import History, PodMinute
from console.judge.reading import Verdict
from console.plan.model import Alone
from console.policy.judge_text import Bearing
from console.policy.judges.two_keys.keys_told import KeysTold, keys_told, meaning_of_evidence, proof_in_words
from console.policy.judges.two_keys.keys_words import keys_of
from tests.policy.test_judge import JUDGE, OUTAGE, begun, judged_plan, live, traffic
from tests.policy.test_judge_events import EVENTS, shop
from tests.policy.test_judge_events import begun as selling
from tests.releases import BOUNDS_MS, Story, counts, running, sample

ODD = (("a", 15.0), ("b", 15.0), ("c", 15.0), ("d", 75.0))
"""Four pods and their errors a minute: one fails five times as often."""


def told(story: Story) -> KeysTold:
    found = keys_told(story.release)
    assert found is not None
    return found


def test_a_plan_without_a_judge_has_nothing_to_tell() -> None:
    assert keys_told(running().release) is None


def test_of_a_healthy_release_no_key_is_turned_and_each_channel_says_what_was_compared() -> None:
    found = told(live(begun(), traffic(), ticks=15))
    assert [key.bearing for key in found.keys] == [Bearing.UNTURNED] * 2
    assert found.keys[0].words.endswith(":1, and 100:1 turns it")
    errors, refused, *slow = found.channels
    assert refused.words.startswith("v1 0%, v2 0% of its 1,500 requests")
    assert errors.words.startswith("v1 0.1%, v2 0.1% of its 1,500 requests")
    assert [each.bearing for each in slow] == [Bearing.UNKNOWN]
    assert slow[0].words == "v2's pods are new: their first 1m are not held to v1's"


def test_proven_damage_says_by_which_channel_and_how_much_evidence_there_was() -> None:
    found = told(live(begun(), traffic(canary=0.04), ticks=600))
    assert found.verdict is Verdict.BREACH
    assert found.words == "proven: v2 is worse, by more than is tolerated; errors turned the last key"
    assert [key.bearing for key in found.keys] == [Bearing.TURNED] * 2
    errors = found.channels[0]
    assert errors.bearing is Bearing.PROVEN
    assert "v2 4% of its" in errors.words
    assert "(263:1 would do alone)" in errors.words


def test_a_canary_that_only_an_odd_pod_excuses_is_not_called_harmless_and_the_pod_is_named() -> None:
    past = History(
        bounds_ms=BOUNDS_MS,
        minutes=(tuple(PodMinute(pod=pod, counts=counts(15_000, errors=bad)) for pod, bad in ODD),) * 30,
    )
    found = told(live(begun(past=past), traffic(stable=0.002, canary=0.005, rps=5000.0), ticks=100))
    assert found.words == "v2 is worse, by no more than is tolerated because of d"
    assert found.keys[0].bearing is Bearing.TURNED
    assert "or what d differs by)?" in found.keys[1].about
    assert "times v1's, as wide as it is for d, " in found.channels[0].words


def test_an_outage_of_both_is_told_as_a_limit_that_both_exceed() -> None:
    story = live(live(begun(), traffic(), ticks=30), OUTAGE, ticks=40)
    found = told(story)
    assert found.words.startswith("both versions suffer: ")
    assert Bearing.PROVEN in [limit.bearing for limit in found.limits]


def test_what_evidence_means_is_said_in_the_versions_own_names() -> None:
    assert "Were v2 no worse than v1, 100:1" in meaning_of_evidence(begun().release.plan)


def test_before_enough_requests_it_is_too_early_to_say_and_each_channel_says_what_it_waits_for() -> None:
    found = told(live(begun(), lambda _release: sample(counts(0), counts(0)), ticks=15))
    assert found.words == "too early to say: hardly any requests have come yet"
    assert {each.words for each in found.channels} == {"no requests of both versions to compare yet"}


def test_where_enough_was_compared_the_absence_of_proof_is_said_as_one() -> None:
    found = told(live(begun(), traffic(rps=5000.0), ticks=18))
    assert found.verdict is Verdict.HEALTHY
    assert found.words == "no proof that v2 does damage, and this much traffic would have shown it"


def test_between_both_keys_and_the_block_that_confirms_them_nothing_is_called_proven() -> None:
    story = live(begun(), traffic(), ticks=15)
    while not (said := keys_of(story.release).said) or not said.agreeing:
        live(story, traffic(canary=0.05), ticks=1)
    assert told(story).words == "both keys are turned, and one more block must confirm it"
    assert proof_in_words(story.release) == ""


def test_events_are_told_by_what_they_are_a_request_or_by_the_counter_that_is_not_seen() -> None:
    (less,) = (
        each for each in told(live(selling(), shop(canary=0.15), ticks=15)).channels if each.name == "orders"
    )
    assert less.about == "how many a request there were, which must not be fewer:"
    assert less.words.startswith("v1 29.9%, v2 14.9% of its 1,500 requests")
    (unseen,) = (
        each for each in told(live(selling(), shop(canary=None), ticks=15)).channels if each.name == "orders"
    )
    assert unseen.words == f"its counter was not seen in both versions yet: {EVENTS['orders']}"


def test_the_proof_is_one_sentence_with_both_odds_and_what_they_had_to_be() -> None:
    assert proof_in_words(live(begun(), traffic(canary=0.04), ticks=600).release) == (
        "v2 answered 4% of 1,500 requests with 5xx, v1 0.1%; the evidence that v2 is worse stands at 24019:1,"
        " where 100:1 is needed, and that it is worse than tolerated at 20795:1, where 10:1 is"
    )


@pytest.mark.parametrize("alone", Alone)
def test_alone_at_100_a_canary_beyond_a_hard_limit_is_told_as_that_and_goes_back_where_the_plan_says_so(
    alone: Alone,
) -> None:
    story = live(begun(judged_plan(replace(JUDGE, alone=alone), 100)), traffic(canary=0.3), ticks=40)
    back = "v2 is beyond a hard limit, and v1 has no requests to compare with"
    assert proof_in_words(story.release) == (back if alone is Alone.ROLLBACK else "")
    assert told(story).words == "v2 is beyond a hard limit; that it is worse is not proven"
