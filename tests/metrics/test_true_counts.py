"""What is counted is true: never more than was shown, and no less; and a count that is not is found."""

from __future__ import annotations

import pytest

from tests.metrics.counting_mutants import MUTANTS, mistaken
from tests.metrics.histories import live_through
from tests.sample import in_full_only

FIRST = (0, 2, 3, 5, 24, 61)
"""These are lived through in every run: each way to be scraped, and between them they find each mistake."""
FULL = 200
"""`python -m tests.exhaustive` lives through 25 times as many."""
ALL = [*FIRST, *in_full_only([seed for seed in range(6, FULL) if seed not in FIRST])]


@pytest.mark.parametrize("seed", ALL)
def test_nothing_is_counted_twice_and_none_is_lost_but_within_a_scrape(seed: int) -> None:
    live_through(seed)


@pytest.mark.full
@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_mistake_in_counting_is_found_by_the_histories_of_every_run(mutant: str) -> None:
    with mistaken(mutant):
        assert any(map(is_wrong, FIRST))


def is_wrong(seed: int) -> bool:
    """Tell whether a history finds something wrong."""
    try:
        live_through(seed)
    except AssertionError:
        return True
    return False
