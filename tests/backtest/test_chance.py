from __future__ import annotations

import statistics
from random import Random

import pytest

from console.backtest.chance import binomial


@pytest.mark.parametrize(("trials", "share"), [(5, 0.1), (40, 0.02), (40, 0.9), (1000, 0.005), (5000, 0.3)])
def test_draws_have_the_mean_and_the_spread_of_a_binomial(trials: int, share: float) -> None:
    chance = Random(3)
    drawn = [binomial(chance, trials, share) for _ in range(4000)]
    variance = trials * share * (1 - share)
    assert statistics.fmean(drawn) == pytest.approx(trials * share, abs=4 * (variance / 4000) ** 0.5)
    assert statistics.variance(drawn) == pytest.approx(variance, rel=0.12)
    assert all(0 <= each <= trials for each in drawn)


def test_certain_things_need_no_chance() -> None:
    chance = Random(3)
    assert [binomial(chance, 7, share) for share in (0.0, 1.0, 1.5)] == [0, 7, 7]
    assert binomial(chance, 0, 0.5) == 0
