"""The worker beside a lab: its share of a core, and what its journal costs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.host.places import journal_of
from console.lab.lab import start_lab
from console.lab.order import LabOrder
from console.release.events import SampleTaken
from tests.bench.cpu import cpu_s
from tests.bench.figure import Figure
from tests.processes.background import Background, demo_plan, one_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.lab.lab import RunningLab

WATCH_S = 60.0
DEFAULT_INTERVAL_S, SHORTEST_INTERVAL_S = 5.0, 1.0
GOAL_PERCENT = 2.0


def measure() -> Iterator[Figure]:
    """Let it tick at the default interval, then at the shortest."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab(LabOrder(scenario="healthy", folder=Path(folder, "lab"))) as lab,
    ):
        yield from _watched(lab, Path(folder, "default"), interval_s=DEFAULT_INTERVAL_S, below=GOAL_PERCENT)
        yield from _watched(lab, Path(folder, "shortest"), interval_s=SHORTEST_INTERVAL_S)


def _watched(
    lab: RunningLab, folder: Path, *, interval_s: float, below: float | None = None
) -> Iterator[Figure]:
    plan = one_stage(demo_plan(lab.addresses, interval_s=interval_s), weight=25)
    with Background(plan, kubeconfig=lab.addresses.kubeconfig, folder=folder) as release:
        release.until(SampleTaken, count=3)
        used_s, began, size = cpu_s(release.pid), time.monotonic(), journal_of(folder).stat().st_size
        ticks = len(release.ticks)
        time.sleep(WATCH_S)
        used_s, watched_s = cpu_s(release.pid) - used_s, time.monotonic() - began
        size, ticks = journal_of(folder).stat().st_size - size, len(release.ticks) - ticks
        release.call_off()
    how = f"against the lab with {lab.addresses.prometheus_kind}, over {watched_s:.0f} s"
    yield Figure(
        what=f"CPU of the worker, interval {interval_s:g} s",
        value=100 * used_s / watched_s,
        unit="% of a core",
        below=below,
        detail=f"{1000 * used_s / ticks:.1f} ms a tick, {ticks} ticks {how}",
    )
    yield Figure(
        what=f"journal, interval {interval_s:g} s", value=size / ticks, unit="bytes a tick", detail=how
    )
