"""The preflight says which stages wait longer than the plan says, and what would do."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from console.backtest.simulated import Service, simulated_history
from console.evidence import History
from console.judge.outlook import outlook_of
from console.judge.schedule import schedule_check
from console.judge.terms import terms_for
from console.plan.model import Judge, LowTraffic
from console.preflight import Check
from tests.releases import plan, stage


def hour(rps: float) -> History:
    return simulated_history(Service(rps=rps), chance=Random(1), minutes=60)


def told(rps: float, *weights: int, hold_s: float = 600.0, judge: Judge | None = None) -> Check:
    of = replace(plan(*(stage(weight, hold_s=hold_s) for weight in weights)), judge=judge or Judge())
    past = hour(rps)
    [check] = schedule_check(outlook_of(past, terms_for(of, past, scrape_s=15.0)), plan=of)
    return check


def test_a_plan_whose_stages_show_damage_in_time_is_well() -> None:
    assert told(500.0, 1, 5, 50, 100) == Check(
        name="schedule", ok=True, words="each stage shows +1pp within its hold"
    )


def test_a_stage_that_will_last_longer_is_told_with_three_ways_out() -> None:
    check = told(35.0, 1, 5, 50, 100)
    assert check.warning
    lasts, do, fastest = check.words.split("; ")
    assert lasts.startswith("1% lasts 30m30s and not 10m, until +1pp would show at")
    assert do == "what would do: 120 requests/s, or 4% instead of 1%, or low_traffic: proceed"
    assert fastest.startswith("the shortest holds that show it: 1% 30m30s, 5% 7m15s, 50%")


def test_what_is_proposed_does() -> None:
    assert not told(180.0, 1, 100).warning
    assert not told(35.0, 4, 100).warning
    assert not told(35.0, 1, 100, hold_s=2070.0).warning


def test_a_plan_that_goes_on_blind_is_told_so() -> None:
    check = told(35.0, 1, 100, judge=Judge(low_traffic=LowTraffic.PROCEED))
    assert check.words == "goes on blind from 1%, where +1pp would not have shown"


def test_a_weight_that_never_shows_it_waits_for_a_person_and_says_so() -> None:
    check = told(0.01, 1, 100)
    assert check.words.startswith("1% never shows +2.4pp at 0.0")
    assert "waits there for a person" in check.words


def test_a_plan_without_two_versions_to_compare_or_without_the_keys_is_told_nothing() -> None:
    past = hour(35.0)
    alone, unjudged = replace(plan(stage(100)), judge=Judge()), plan(stage(10))
    for of in (alone, unjudged):
        assert not schedule_check(outlook_of(past, terms_for(of, past, scrape_s=None)), plan=of)
