from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.metrics.counters import Process, Series
from console.metrics.histogram import bound_in_ms, by_bucket, common_bounds, is_bound

A, B = Process("a:1", "a"), Process("b:1", "b")


def below(process: Process, **counts: float) -> dict[Series, float]:
    return {
        Series(process, "checkout-v1", le.removeprefix("le").replace("Inf", "+Inf")): count
        for le, count in counts.items()
    }


def test_bounds_are_ascending_without_infinity() -> None:
    assert common_bounds(below(A, le100=1, le5=1, leInf=1)) == (5.0, 100.0)


def test_only_a_number_above_zero_is_a_bound() -> None:
    assert [
        text for text in ("10", "2.5", "+Inf", "0", "-1", "NaN", "", "\u2028", "x") if is_bound(text)
    ] == [
        "10",
        "2.5",
        "+Inf",
    ]


def test_only_bounds_that_all_pods_share_are_kept() -> None:
    both = {**below(A, le5=1, le10=1, le100=1, leInf=1), **below(B, le5=1, le25=1, le100=1, leInf=1)}
    assert common_bounds(both) == (5.0, 100.0)


def test_no_series_have_no_bounds() -> None:
    assert common_bounds({}) == ()
    assert by_bucket({}, "checkout-v1", bounds_ms=()) == ()


def test_cumulative_counts_become_counts_by_bucket() -> None:
    counts = below(A, le5=3, le10=7, leInf=9)
    assert by_bucket(counts, "checkout-v1", bounds_ms=(5.0, 10.0)) == (3, 4, 2)


def test_pods_with_other_bounds_add_up_at_the_common_ones() -> None:
    counts = {**below(A, le5=3, le10=7, le100=8, leInf=9), **below(B, le5=1, le25=2, le100=2, leInf=4)}
    assert by_bucket(counts, "checkout-v1", bounds_ms=(5.0, 100.0)) == (4, 6, 3)


def test_another_workload_is_not_counted() -> None:
    assert by_bucket(below(A, le5=3, leInf=3), "checkout-v2", bounds_ms=(5.0,)) == (0, 0)


@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=3))
def test_no_bucket_is_ever_negative(counts: list[float]) -> None:
    five, ten, inf = counts
    buckets = by_bucket(below(A, le5=five, le10=ten, leInf=inf), "checkout-v1", bounds_ms=(5.0, 10.0))
    assert min(buckets) >= 0


@pytest.mark.parametrize(
    ("le", "unit_ms", "bound"),
    [
        ("0.5", 1, "0.5"),
        ("5.0", 1, "5.0"),
        ("+Inf", 1, "+Inf"),
        ("0.025", 1000, "25"),
        ("1.001", 1000, "1001"),
        ("+Inf", 1000, "inf"),
        ("0", 1000, None),
        ("", 1000, None),
    ],
)
def test_a_bound_is_in_milliseconds(le: str, unit_ms: float, bound: str | None) -> None:
    assert bound_in_ms({"le": le}, unit_ms=unit_ms) == bound
