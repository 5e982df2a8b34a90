"""What is counted is true: never a request twice, and within one scrape of what was served."""

from __future__ import annotations

import pytest

from tests.metrics.histories import live_through
from tests.sample import many

HISTORIES = 500
"""`python -m tests.exhaustive` lives through ten times as many."""


@pytest.mark.parametrize("seed", range(many("histories of Prometheis", HISTORIES)))
def test_no_request_is_counted_twice_and_none_is_lost_but_within_a_scrape(seed: int) -> None:
    live_through(seed)
