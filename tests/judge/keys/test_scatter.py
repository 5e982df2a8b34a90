"""What jumps between the versions from block to block tempers their evidence; what stays does not."""

from __future__ import annotations

import math
import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.channels import Split
from console.judge.keys.scatter import MAX_JUMP, RESTLESS, Scatter, add_to_scatter, tempering
from tests.judge.keys.cases import drawn, split

counts = st.integers(0, 10**6)


def scatter_of(*splits: Split) -> Scatter:
    return reduce(add_to_scatter, splits, Scatter())


@pytest.mark.parametrize("worse", [1.0, 1.5, 5.0])
def test_a_steady_difference_however_large_is_no_scatter(worse: float) -> None:
    errors = [each.judged[0] for each in drawn(7, worse=worse)]
    assert tempering(scatter_of(*errors), burst=1.3) == 1.3


def test_a_canary_that_is_better_and_worse_by_turns_is_tempered() -> None:
    ahead, behind = split((80, 4000), (240, 4000)), split((240, 4000), (80, 4000))
    assert tempering(scatter_of(*[ahead, behind] * 5), burst=1.0) > 10


def test_damage_that_begins_is_one_jump_and_is_soon_let_go() -> None:
    calm, broken = split((8, 4000), (8, 4000)), split((8, 4000), (2000, 4000))
    onset = scatter_of(*[calm] * 100, broken)
    assert onset.jumps == pytest.approx(MAX_JUMP)
    assert tempering(onset, burst=1.0) == 1.0


def test_chance_alone_seldom_tempers() -> None:
    ratios = [scatter_of(*(each.judged[0] for each in drawn(seed))).ratio for seed in range(20)]
    assert max(ratios) < RESTLESS


def test_a_block_without_one_of_the_versions_is_passed_over() -> None:
    known = scatter_of(split((8, 4000), (8, 4000)))
    assert scatter_of(split((8, 4000), (8, 4000)), Split(), split((9, 100), (0, 0))) == known


@given(st.lists(st.tuples(counts, counts, counts, counts), max_size=12), st.floats(1.0, 9.0))
def test_nothing_is_ever_tempered_by_less_than_stables_own_bursts(
    blocks: list[tuple[int, int, int, int]], burst: float
) -> None:
    tempered = tempering(scatter_of(*(split((x1, n1), (x2, n2)) for x1, n1, x2, n2 in blocks)), burst=burst)
    assert burst <= tempered < math.inf


def test_one_request_of_each_version_is_chance() -> None:
    chance = random.Random(3)
    rare = [split((chance.random() < 0.1, 1), (chance.random() < 0.1, 1)) for _ in range(300)]
    assert tempering(scatter_of(*rare), burst=1.0) == 1.0
