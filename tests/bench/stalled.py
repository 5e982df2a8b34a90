"""A terminal that nobody reads for a minute: how far off their time the worker's ticks are meanwhile."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from console.lab.lab import start_lab
from console.lab.order import LabOrder
from tests.bench.figure import Figure
from tests.processes.calamities import befallen, stall
from tests.processes.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator

STALL_S = 60.0
GOAL_MS = 250.0


def measure() -> Iterator[Figure]:
    """Fill the terminal, leave it for a minute, then roll back from another viewer."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab(LabOrder(scenario="healthy", folder=Path(folder, "lab"))) as lab,
    ):
        ground = Ground(lab.addresses, Path(folder, "home"), "stalled")
        after = befallen(ground, stall, watch_s=STALL_S)
    how = "full all the time" if after.terminal_was_full else "BUT IT WAS NOT FULL"
    yield Figure(
        what="ticks off their time, terminal stalled",
        value=after.worst_lateness_s * 1000,
        unit="ms",
        below=GOAL_MS,
        detail=f"the worst of {len(after.ticks)} ticks, a second apart; {how}",
    )
    yield Figure(
        what="  rollback asked by another viewer meanwhile",
        value=after.rolled_back_after_s * 1000,
        unit="ms",
        detail=f"from asking to the router's confirmation; exit code {after.exit_code}",
    )
