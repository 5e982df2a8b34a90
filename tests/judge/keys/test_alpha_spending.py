from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.judge.keys.alpha_spending import Starts, next_start


@given(st.lists(st.integers(0, 100), max_size=60), st.integers(0, 40), st.integers(0, 6))
def test_never_more_than_the_whole_is_laid_out(weights: list[int], planned: int, stages: int) -> None:
    starts, total = Starts(planned_blocks=planned, stages=stages), 0.0
    for weight in weights:
        starts = next_start(starts, weight=weight)
        assert starts.fresh >= 0
        total += starts.fresh
    assert starts.spent == pytest.approx(total)
    assert starts.spent <= 1 + 1e-9


def test_a_release_as_planned_lays_out_all() -> None:
    starts, fresh = Starts(planned_blocks=8, stages=3), []
    for weight in (5, 5, 5, 25, 25, 50, 50, 50):
        starts = next_start(starts, weight=weight)
        fresh.append(starts.fresh - 0.25 / 8)
    assert fresh == pytest.approx([0.5, 0, 0, 0.125, 0, 0.125, 0, 0])
    assert starts.spent == pytest.approx(1.0)


def test_a_weight_that_was_left_and_reached_again_starts_nothing() -> None:
    starts = Starts(planned_blocks=0, stages=3)
    for weight in (5, 25, 5, 25):
        starts = next_start(starts, weight=weight)
    assert (starts.fresh, starts.spent) == (0.0, 0.625)


def test_unplanned_blocks_bring_nothing() -> None:
    starts = Starts(planned_blocks=1, stages=1)
    for _ in range(3):
        starts = next_start(starts, weight=5)
    assert (starts.fresh, starts.spent) == (0.0, 0.75)
