from __future__ import annotations

import pytest

from console.policy.beginning import starting_weight
from tests.releases import plan


@pytest.mark.parametrize(
    ("weight", "named", "taken_over", "ok"),
    [
        (0, None, False, True),
        (0, 0, False, True),
        (100, None, False, False),
        (10, None, False, False),
        (100, 100, False, True),
        (50, 100, False, False),
        (0, 100, False, False),
        (50, None, True, True),
        (50, 10, True, False),
    ],
)
def test_a_release_begins_at_nothing_or_at_the_weight_that_is_named(
    *, weight: int, named: int | None, taken_over: bool, ok: bool
) -> None:
    assert starting_weight(plan(), weight, named=named, taken_over=taken_over).ok is ok


def test_the_refusal_names_the_flag_that_begins_there_and_what_would_be_written() -> None:
    words = starting_weight(plan(), 100, named=None, taken_over=False).words
    assert "v2 gets 100% already" in words
    assert "versions swapped" in words
    assert "`pithead run PLAN --from 100%` begins there, and goes to 10% first" in words
