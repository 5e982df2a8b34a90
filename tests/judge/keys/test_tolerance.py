from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.channels import Channel, Kind, Share, usual_share
from console.judge.keys.noise import Noise
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import FINE_RATIO, Tolerated, fade, tolerances
from tests.judge.keys.cases import BELOW, ERRORS, ORDERS, SLOW


def found(
    *channels: Channel, usual: tuple[float, ...], spread_sq: float = 0.0, pods: tuple[int, int] = (4, 1)
) -> tuple[Tolerated, ...]:
    return tolerances(
        Settings(),
        channels=channels,
        past=[Share(total=1e9, bad=1e9 * share) for share in usual],
        noise=[Noise(burst=1.0, spread_sq=spread_sq)] * len(channels),
        stable_pods=pods[0],
        canary_pods=pods[1],
    )


def tolerated(
    *channels: Channel, usual: tuple[float, ...], spread_sq: float = 0.0, pods: tuple[int, int] = (4, 1)
) -> tuple[float, ...]:
    return tuple(each.ratio for each in found(*channels, usual=usual, spread_sq=spread_sq, pods=pods))


@pytest.mark.parametrize(("usual", "ratio"), [(0.1, 1.25), (0.004, 1.25), (0.002, 1.5), (0.0005, 3.0)])
def test_errors_may_grow_by_a_quarter_or_by_delta(usual: float, ratio: float) -> None:
    assert tolerated(ERRORS, usual=(usual,)) == pytest.approx((ratio,), rel=1e-4)


def test_an_edge_may_be_exceeded_as_often_as_a_latency_ten_percent_higher_would() -> None:
    """With a share that falls with the square of the latency, 10% more exceed an edge 21% more often."""
    ratios = tolerated(BELOW, SLOW, usual=(0.25, 0.25 / 2.5**2))
    assert ratios[1] == pytest.approx(1.10**2)


def test_the_lowest_bound_takes_the_slope_to_the_next_one() -> None:
    lowest, _ = tolerated(BELOW, SLOW, usual=(0.25, 0.25 / 2.5**2))
    assert lowest == pytest.approx(1.10**2)


def test_an_edge_that_is_hardly_ever_exceeded_may_be_by_delta() -> None:
    assert tolerated(BELOW, SLOW, usual=(0.0002, 0.0001))[1] == pytest.approx(11.0, rel=1e-3)


@given(st.floats(0, 0.5), st.floats(0, 1))
def test_whatever_stable_is_lent_the_same_share_is_tolerated(usual: float, spread_sq: float) -> None:
    (each,) = found(ERRORS, usual=(usual,), spread_sq=spread_sq)
    share = usual_share(Share(total=1e9, bad=1e9 * usual))
    assert (share + each.lent) * each.asked == pytest.approx(share * each.ratio)
    assert each.lent >= 0
    assert each.lent == 0 or each.asked <= each.ratio


def test_stable_is_lent_something_only_where_it_has_next_to_nothing() -> None:
    """At 10 of a million, 0.1 points more are hundred times as much: no count could tell that from more."""
    (some,), (hardly,) = found(ERRORS, usual=(0.0005,)), found(ERRORS, usual=(0.000_01,))
    assert (some.lent, some.asked) == (0.0, some.ratio)
    assert hardly.asked == pytest.approx(FINE_RATIO)
    assert hardly.lent == pytest.approx(0.00101 / 4 - 0.00001, rel=1e-3)


def test_pods_that_differ_widen_every_tolerance() -> None:
    widened = math.exp(5 * math.sqrt(math.log(1.04) * (1 / 4 + 1 / 2)))
    assert tolerated(ERRORS, usual=(0.1,), spread_sq=0.04, pods=(4, 2)) == pytest.approx((widened,))


def test_pods_that_are_not_known_count_as_one() -> None:
    one = tolerated(ERRORS, usual=(0.1,), spread_sq=0.04, pods=(1, 1))
    assert tolerated(ERRORS, usual=(0.1,), spread_sq=0.04, pods=(0, 0)) == one


def test_business_events_may_fall_by_a_tenth() -> None:
    assert tolerated(ORDERS, usual=(0.05,)) == pytest.approx((1.10,))


def test_an_edge_alone_has_the_slope_of_one() -> None:
    alone = Channel(name="slow", kind=Kind.SLOW, weight=1.0, edge_ms=100.0)
    assert tolerated(alone, usual=(0.2,)) == pytest.approx((1.10,))


def test_the_past_fades_by_half_in_a_half_life() -> None:
    faded = fade(Share(total=100, bad=10), fresh=Share(total=5, bad=1), span_s=600, half_life_s=600)
    assert faded == Share(total=55, bad=6)


def test_a_share_is_never_nothing() -> None:
    assert usual_share(Share()) == 0.5
    assert usual_share(Share(total=999, bad=0)) == pytest.approx(0.0005)
