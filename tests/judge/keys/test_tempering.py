"""What is known before a block is split says by how much its evidence is tempered."""

from __future__ import annotations

import math
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.channels import Share
from console.judge.keys.noise import Noise
from console.judge.keys.nonstationary import Restless, add_stretch
from console.judge.keys.overdispersion import Scatter, add_to_scatter
from console.judge.keys.tempering import burst_now, tempering
from tests.judge.keys.cases import split

counts = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))
CALM = Noise(burst=1.0)


def moved(*shares: float) -> Restless:
    stretches = (Share(total=10_000, bad=10_000 * share) for share in shares)
    return reduce(add_stretch, stretches, Restless())


def test_without_surprises_it_is_the_burst_factor_of_the_hour_before() -> None:
    calm = split((20, 1000), (20, 1000))
    scatter = reduce(add_to_scatter, [calm] * 50, Scatter())
    found = tempering(
        noise=Noise(burst=1.4), restless=moved(*[0.02] * 50), scatter=scatter, split=calm, span_s=15
    )
    assert found == 1.4


def test_bursts_that_only_the_release_shows_are_believed() -> None:
    bursty = moved(*[0.01, 0.03] * 30)
    assert burst_now(CALM, bursty, span_s=15) == bursty.low
    assert 20 < bursty.low < bursty.ratio


def test_what_the_whole_service_is_used_to_go_through_is_no_burst() -> None:
    """The hour before moved more, but over minutes: a block of a quarter of one explains a quarter of it."""
    restless = moved(*[0.015, 0.021] * 30)
    used_to = Noise(burst=1.0, restless=1.0 + 4 * restless.ratio)
    assert burst_now(used_to, restless, span_s=15) == 1.0
    assert burst_now(CALM, restless, span_s=15) > 5


def test_a_block_longer_than_a_minute_explains_no_more_than_the_hour_before() -> None:
    restless = moved(*[0.015, 0.021] * 30)
    used_to = Noise(burst=1.0, restless=5.0)
    assert burst_now(used_to, restless, span_s=600) == burst_now(used_to, restless, span_s=60)


@given(st.lists(st.tuples(counts, counts), max_size=12), st.floats(1.0, 9.0), st.floats(1.0, 100.0))
def test_nothing_is_ever_tempered_by_less_than_stables_own_bursts(
    blocks: list[tuple[tuple[int, int], tuple[int, int]]], burst: float, restless: float
) -> None:
    splits = [split(stable, canary) for stable, canary in blocks]
    past = reduce(add_stretch, (Share(total=s.stable, bad=s.stable_bad) for s in splits), Restless())
    found = tempering(
        noise=Noise(burst=burst, restless=restless),
        restless=past,
        scatter=reduce(add_to_scatter, splits, Scatter()),
        split=split((3, 500), (2, 100)),
        span_s=15.0,
    )
    assert burst <= found < math.inf
