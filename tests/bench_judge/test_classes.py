"""Each class of error takes its whole way, from labels to the keys, and is found when 5xx are."""

from __future__ import annotations

import pytest

from console.judge.keys.channels import budget_of
from tests.bench_judge.by_class import beside_5xx
from tests.bench_judge.classes import OTHERS, USUAL, Failure, damages, failing
from tests.bench_judge.worlds import RATES

SEED = 1
SIZE = 1
"""Releases a case: the same draw for each class, so that chance makes no difference."""


@pytest.mark.full
@pytest.mark.parametrize("failure", OTHERS, ids=lambda failure: failure.name)
def test_a_class_is_found_when_as_many_5xx_are(failure: Failure) -> None:
    case = damages(RATES[2])[2]
    (beside,) = beside_5xx(case, (failure,), count=SIZE, seed=SEED)
    assert beside.usual_s.max() < float("inf")
    assert beside.later == 0, (beside.delays_s, beside.usual_s)


@pytest.mark.full
@pytest.mark.parametrize("failure", [USUAL, *OTHERS], ids=lambda failure: failure.name)
def test_a_tenth_of_a_class_on_both_versions_is_left_alone(failure: Failure) -> None:
    (beside,) = beside_5xx(failing()[1], (failure,), count=SIZE, seed=SEED)
    assert beside.rolled_back == 0


@pytest.mark.parametrize("events", [False, True])
@pytest.mark.parametrize("latency", [False, True])
def test_what_is_refused_weighs_as_much_as_what_fails(*, latency: bool, events: bool) -> None:
    budget = budget_of(latency=latency, events=events)
    assert budget.refused == budget.errors
    assert sum(budget) == pytest.approx(1.0)
