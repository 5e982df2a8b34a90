"""Two hosts race for one release on a real API server: how often both drove at once."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.figure import Figure
from tests.kube_apiserver import HOW_TO_GET, find_assets
from tests.traffic.race import Kind, races
from tests.traffic.servers import RealServer

if TYPE_CHECKING:
    from collections.abc import Iterable

TEN = [*[Kind.LEVEL] * 4, Kind.FORCED, *[Kind.LEVEL] * 3, Kind.FORCED, Kind.FROZEN]
RACES = [*TEN] * 20


def measure() -> Iterable[Figure]:
    """Run the whole distance: about a quarter of an hour."""
    assets = find_assets()
    assert assets is not None, HOW_TO_GET
    with tempfile.TemporaryDirectory() as folder:
        real = RealServer(assets, Path(folder))
        try:
            real.start()
            finishes = asyncio.run(races(real, Path(folder), kinds=RACES))
        finally:
            real.stop()
    both = sum(finish.both_drove or bool(finish.charges) for finish in finishes)
    kinds = Counter(finish.kind for finish in finishes)
    changed = Counter(finish.kind for finish in finishes if finish.drivers > 1)
    drove = ", ".join(
        f"{kind}: {count} races, in {changed[kind]} the second drove after the first"
        for kind, count in kinds.items()
    )
    yield Figure(
        what="two drivers at once", value=both, unit="times", below=1, detail=f"of {len(RACES)}; {drove}"
    )
