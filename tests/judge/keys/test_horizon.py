from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.gate import gate, horizon, shown_uplift
from console.judge.keys.horizon import CONFIRMED_BLOCKS, horizon_s, smallest_weight
from console.judge.keys.judge import observe
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import Tolerated, tolerated_errors
from tests.judge.keys.cases import block, split, started


def hidden_s(rps: float, weight: float, uplift: float, *, burst: float = 1.0) -> float | None:
    return horizon_s(
        rps=rps, weight=weight, usual=0.002, uplift=uplift, alpha=0.01, share=0.5, burst=burst, block_s=0.0
    )


@pytest.mark.parametrize(
    ("rps", "weight", "uplift", "minutes"),
    [
        (5, 0.01, 0.01, 3.8 * 60),
        (5, 0.10, 0.01, 27),
        (50, 0.01, 0.005, 68),
        (50, 0.5, 0.01, 77 / 60),
        (500, 0.01, 0.005, 7),
        (5000, 0.01, 0.005, 41 / 60),
    ],
)
def test_it_is_as_published(rps: float, weight: float, uplift: float, minutes: float) -> None:
    assert hidden_s(rps, weight, uplift) == pytest.approx(60 * minutes, rel=0.04)


def test_bursts_prolong_it_and_two_blocks_or_three_are_added() -> None:
    calm = hidden_s(50, 0.1, 0.01)
    assert calm is not None
    assert hidden_s(50, 0.1, 0.01, burst=3.0) == pytest.approx(3 * calm)
    whole = horizon_s(
        rps=50, weight=0.1, usual=0.002, uplift=0.01, alpha=0.01, share=0.5, burst=1.0, block_s=15.0
    )
    assert whole == pytest.approx(calm + 15 * CONFIRMED_BLOCKS)


@given(st.floats(0, 1e5), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_it_is_a_time_or_never(rps: float, weight: float, usual: float, uplift: float) -> None:
    time_s = horizon_s(
        rps=rps, weight=weight, usual=usual, uplift=uplift, alpha=0.01, share=0.5, burst=1.0, block_s=15.0
    )
    assert time_s is None or time_s > 0


@pytest.mark.parametrize(
    ("rps", "weight", "simulated_s"), [(50, 0.25, 210), (500, 0.25, 60), (500, 0.01, 105)]
)
def test_where_stable_has_no_errors_the_second_key_is_waited_for(
    rps: float, weight: float, simulated_s: float
) -> None:
    """The medians are of the benchmark's D5."""
    time_s = flawless_s(rps, weight, 0.01)
    assert time_s is not None
    assert abs(time_s - simulated_s) <= 0.2 * simulated_s + 45


def test_what_is_tolerated_is_never_shown() -> None:
    assert flawless_s(5000, 0.5, 0.0009) is None
    assert flawless_s(5000, 0.5, 0.003) is not None


def test_what_stable_s_pods_excuse_is_never_shown_either() -> None:
    def one_point_s(tolerated: float) -> float | None:
        return horizon_s(
            rps=500,
            weight=0.5,
            usual=0.002,
            uplift=0.01,
            alpha=0.01,
            share=0.5,
            burst=1.0,
            block_s=15.0,
            tolerated=Tolerated(ratio=tolerated, asked=tolerated),
        )

    simply, widened = one_point_s(1.25), one_point_s(4.5)
    assert simply is not None
    assert widened is not None
    assert widened > 2 * simply
    assert one_point_s(6.5) is None


def test_where_much_goes_wrong_anyway_a_stage_must_show_twice_what_is_tolerated_of_it() -> None:
    assert shown_uplift(Settings(), usual=0.002) == 0.01
    assert shown_uplift(Settings(), usual=0.1) == 0.05
    assert shown_uplift(Settings(delta=0.02), usual=0.002) == 0.04


def flawless_s(rps: float, weight: float, uplift: float) -> float | None:
    return horizon_s(
        rps=rps,
        weight=weight,
        usual=1e-6,
        uplift=uplift,
        alpha=0.01,
        share=0.5,
        burst=1.0,
        block_s=15.0,
        tolerated=tolerated_errors(Settings(), usual=1e-6),
    )


def test_a_first_weight_shows_five_points_within_half_its_stage() -> None:
    def smallest(rps: float) -> int | None:
        return smallest_weight(
            stage_s=600, rps=rps, usual=0.002, alpha=0.01, share=0.5, burst=1.0, block_s=15.0
        )

    assert smallest(500) == 1
    assert smallest(0.001) is None
    weight = smallest(5)
    assert weight is not None
    for percent, enough in ((weight, True), (weight - 1, False)):
        time_s = horizon_s(
            rps=5,
            weight=percent / 100,
            usual=0.002,
            uplift=0.05,
            alpha=0.01,
            share=0.5,
            burst=1.0,
            block_s=15.0,
        )
        assert time_s is not None
        assert (time_s <= 300) is enough


def test_the_gate_opens_when_one_point_more_errors_would_have_shown() -> None:
    blocks = [block(at, *[split((3, 1400), (0, 100))] * 3, weight=7) for at in range(1, 20)]
    state = reduce(observe, blocks, started())
    shut = gate(state, at_s=285.0, stage_s=60.0)
    assert shut.needed_s is not None
    assert not shut.open
    assert shut.wait_s(stage_s=60.0) == shut.needed_s - 60.0
    assert gate(state, at_s=285.0, stage_s=shut.needed_s).open


def test_the_gate_is_shut_while_the_judge_is_blind() -> None:
    state = observe(started(), block(1, *[split((3, 1400), (3, 1400))] * 3))
    assert gate(state, at_s=15.0, stage_s=1e6).open
    blind = gate(state, at_s=90.0, stage_s=1e6)
    assert (blind.open, blind.blind) == (False, True)


def test_without_traffic_the_gate_never_opens() -> None:
    shut = gate(started(), at_s=0.0, stage_s=1e9)
    assert (shut.open, shut.needed_s, shut.wait_s(stage_s=0.0)) == (False, None, None)


def test_another_weight_has_another_horizon() -> None:
    state = observe(started(), block(1, *[split((3, 1400), (0, 100))] * 3, weight=7))
    here, there = horizon(state, uplift=0.01), horizon(state, uplift=0.01, weight=50)
    assert here is not None
    assert there is not None
    assert there < here
