from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.brent import Point, find_root
from console.judge.mann_whitney import mean_ranks, shift

values = st.lists(st.floats(-1000, 1000), min_size=2, max_size=12, unique=True)


def test_the_roots_of_smooth_functions_are_found() -> None:
    for function, low, high, root in (
        (math.cos, 0.0, 3.0, math.pi / 2),
        (lambda x: x**3 - 2, 0.0, 5.0, 2 ** (1 / 3)),
        (lambda x: math.exp(x) - 1, -9.0, 1.0, 0.0),
    ):
        found = find_root(function, low=Point(low, function(low)), high=Point(high, function(high)))
        assert found == pytest.approx(root, abs=1e-4)


def test_an_end_that_is_the_root_is_taken() -> None:
    assert find_root(lambda x: x, low=Point(0.0, 0.0), high=Point(1.0, 1.0)) == 0.0
    assert find_root(lambda x: x, low=Point(-1.0, -1.0), high=Point(0.0, 0.0)) == 0.0


@given(st.floats(-99, 99))
def test_a_step_is_found_to_the_tolerance(step: float) -> None:
    def function(x: float) -> float:
        return 1.0 if x < step else -2.0

    assert find_root(function, low=Point(-100, 1.0), high=Point(100, -2.0)) == pytest.approx(step, abs=1e-4)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_equal_values_share_their_ranks(drawn: list[int]) -> None:
    from scipy.stats import rankdata  # noqa: PLC0415 - takes a second to import

    assert mean_ranks(drawn) == rankdata(drawn).tolist()


def test_samples_without_overlap_have_the_interval_that_r_gives() -> None:
    """R: wilcox.test(c(10,20,30,40), 1:4, conf.int=TRUE, exact=FALSE)."""
    moved = shift([10, 20, 30, 40], [1, 2, 3, 4], confidence=0.95)
    assert (moved.low, moved.high, moved.estimate) == pytest.approx((6.0, 39.0, 22.5))


@given(values, values)
def test_half_of_the_differences_lie_on_each_side_of_the_estimate(
    experiment: list[float], control: list[float]
) -> None:
    moved = shift(experiment, control, confidence=0.98)
    differences = [a - b for a, b in product(experiment, control)]
    half = len(differences) / 2 + 0.5
    assert sum(each < moved.estimate - 1e-3 for each in differences) <= half
    assert sum(each > moved.estimate + 1e-3 for each in differences) <= half
    assert moved.low - 1e-3 <= moved.estimate <= moved.high + 1e-3


def test_the_interval_ends_where_scipys_test_rejects() -> None:
    from scipy.stats import mannwhitneyu  # noqa: PLC0415 - as above

    experiment = [3.1, 4.4, 2.7, 5.9, 4.8, 3.6, 5.2, 4.1, 6.3, 3.9]
    control = [1.2, 2.9, 0.7, 3.3, 2.1, 1.8, 2.5, 3.0, 1.1, 2.2]
    moved = shift(experiment, control, confidence=0.98)

    def p_value(by: float) -> float:
        return float(mannwhitneyu([each - by for each in experiment], control, method="asymptotic").pvalue)

    for end, outwards in ((moved.low, -1), (moved.high, 1)):
        assert p_value(end + 2e-4 * outwards) < 0.02 < p_value(end - 2e-4 * outwards)
