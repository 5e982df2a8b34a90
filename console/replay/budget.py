"""Work that is done in slices, so that a screen can paint and hear keys between them."""

from __future__ import annotations

import time
from collections.abc import Iterator


def within(budget_s: float) -> Iterator[None]:
    """Allow one piece of work, and further ones until the budget is spent.

    The first is allowed whatever the clock says: a machine that gives no core in time would else let no slice
    do anything, and the work would never end.
    """
    until = time.perf_counter() + budget_s
    yield
    while time.perf_counter() < until:
        yield
