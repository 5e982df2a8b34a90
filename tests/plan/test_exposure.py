from __future__ import annotations

import pytest

from console.plan.exposure import Compares, Exposure


@pytest.mark.parametrize(
    ("weight", "compares"),
    [
        (0, Compares.STABLE_ALONE),
        (1, Compares.BOTH),
        (99, Compares.BOTH),
        (100, Compares.CANARY_ALONE),
    ],
)
def test_both_are_compared_where_both_get_requests(weight: int, compares: Compares) -> None:
    assert Exposure(weight=weight).compares is compares


def test_more_weight_reaches_beyond_and_less_or_as_much_does_not() -> None:
    here = Exposure(weight=10)
    assert here.reaches_beyond(Exposure())
    assert not here.reaches_beyond(here)
    assert not here.reaches_beyond(Exposure(weight=50))
