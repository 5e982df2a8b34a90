from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.gauges import Gauge, add_minute, lower_bound, needs_more


def minutes(*factors: float) -> Gauge:
    gauge = Gauge()
    for factor in factors:
        gauge = add_minute(gauge, stable=2.0, canary=2.0 * factor)
    return gauge


def test_a_canary_that_needs_twice_as_much_is_found_within_minutes() -> None:
    assert needs_more(minutes(*[2.0] * 10), alpha=0.01)


def test_a_canary_that_needs_a_quarter_more_is_tolerated_for_ever() -> None:
    assert not needs_more(minutes(*[1.25] * 1000), alpha=0.01)


def test_too_few_minutes_say_nothing() -> None:
    assert lower_bound(minutes(*[9.0] * 4), alpha=0.01) is None


def test_alike_versions_are_hardly_ever_told_apart() -> None:
    """Neighbouring minutes are alike: an AR(1) of 0.6, sd 0.1, looked at every minute for an hour."""
    alarms = 0
    for seed in range(100):
        chance, level, gauge = random.Random(seed), 0.0, Gauge()
        for _ in range(60):
            level = 0.6 * level + chance.gauss(0, 0.08)
            gauge = add_minute(gauge, stable=1.0, canary=math.exp(level))
            alarms += needs_more(gauge, alpha=0.01)
    assert alarms == 0


def test_minutes_that_follow_each_other_widen_the_bound() -> None:
    together, apart = minutes(*[1.5] * 10, *[2.5] * 10), minutes(*[1.5, 2.5] * 10)
    wide, narrow = lower_bound(together, alpha=0.01), lower_bound(apart, alpha=0.01)
    assert wide is not None
    assert narrow is not None
    assert wide < narrow


@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=20))
def test_nothing_but_positive_numbers_counts(values: list[tuple[float, float]]) -> None:
    gauge = Gauge()
    for stable, canary in values:
        gauge = add_minute(gauge, stable=stable, canary=canary)
    low = lower_bound(gauge, alpha=0.01)
    assert low is None or math.isfinite(low)
