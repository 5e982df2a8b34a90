"""What the release does when the canary serves as well as stable, but sells less."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from msgspec.structs import replace

from console.evidence import Counts, Sample
from console.judge.keys.channels import Kind
from console.judge.keys.settings import Settings
from console.judge.terms import terms_of
from console.plan.judges.two_keys import in_words
from console.plan.model import Judge, Plan
from console.policy.judges.two_keys.keys_words import channel_in_words, keys_of
from console.release import events as ev
from console.release.state import Release
from console.whatif.simulate import what_if
from tests.policy.test_judge import JUDGE, PAST, follow, judged_plan, live, weights
from tests.releases import PREFLIGHT, Story, counts, sample

SOLD = 0.3
RPS = 1000.0
EVENTS = {"orders": 'orders_total{version="{{version}}"}'}


def selling_plan() -> Plan:
    of = judged_plan()
    return replace(of, metrics=replace(of.metrics, events=EVENTS))


def begun() -> Story:
    story = Story(selling_plan())
    terms = terms_of(JUDGE, PAST, scrape_s=None, events=tuple(EVENTS))
    story.tell(ev.RouterSeen(weight=0), ev.JudgeBegun(terms=terms), PREFLIGHT)
    return follow(story)


def shop(*, canary: float | None = SOLD, stable: float | None = SOLD) -> Callable[[Release], Sample]:
    """Both versions serve alike and sell to these shares of their users; None is not seen."""
    chance = Random(1)

    def sold(requests: float, share: float | None) -> dict[str, float]:
        return {} if share is None else {"orders": max(0.0, requests * share * chance.uniform(0.95, 1.05))}

    def tick(release: Release) -> Sample:
        to_canary = RPS * (release.weight or 0) / 100
        to_stable = RPS - to_canary
        return sample(
            counts(to_stable, errors=0.001 * to_stable),
            counts(to_canary, errors=0.001 * to_canary) if to_canary else Counts(),
            stable_events=sold(to_stable, stable),
            canary_events=sold(to_canary, canary),
        )

    return tick


def orders(story: Story) -> float:
    said = keys_of(story.release).said
    assert said is not None
    (channel,) = (each for each in said.channels if each.name == "orders")
    return channel.worse


def test_events_share_the_error_budget() -> None:
    judged = terms_of(JUDGE, PAST, scrape_s=None, events=("orders", "payments")).channels.judged
    budget = {kind: sum(each.weight for each in judged if each.kind is kind) for kind in Kind}
    assert budget == pytest.approx({Kind.ERRORS: 0.3, Kind.REFUSED: 0.3, Kind.SLOW: 0.16, Kind.EVENTS: 0.24})


def test_a_canary_that_sells_as_much_is_promoted() -> None:
    story = live(begun(), shop(), ticks=600)
    assert weights(story) == [10, 50, 100]


def test_a_canary_that_sells_less_is_rolled_back_with_the_orders_as_the_reason() -> None:
    story = live(begun(), shop(canary=0.5 * SOLD), ticks=600)
    assert weights(story) == [10, 0]
    assert story.release.end is not None
    assert story.release.end.reason.startswith("v2 had orders in 15% of its requests, v1 in 30%")
    assert "fewer orders" in story.release.end.reason


def test_a_canary_that_sells_more_is_no_damage() -> None:
    story = live(begun(), shop(canary=1.5 * SOLD), ticks=600)
    assert weights(story) == [10, 50, 100]


def test_a_bad_day_of_the_whole_shop_is_blamed_on_nobody() -> None:
    story = live(begun(), shop(canary=0.1 * SOLD, stable=0.1 * SOLD), ticks=600)
    assert weights(story) == [10, 50, 100]


@pytest.mark.parametrize("unseen", [{"canary": None}, {"stable": None}, {"canary": None, "stable": None}])
def test_orders_that_nobody_sees_prove_nothing(unseen: dict[str, float | None]) -> None:
    story = live(begun(), shop(), ticks=10)
    before = orders(story)
    live(story, shop(**unseen), ticks=60)
    assert orders(story) <= max(before, 1.0)
    assert 0 not in weights(story)


def test_told_again_under_its_own_plan_it_comes_to_the_same_end() -> None:
    story = live(begun(), shop(canary=0.5 * SOLD), ticks=600)
    assert what_if(story.records, selling_plan()).records == tuple(story.records)


def test_told_again_with_more_tolerated_it_is_judged_by_the_terms_on_record() -> None:
    story = live(begun(), shop(canary=0.5 * SOLD), ticks=600)
    guarded = replace(selling_plan(), judge=None)
    simulated = what_if(story.records, guarded)
    assert simulated.release.rollback is None


def test_its_line_is_that_of_section_6() -> None:
    story = live(begun(), shop(canary=0.9 * SOLD), ticks=12)
    said = keys_of(story.release).said
    assert said is not None
    line = channel_in_words(story.release, said.channels[-1], now=story.at)
    assert line.startswith("orders 30.")
    assert " | worse " in line


def test_the_plan_says_how_much_rarer_is_tolerated() -> None:
    of = selling_plan()
    both = replace(of, metrics=replace(of.metrics, events=dict.fromkeys(("orders", "sign_ups"), "")))
    said = in_words(Judge(), plan=both)
    assert "or orders or sign_ups rarer by more than a tenth" in said[0]
    assert Settings().events_factor == pytest.approx(1.10)
