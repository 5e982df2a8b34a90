"""The two keys, explained."""

from __future__ import annotations

from console.judge.reading import Verdict
from console.policy.keys_told import Bearing, KeysTold, keys_told, meaning_of_evidence
from tests.policy.test_judge import OUTAGE, begun, live, traffic
from tests.releases import Story, running


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


def test_an_outage_of_both_is_told_as_a_limit_that_both_exceed() -> None:
    story = live(live(begun(), traffic(), ticks=30), OUTAGE, ticks=40)
    found = told(story)
    assert found.words.startswith("both versions suffer: ")
    assert Bearing.PROVEN in [limit.bearing for limit in found.limits]


def test_what_evidence_means_is_said_in_the_versions_own_names() -> None:
    assert "Were v2 no worse than v1, 100:1" in meaning_of_evidence(begun().release.plan)
