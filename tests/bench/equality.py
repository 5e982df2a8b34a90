"""Five hundred random releases, replayed and told again: all states and decisions against the live ones."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from console.release import events as ev
from tests.bench.figure import Figure
from tests.replay.equality import compared

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASES = 500
NAMED = (
    ev.JudgeBegun,
    ev.RollbackDecided,
    ev.Retreated,
    ev.JudgeOverridden,
    ev.AdvancedBlind,
    ev.WorkerResumed,
    ev.WriteFailed,
)
"""What should be among them."""


def measure() -> Iterator[Figure]:
    """Compare them one by one; a state that differs is a miss, and so is a decision."""
    states = wrong = decided_otherwise = 0
    seen: Counter[type] = Counter()
    for seed in range(RELEASES):
        with tempfile.TemporaryDirectory() as folder:
            found = compared(seed, Path(folder))
        states += found.states
        wrong += len(found.wrong)
        decided_otherwise += not found.simulated
        seen.update({type(record.event) for record in found.records})
    yield Figure(
        what="replay, states that differ from the live ones",
        value=wrong,
        unit="states",
        below=1,
        detail=f"{states:,} states of {RELEASES} random releases, forward and after jumps, packed too",
    )
    yield Figure(
        what="what-if, releases that the recorded plan decides otherwise",
        value=decided_otherwise,
        unit="releases",
        below=1,
        detail="among them " + ", ".join(f"{seen[kind]} {kind.__name__}" for kind in NAMED),
    )
