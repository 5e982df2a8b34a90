"""The simulated shops: who sells as before is left alone, and who sells half is not."""

from __future__ import annotations

from tests.bench_judge.events import Release, Shop


def test_a_canary_that_sells_as_much_is_left_alone() -> None:
    assert Release(Shop(name="mild"), seed=1).rolled_back_after_s() is None


def test_a_canary_that_sells_half_is_rolled_back_within_two_minutes() -> None:
    after_s = Release(Shop(name="half", canary_sells=0.5), seed=1).rolled_back_after_s()
    assert after_s is not None
    assert after_s <= 120
