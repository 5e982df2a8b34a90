from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from console.evidence import Counts, Stretch
from console.judge.keys.blocks import Tick
from console.judge.keys.channels import Channels
from console.judge.keys.gross import (
    BUDGET,
    LONGEST_START_S,
    STARTS_S,
    Gross,
    Situation,
    k1_needed,
    read_gross,
)
from console.judge.keys.judge import take, verdict
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import Tolerated
from console.judge.verdict import Action, Why
from tests.judge.keys.cases import CHANNELS, ERRORS, USUAL, started

KNOWN = Situation(
    settings=Settings(),
    channels=CHANNELS.judged,
    tolerated=(Tolerated(ratio=1.5, asked=1.5),) * 3,
    usual=USUAL,
    bursts=(1.0,) * 3,
    tempered=(1.0,) * 3,
    weight=50,
    cold=False,
    new_for_s=300.0,
    passed_s=600.0,
    planned_s=3000.0,
)


def stretch(
    failed: float, *, stable: float | None = 1, requests: float = 500, span_s: float = 5.0, ago_s: float = 0.0
) -> Stretch:
    """Of five seconds; `stable` is what its pods failed at most, None where not all were scraped since."""
    return Stretch(
        ago_s=ago_s,
        span_s=span_s,
        canary=Counts(requests=requests, errors_5xx=failed),
        stable=None if stable is None else Counts(requests=2 * requests, errors_5xx=stable),
        odds=0.0 if stable is None else 1.0,
    )


def row(*stretches: Stretch) -> tuple[Stretch, ...]:
    """Put them behind a calm minute, each where it lies in time."""
    calm = stretch(10, requests=6000, span_s=60, stable=20)
    ago_s, found = 0.0, []
    for each in reversed((calm, stretch(1), *stretches)):
        found.append(replace(each, ago_s=ago_s))
        ago_s += each.span_s
    return tuple(reversed(found))


def gross(*stretches: Stretch, situation: Situation = KNOWN) -> Gross | None:
    return read_gross(row(*stretches), situation, bounds_ms=())


def is_proven(*stretches: Stretch, situation: Situation = KNOWN) -> bool:
    found = gross(*stretches, situation=situation)
    return found is not None and found.proven


def test_two_samples_of_a_canary_that_fails_alone_are_enough() -> None:
    assert is_proven(stretch(60), stretch(250, stable=None))


def test_one_sample_is_enough_where_it_shows_seconds_of_it() -> None:
    assert is_proven(stretch(250))
    assert not is_proven(stretch(90))


def test_nothing_is_proven_before_stables_samples_reach_as_far() -> None:
    assert not is_proven(stretch(250, stable=None), stretch(250, stable=None))


def test_what_stable_can_have_had_meanwhile_excuses_the_canary() -> None:
    assert not is_proven(stretch(250, stable=250), stretch(250, stable=250))
    assert not is_proven(stretch(250, stable=250), stretch(250, stable=None))


def test_where_stable_was_ill_within_a_minute_the_blocks_decide() -> None:
    stretches = row(stretch(250), stretch(250))
    before = replace(stretches[0], stable=Counts(requests=12000, errors_5xx=300))
    assert read_gross((before, *stretches[1:]), KNOWN, bounds_ms=()) is None


def test_where_nobody_knows_how_stable_was_the_blocks_decide() -> None:
    stretches = row(stretch(250), stretch(250))
    before = replace(stretches[0], stable=None, odds=0.0)
    assert read_gross((before, *stretches[1:]), KNOWN, bounds_ms=()) is None


def test_what_is_over_is_no_damage() -> None:
    assert gross(stretch(250), stretch(250), stretch(1)) is None


def test_a_second_in_which_all_fails_is_a_blip() -> None:
    seconds = (stretch(40, requests=100, span_s=1), stretch(60, requests=100, span_s=1))
    assert not is_proven(*seconds)
    assert is_proven(*seconds, stretch(60, requests=100, span_s=1))


def test_right_after_a_new_weight_it_must_last_longer() -> None:
    new = replace(KNOWN, new_for_s=STARTS_S)
    shorter = stretch(0.5 * 500 * (LONGEST_START_S - 1) / 5)
    assert is_proven(shorter, shorter)
    assert not is_proven(shorter, shorter, situation=new)
    assert is_proven(stretch(400), stretch(400), situation=new)


def test_a_stretch_in_which_the_weight_grew_is_no_measure_of_how_long_it_lasted() -> None:
    """Three seconds of all requests at a new weight, of which only the end of the first stretch had any."""
    new = replace(KNOWN, new_for_s=8.0)
    grew, behind = stretch(100, requests=120), stretch(200, requests=500)
    assert not is_proven(grew, behind, situation=new)
    assert not is_proven(stretch(250, requests=300), situation=new)


def test_small_damage_is_left_to_the_blocks() -> None:
    assert gross(stretch(40), stretch(40)) is None


def test_bursts_of_the_hour_before_temper_it() -> None:
    few = (stretch(25, requests=100), stretch(25, requests=100))
    assert is_proven(*few)
    assert not is_proven(*few, situation=replace(KNOWN, bursts=(5.0,) * 3, tempered=(5.0,) * 3))


def test_a_larger_share_of_the_requests_needs_more_of_the_bad_ones() -> None:
    few = (stretch(22, requests=100), stretch(22, requests=100))
    assert is_proven(*few, situation=replace(KNOWN, weight=50))
    assert not is_proven(*few, situation=replace(KNOWN, weight=90))


@pytest.mark.parametrize("weight", [0, 100])
def test_where_one_version_has_all_requests_nothing_is_compared(weight: int) -> None:
    assert gross(stretch(250), stretch(250), situation=replace(KNOWN, weight=weight)) is None


def test_all_beginnings_of_a_day_together_cost_no_more_than_the_budget() -> None:
    prices = [
        1 / k1_needed(replace(KNOWN, passed_s=second + 1.0), stretch(1, span_s=1.0))
        for second in range(86_400)
    ]
    assert sum(prices) <= BUDGET * KNOWN.settings.alpha


def test_the_judge_rolls_back_for_it_at_once_and_says_what_it_saw() -> None:
    state = started(channels=Channels(judged=(ERRORS,)))
    state = take(state, Tick(at_s=5.0, span_s=5.0, weight=50, stable=Counts(), canary=Counts()))
    state = replace(
        state, course=replace(state.course, at_s=5.0, weight=50, grew_at_s=-300.0), began_at_s=-300.0
    )
    state = take(state, Tick(at_s=6.0, span_s=0.0, weight=50, stretches=row(stretch(60), stretch(250))))
    said = verdict(state, at_s=6.0)
    assert (said.action, said.why) == (Action.ROLL_BACK, Why.WORSE)
    assert said.gross is not None
    assert (said.gross.name, said.gross.canary) == ("errors", 0.5)


def test_a_look_without_stretches_shows_nothing_of_it() -> None:
    state = take(started(), Tick(at_s=5.0, span_s=5.0, weight=50, stable=Counts(), canary=Counts()))
    assert verdict(state, at_s=5.0).gross is None


def test_what_blocks_learn_while_the_damage_lasts_does_not_temper_it() -> None:
    state = take(started(), Tick(at_s=5.0, span_s=5.0, weight=50, stable=Counts(), canary=Counts()))
    suspicious = Tick(at_s=6.0, span_s=0.0, weight=50, stretches=row(stretch(250, stable=None)))
    state = take(state, suspicious)
    learned = replace(state, keys=replace(state.keys, tempered=(500.0,) * 3))
    after = take(learned, replace(suspicious, at_s=7.0))
    assert after.tempered_before == state.keys.tempered
    calm = take(after, Tick(at_s=8.0, span_s=0.0, weight=50))
    assert take(calm, replace(suspicious, at_s=9.0)).tempered_before == (500.0,) * 3


def test_odds_that_chance_does_not_make_count_for_the_canary() -> None:
    """Where it got thrice the requests that were asked for, it has thrice the bad ones of a shared cause."""
    thrice = replace(stretch(120, stable=40), odds=3.0)
    assert not is_proven(replace(stretch(25), odds=3.0), replace(stretch(60), odds=3.0))
    assert not is_proven(thrice, thrice)


def test_a_strangers_counts_give_no_infinity() -> None:
    odd = Stretch(
        span_s=1e18, canary=Counts(requests=5e-324, errors_5xx=1e18), stable=Counts(requests=5e-324)
    )
    found = read_gross((odd, replace(odd, odds=1e-300), odd), KNOWN, bounds_ms=())
    assert found is not None
    figures = (found.k1, found.k2, found.k1_needed, found.stable, found.canary, found.lasted_s)
    assert all(map(math.isfinite, figures))


def test_samples_at_one_time_are_no_stretch() -> None:
    assert read_gross((stretch(250, span_s=0.0),) * 3, KNOWN, bounds_ms=()) is None
