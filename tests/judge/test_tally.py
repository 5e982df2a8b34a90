from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from console.evidence import Counts, Look, Sample
from console.judge.tally import add_sample, quantile_ms, ratio, tally_of
from tests.releases import BOUNDS_MS, counts, sample

BUCKETS = st.lists(st.integers(0, 1000), min_size=len(BOUNDS_MS) + 1, max_size=len(BOUNDS_MS) + 1)


def test_a_ratio_of_nothing_is_unknown() -> None:
    assert ratio(0, 0) is None
    assert ratio(1e18, 5e-324) is None
    assert ratio(1, 4) == 0.25


def test_a_quantile_of_nothing_is_unknown() -> None:
    assert quantile_ms(Counts(), BOUNDS_MS, 0.99) is None


def test_a_quantile_lies_linearly_within_its_bucket() -> None:
    assert quantile_ms(counts(100), BOUNDS_MS, 0.5) == 17.5


def test_a_quantile_beyond_the_last_bound_is_that_bound() -> None:
    slow = Counts(requests=1, latency=(0.0,) * len(BOUNDS_MS) + (1.0,))
    assert quantile_ms(slow, BOUNDS_MS, 0.5) == BOUNDS_MS[-1]


def test_new_buckets_begin_a_new_histogram_but_keep_the_requests() -> None:
    before, after = sample(), Sample(span_s=1.0, bounds_ms=(5.0,), canary=Look(counts=one_bucket()))
    tally = tally_of([before, after])
    assert tally.canary is not None
    assert (tally.canary.requests, tally.canary.latency) == (110.0, (4.0, 6.0))


def one_bucket() -> Counts:
    return Counts(requests=10, latency=(4.0, 6.0))


@given(BUCKETS, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_quantiles_never_fall_as_the_share_rises(buckets: list[int], one: float, other: float) -> None:
    taken = Counts(requests=sum(buckets), latency=tuple(float(count) for count in buckets))
    low, high = (quantile_ms(taken, BOUNDS_MS, q) for q in sorted((one, other)))
    assert (low is None) == (sum(buckets) == 0)
    assert low is None or high is None or (low <= high and math.isfinite(high))


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 50)), max_size=20))
def test_adding_tick_by_tick_is_adding_at_once(ticks: list[tuple[int, int]]) -> None:
    samples = [sample(canary=counts(requests, errors=errors)) for requests, errors in ticks]
    whole = tally_of(samples)
    step = tally_of(samples[:-1])
    assert not samples or add_sample(step, samples[-1]) == whole
