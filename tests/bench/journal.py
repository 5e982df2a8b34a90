"""The journal on this machine's disk: records appended, and waits for the disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from console.journal import Journal
from console.release.events import SampleTaken
from tests.bench.figure import Figure, median, quantile
from tests.screens import stories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.release.events import Record

APPENDS, SYNCS = 20_000, 200


def measure() -> Iterator[Figure]:
    """Append a tick's record again and again; then with a wait for the disk each time, as a worker does."""
    records = stories.told(60.0).records
    tick = next(record for record in reversed(records) if isinstance(record.event, SampleTaken))
    with tempfile.TemporaryDirectory() as folder:
        rate = _appends_a_second(Path(folder, "appended"), tick)
        waits_ms = _waits_ms(Path(folder, "synced"), tick)
    yield Figure(what="journal, records appended", value=rate, unit="a second", detail="a tick's record each")
    yield Figure(
        what="journal, append and wait for the disk",
        value=median(waits_ms),
        unit="ms",
        detail=f"in the temporary folder: p90 {quantile(waits_ms, 0.9):.2f}, max {max(waits_ms):.2f}",
    )


def _appends_a_second(path: Path, record: Record) -> float:
    with Journal(path) as journal:
        began = time.perf_counter()
        for n in range(APPENDS):
            journal.append(replace(record, n=n + 1))
        return APPENDS / (time.perf_counter() - began)


def _waits_ms(path: Path, record: Record) -> list[float]:
    waits_ms = []
    with Journal(path) as journal:
        for n in range(SYNCS):
            began = time.perf_counter()
            journal.append(replace(record, n=n + 1))
            journal.flush()
            journal.is_safe(journal.handed)
            waits_ms.append((time.perf_counter() - began) * 1000)
    return waits_ms
