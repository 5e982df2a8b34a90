"""What jumps between the versions from block to block is measured; what stays is not."""

from __future__ import annotations

from functools import reduce

import pytest

from console.judge.keys.channels import Split
from console.judge.keys.nonstationary import MAX_JUMP
from console.judge.keys.overdispersion import Scatter, add_to_scatter, excess
from tests.judge.keys.cases import drawn, split

CALM = split((8, 4000), (8, 4000))


def scatter_of(*splits: Split) -> Scatter:
    return reduce(add_to_scatter, splits, Scatter())


@pytest.mark.parametrize("worse", [1.0, 1.5, 5.0])
def test_a_steady_difference_however_large_adds_nothing(worse: float) -> None:
    errors = [each.judged[0] for each in drawn(7, worse=worse)]
    assert excess(scatter_of(*errors), CALM, burst=1.3) == 0


def test_a_canary_that_is_better_and_worse_by_turns_adds_much() -> None:
    ahead, behind = split((80, 4000), (240, 4000)), split((240, 4000), (80, 4000))
    assert excess(scatter_of(*[ahead, behind] * 5), ahead, burst=1.0) > 10


def test_what_a_small_weight_showed_is_scaled_to_a_larger_one() -> None:
    """Ten times the requests show a difference ten times as clearly beyond chance."""
    small = scatter_of(*[split((80, 4000), (4, 100)), split((80, 4000), (16, 400))] * 3)
    restless = scatter_of(*[split((80, 4000), (24, 400)), split((80, 4000), (0, 400))] * 5)
    few, many = split((80, 4000), (8, 400)), split((800, 40_000), (80, 4000))
    assert excess(small, few, burst=1.0) < excess(restless, few, burst=1.0)
    ratio = excess(restless, many, burst=1.0) / excess(restless, few, burst=1.0)
    assert ratio == pytest.approx(10, rel=0.01)


def test_damage_that_begins_is_one_jump_and_no_habit() -> None:
    onset = scatter_of(*[CALM] * 100, split((8, 4000), (2000, 4000)))
    assert onset.jumps == pytest.approx(MAX_JUMP)
    assert excess(onset, CALM, burst=1.0) == 0


def test_only_sizes_and_sums_of_the_block_itself_are_used() -> None:
    """Else a power that grows with the canary's bad luck would make the bet unfair."""
    restless = scatter_of(*[split((80, 4000), (24, 400)), split((80, 4000), (0, 400))] * 5)
    one, other = split((88, 4000), (0, 400)), split((48, 4000), (40, 400))
    assert excess(restless, one, burst=1.0) == excess(restless, other, burst=1.0) > 0


def test_a_block_without_one_of_the_versions_is_passed_over() -> None:
    assert scatter_of(CALM, Split(), split((9, 100), (0, 0))) == scatter_of(CALM)
    assert excess(scatter_of(CALM, CALM), Split(), burst=1.0) == 0
