"""How much slower the canary's P99 is, read off the shares that are slower than a few edges."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.channels import Channel, Kind
from console.judge.keys.estimate import Estimate, add_to_estimate
from console.judge.keys.latency import p99_times
from tests.judge.keys.cases import ERRORS, split

ISTIO_MS = (50.0, 100.0, 250.0, 500.0, 1000.0)
SIGMA = math.log(5) / NormalDist().inv_cdf(0.99)
"""Of a latency with a P50 of 60 ms and a P99 of 300 ms."""


def slower(edge_ms: float, *, times: float = 1.0) -> float:
    return 1 - NormalDist().cdf(math.log(edge_ms / (60 * times)) / SIGMA)


def edges(*bounds_ms: float) -> tuple[Channel, ...]:
    return (ERRORS, *(Channel(name="slow", kind=Kind.SLOW, edge_ms=edge) for edge in bounds_ms))


def compared(bounds_ms: tuple[float, ...], *, times: float, requests: float = 1e6) -> tuple[Estimate, ...]:
    """Two blocks of different weights, the errors' first."""
    estimates = [Estimate()] * (1 + len(bounds_ms))
    for stable, canary in ((0.9 * requests, 0.1 * requests), (0.5 * requests, 0.5 * requests)):
        shares = [(0.002, 0.002), *((slower(edge), slower(edge, times=times)) for edge in bounds_ms)]
        splits = [split((usual * stable, stable), (now * canary, canary)) for usual, now in shares]
        estimates = list(map(add_to_estimate, estimates, splits))
    return tuple(estimates)


@pytest.mark.parametrize("times", [0.8, 1.0, 1.2, 1.5])
def test_it_is_by_how_much_the_latency_grew(times: float) -> None:
    found = p99_times(edges(*ISTIO_MS), compared(ISTIO_MS, times=times))
    assert found == pytest.approx(times, rel=0.05)


@pytest.mark.parametrize("bounds_ms", [(50.0, 100.0), (500.0, 1000.0), (100.0,), ()])
def test_beyond_the_counted_edges_nothing_is_said(bounds_ms: tuple[float, ...]) -> None:
    assert p99_times(edges(*bounds_ms), compared(bounds_ms, times=1.2)) is None


def test_before_anything_was_compared_nothing_is_said() -> None:
    assert p99_times(edges(*ISTIO_MS), (Estimate(),) * 6) is None


def test_an_edge_that_nothing_exceeds_is_no_wall() -> None:
    ten, none = split((10, 100), (10, 100)), split((0, 100), (0, 100))
    estimates = tuple(add_to_estimate(Estimate(), each) for each in (none, ten, none))
    assert p99_times(edges(100.0, 250.0), estimates) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=5, max_size=5))
def test_whatever_was_counted_it_is_a_positive_number_or_nothing(slow: list[tuple[int, int]]) -> None:
    """Shares that grow with the edge are no latency, but may be sent."""
    splits = [split((0, 100), (0, 100)), *(split((one, 100), (other, 100)) for one, other in slow)]
    found = p99_times(edges(*ISTIO_MS), tuple(add_to_estimate(Estimate(), each) for each in splits))
    assert found is None or 0.001 < found < 1000
