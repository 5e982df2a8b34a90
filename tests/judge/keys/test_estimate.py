from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.channels import Split
from console.judge.keys.estimate import Estimate, Uplift, add_to_estimate, uplift_of
from tests.judge.keys.cases import drawn, split


def shown(*splits: Split, burst: float = 1.0) -> Uplift:
    uplift = uplift_of(reduce(add_to_estimate, splits, Estimate()), burst=burst)
    assert uplift is not None
    return uplift


def test_one_block_shows_its_own_rates() -> None:
    uplift = shown(split((10, 1000), (15, 500)))
    assert (uplift.stable, uplift.canary, uplift.uplift) == pytest.approx((0.01, 0.03, 0.02))
    assert (uplift.requests, uplift.extra) == pytest.approx((500, 10))


def test_blocks_of_different_weights_make_no_difference_where_there_is_none() -> None:
    """Simpson's paradox: pooled, the canary's 1.9% would stand beside stable's 0.6%."""
    calm, wild = split((8, 8000), (0.2, 200)), split((80, 4000), (80, 4000))
    assert shown(calm, calm, calm, wild).uplift == pytest.approx(0.0)


def test_the_interval_holds_the_truth_all_along() -> None:
    """No block of any of these releases ever misses it: at most 5% of releases may."""
    missed = 0
    for seed in range(20):
        estimate = Estimate()
        for each in drawn(seed, worse=3.0):
            estimate = add_to_estimate(estimate, each.judged[1])
            uplift = uplift_of(estimate, burst=1.0)
            if uplift is not None and not uplift.low <= 0.2 <= uplift.high:
                missed += 1
                break
    assert missed <= 1


def test_bursts_widen_the_interval() -> None:
    splits = [split((10, 1000), (15, 500))] * 20
    calm, bursty = shown(*splits), shown(*splits, burst=4.0)
    assert bursty.low < calm.low < calm.uplift < calm.high < bursty.high


def test_few_bad_blocks_are_not_enough_for_an_interval() -> None:
    bad, good = split((1, 100), (1, 100)), split((1, 100), (0, 100))
    assert not shown(*[bad] * 9, *[good] * 50).enough
    assert shown(*[bad] * 10).enough


def test_without_a_comparison_there_is_no_estimate() -> None:
    alone = add_to_estimate(Estimate(), split((5, 100), (0, 0)))
    assert uplift_of(alone, burst=1.0) is None


@given(
    st.lists(
        st.tuples(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1)), min_size=1
    )
)
def test_rates_and_bounds_stay_where_rates_can_be(counts: list[tuple[int, int, float, float]]) -> None:
    uplift = shown(*[split((n1 * p1, n1), (n2 * p2, n2)) for n1, n2, p1, p2 in counts])
    assert -1e-9 <= uplift.stable <= 1 + 1e-9
    assert -1e-9 <= uplift.canary <= 1 + 1e-9
    assert -uplift.stable <= uplift.low <= uplift.high + 1e-9 <= 1 + 2e-9


def test_events_may_come_more_than_once_a_request() -> None:
    found = shown(*[Split(stable=1000.0, stable_bad=2000.0, canary=1000.0, canary_bad=4000.0)] * 20)
    assert (found.stable, found.canary) == (2.0, 4.0)
    assert found.low < found.uplift < found.high < 3.0
