from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.chance import binomial_tail, chance_of_split


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 9))
def test_the_tail_is_the_exact_sum(trials: int, hits: int, tenths: int) -> None:
    share = Fraction(tenths, 10)
    exact = sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(hits, trials + 1))
    expected = 1.0 if hits <= trials * share else float(exact)
    assert binomial_tail(hits, trials=trials, share=float(share)) == pytest.approx(
        expected, rel=1e-9, abs=1e-300
    )


def test_a_version_without_requests_proves_nothing() -> None:
    assert chance_of_split(stable_bad=5, stable=100, canary_bad=0, canary=0) == 1.0
    assert chance_of_split(stable_bad=0, stable=0, canary_bad=5, canary=100) == 1.0


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 100), st.integers(0, 100))
def test_more_bad_requests_of_the_canary_are_never_more_likely(
    stable: int, canary: int, stable_bad: int, canary_bad: int
) -> None:
    def chance(bad: int) -> float:
        return chance_of_split(stable_bad=stable_bad, stable=stable, canary_bad=bad, canary=canary)

    assert 0.0 <= chance(canary_bad + 1) <= chance(canary_bad) * (1 + 1e-9) <= 1.0 + 1e-9


def test_millions_of_requests_cost_no_more_than_their_tail() -> None:
    assert binomial_tail(51_000, trials=1_000_000, share=0.05) == pytest.approx(2.3e-6, rel=0.1)
