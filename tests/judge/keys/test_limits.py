from __future__ import annotations

import math
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.channels import Share
from console.judge.keys.limits import limit_ratio, log_gains_beyond
from console.judge.keys.settings import Settings

GRID = Settings().grid


@pytest.mark.parametrize("limit", [0.01, 0.2, 0.5])
@pytest.mark.parametrize("burst", [1.0, 2.5])
@pytest.mark.parametrize("cap", [2.0, 1e9])
def test_no_bet_gains_on_average_within_the_limit(limit: float, burst: float, cap: float) -> None:
    """Exhaustive over up to 12 requests that are bad independently, at the limit and below."""
    for total in range(13):
        for share in (limit, limit / 2, 0.0):
            mean = [0.0] * len(GRID)
            for bad in range(total + 1):
                chance = comb(total, bad) * share**bad * (1 - share) ** (total - bad)
                gains = log_gains_beyond(
                    Share(total=total, bad=bad), limit=limit, grid=GRID, burst=burst, cap=cap
                )
                mean = [each + chance * math.exp(gain) for each, gain in zip(mean, gains, strict=True)]
            assert max(mean) <= 1 + 1e-12


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1e-6, 0.5))
def test_gains_are_always_numbers(total: float, bad: float, limit: float) -> None:
    gains = log_gains_beyond(Share(total=total, bad=bad), limit=limit, grid=GRID, burst=1.0, cap=50.0)
    assert all(math.isfinite(gain) and gain <= math.log(50.0) for gain in gains)


def test_the_limit_is_what_is_configured_or_twice_the_usual() -> None:
    assert limit_ratio(0.01, past=Share()) == 0.01
    assert limit_ratio(0.01, past=Share(total=1e6, bad=1e3)) == 0.01
    assert limit_ratio(0.01, past=Share(total=1e6, bad=2e4)) == pytest.approx(0.04, rel=1e-3)
    assert limit_ratio(0.01, past=Share(total=1e6, bad=9e5)) == 0.5
