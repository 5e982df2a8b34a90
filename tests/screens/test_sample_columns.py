from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.evidence import Counts, Look, Sample
from screens.sample_columns import Quantity, SampleColumns, Side, bridged

BOUNDS = (100.0, 200.0)


def sample(requests: float = 100.0, errors: float = 0.0, slow: float = 0.0) -> Sample:
    counts = Counts(requests=requests, errors_5xx=errors, latency=(requests - slow, slow, 0.0))
    return Sample(span_s=1.0, bounds_ms=BOUNDS, stable=Look(counts=counts), canary=Look(counts=counts))


def traced(*samples: Sample, most_ticks: int = 1000) -> SampleColumns:
    columns = SampleColumns(most_ticks=most_ticks)
    for second, one in enumerate(samples, 1):
        columns.add(float(second), one, keep_s=15.0)
    return columns


def rates(samples: SampleColumns, *, end_at: float, bucket_s: float, count: int) -> list[float | None]:
    return samples.buckets(Side.CANARY, Quantity.ERROR_RATE, end_at=end_at, bucket_s=bucket_s, count=count)


def test_each_tick_falls_into_the_bucket_of_its_time() -> None:
    samples = traced(sample(errors=1), sample(errors=2), sample(errors=3))
    assert rates(samples, end_at=4.0, bucket_s=1.0, count=4) == [None, 0.01, 0.02, 0.03]


def test_a_bucket_of_many_ticks_has_the_rate_of_their_sum() -> None:
    samples = traced(sample(100, 10), sample(300, 2))
    assert rates(samples, end_at=10.0, bucket_s=10.0, count=1) == [pytest.approx(12 / 400)]


def test_buckets_keep_their_shape_while_they_move() -> None:
    samples = traced(*(sample(errors=n % 7) for n in range(40)))
    before = rates(samples, end_at=40.0, bucket_s=2.0, count=10)
    after = rates(samples, end_at=42.0, bucket_s=2.0, count=10)
    assert before[1:] == after[:-1]


def test_a_blind_tick_is_a_hole_and_not_a_zero() -> None:
    samples = traced(sample(), Sample(span_s=1.0), sample())
    assert rates(samples, end_at=4.0, bucket_s=1.0, count=4) == [None, 0.0, None, 0.0]


def test_no_requests_are_no_rate() -> None:
    samples = traced(sample(0.0))
    assert rates(samples, end_at=2.0, bucket_s=1.0, count=2) == [None, None]
    assert samples.buckets(Side.STABLE, Quantity.RPS, end_at=2.0, bucket_s=1.0, count=2) == [None, 0.0]


def test_the_worst_p99_of_a_bucket_is_shown() -> None:
    samples = traced(sample(), sample(slow=50), sample())
    (value,) = samples.buckets(Side.CANARY, Quantity.P99, end_at=10.0, bucket_s=10.0, count=1)
    assert value == pytest.approx(198.0)


def test_figures_say_what_was_seen_lately() -> None:
    samples = traced(*[sample(errors=100)] * 5, *[sample(errors=5)] * 15)
    figures = samples.figures(over_s=15.0)[Side.CANARY]
    assert figures.error_rate == pytest.approx(0.05)
    assert figures.rps == pytest.approx(100.0)
    assert figures.share == pytest.approx(0.5)


def test_figures_of_a_version_that_is_not_seen_are_unknown() -> None:
    samples = traced(sample(), Sample(span_s=1.0))
    assert samples.figures(over_s=15.0)[Side.CANARY].rps is None


@given(ticks=st.integers(min_value=1, max_value=400), most=st.integers(min_value=8, max_value=64))
def test_merging_bounds_the_columns_and_loses_no_request(ticks: int, most: int) -> None:
    samples = traced(*[sample(errors=1)] * ticks, most_ticks=most)
    assert len(samples) <= most
    whole = samples.buckets(Side.STABLE, Quantity.RPS, end_at=ticks + 1.0, bucket_s=ticks + 1.0, count=1)
    assert whole == [pytest.approx(100.0)]
    assert rates(samples, end_at=ticks + 1.0, bucket_s=ticks + 1.0, count=1) == [pytest.approx(0.01)]


def test_short_gaps_are_bridged_and_long_ones_stay() -> None:
    values = [1.0, None, 3.0, None, None, None, 3.0]
    assert bridged(values, most=1) == [1.0, 2.0, 3.0, None, None, None, 3.0]
