"""Five hundred random releases, replayed: each state against the live one, by hash."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.figure import Figure
from tests.replay.equality import differences

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASES = 500


def measure() -> Iterator[Figure]:
    """Compare them one by one; a state that differs is a miss."""
    compared = wrong = 0
    for seed in range(RELEASES):
        with tempfile.TemporaryDirectory() as folder:
            states, differing = differences(seed, Path(folder))
        compared += states
        wrong += len(differing)
    yield Figure(
        what="replay, states that differ from the live ones",
        value=wrong,
        unit="states",
        below=1,
        detail=f"{compared:,} states of {RELEASES} random releases, forward and after jumps, packed too",
    )
