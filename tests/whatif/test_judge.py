"""What the two keys would have made of a recorded release under other terms."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.judge.keys.noise import Noise, Profile
from console.judge.other_terms import profile_under, terms_under
from console.judge.terms import limits_of
from console.plan.model import Judge, Plan, Slo
from console.policy.judges.two_keys.keys_words import keys_of
from console.release import events as ev
from console.release.state import Release
from console.whatif.difference import difference
from console.whatif.outcome import Ending, fate_of
from console.whatif.simulate import what_if
from tests.policy.test_judge import JUDGE, begun, live, traffic
from tests.releases import Story
from tests.whatif.test_simulate import when


@pytest.fixture(scope="module")
def story() -> Story:
    """Four percent of errors, which the two keys roll back."""
    return live(live(begun(), traffic(), ticks=15), traffic(canary=0.04), ticks=600)


def under(story: Story, judge: Judge | None) -> Plan:
    return replace(story.release.plan, judge=judge)


def terms_in(release: Release) -> tuple[float, int]:
    terms = keys_of(release).terms
    assert terms is not None
    return terms.settings.delta, len(terms.channels.limits)


def test_with_the_recorded_terms_everything_is_as_it_was(story: Story) -> None:
    assert what_if(story.records, story.release.plan).records == tuple(story.records)


def test_a_judge_that_tolerates_as_much_lets_it_go_on(story: Story) -> None:
    other = under(story, replace(JUDGE, tolerate=0.2))
    simulated = what_if(story.records, other)
    assert fate_of(simulated.release, last_at=simulated.records[-1].at).way is Ending.OPEN
    assert terms_in(simulated.release) == (0.2, 1)
    notes = difference(story.records, simulated, other).notes
    assert (
        "the two keys judge by this plan's terms; channels and noise are those of the recorded release"
        in notes
    )


def test_a_tighter_objective_is_another_limit_and_a_new_one_has_no_past(story: Story) -> None:
    other = under(story, replace(JUDGE, slo=Slo(error_rate=0.001, latency_ms=250.0)))
    assert terms_in(what_if(story.records, other).release) == (JUDGE.tolerate, 2)


def test_without_a_judge_the_keys_stay_out(story: Story) -> None:
    simulated = what_if(story.records, under(story, None))
    assert not when(simulated, ev.JudgeBegun)
    assert keys_of(simulated.release).said is None


def test_the_same_terms_again_are_the_same(story: Story) -> None:
    terms = keys_of(story.release).terms
    assert terms is not None
    assert terms_under(terms, JUDGE) == terms


def test_a_profile_is_told_again_for_the_limits_that_are_wanted() -> None:
    slow = Judge(slo=Slo(latency_ms=250.0))
    measured = Profile(judged=(Noise(),), limits=(Noise(burst=3.0), Noise(burst=4.0)))
    fewer = profile_under(measured, was=limits_of(slow), limits=limits_of(Judge()))
    assert fewer.limits == (Noise(burst=3.0),)
    other = profile_under(measured, was=limits_of(slow), limits=limits_of(Judge(slo=Slo(latency_ms=99.0))))
    assert other.limits == (Noise(burst=3.0), Noise())


def test_a_strangers_profile_of_other_limits_is_left_as_it_is() -> None:
    wrong = Profile(judged=(Noise(),), limits=())
    assert profile_under(wrong, was=limits_of(Judge()), limits=limits_of(Judge())) is wrong
