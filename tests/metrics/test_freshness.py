from __future__ import annotations

from console.metrics.freshness import Freshness


def moved(pulse: Freshness, *steps_s: float) -> Freshness:
    for step_s in steps_s:
        pulse = pulse.beat(newest_s=pulse.newest_s + step_s, clock_s=pulse.moved_at_s + step_s, interval_s=5)
    return pulse


START = Freshness(newest_s=1000.0, moved_at_s=50.0)


def test_three_of_the_longest_recent_steps_are_too_long() -> None:
    assert moved(START, 2, 13, 2, 13).limit_s(interval_s=5) == 39


def test_how_often_samples_come_is_known_after_three_steps_and_is_the_longest_of_them() -> None:
    assert moved(START, 2, 13).every_s is None
    assert moved(START, 2, 13, 2).every_s == 13


def test_a_tick_that_is_longer_than_the_steps_sets_the_limit() -> None:
    assert moved(START, 1, 1).limit_s(interval_s=5) == 15


def test_a_step_out_of_a_standstill_says_nothing_about_the_scrape_interval() -> None:
    assert moved(START, 15, 200).limit_s(interval_s=5) == 45


def test_before_the_first_step_the_limit_is_generous() -> None:
    assert START.limit_s(interval_s=5) == 60


def test_age_is_by_the_clock_of_prometheus() -> None:
    assert START.age_s(asked_at_s=1017.0, clock_s=51.0) == 17


def test_an_answer_that_is_repeated_ages_by_our_clock() -> None:
    same = START.beat(newest_s=1000.0, clock_s=75.0, interval_s=5)
    assert same.age_s(asked_at_s=1001.0, clock_s=75.0) == 25


def test_a_clock_that_is_set_back_is_a_movement_and_no_step() -> None:
    back = START.beat(newest_s=900.0, clock_s=60.0, interval_s=5, set_back=True)
    assert (back.newest_s, back.moved_at_s, back.steps_s) == (900.0, 60.0, ())


def test_an_older_sample_is_a_replicas_that_is_behind_until_nothing_newer_comes_for_long() -> None:
    assert START.beat(newest_s=985.0, clock_s=51.0, interval_s=5) == START
    late = START.moved_at_s + START.limit_s(interval_s=5) + 1
    assert START.beat(newest_s=985.0, clock_s=late, interval_s=5).newest_s == 985.0
