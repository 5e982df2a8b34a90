"""Two hosts race for one release on a real API server: how often both drove at once."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.figure import Figure
from tests.kube_apiserver import HOW_TO_GET, find_assets
from tests.traffic.race import races
from tests.traffic.servers import RealServer

if TYPE_CHECKING:
    from collections.abc import Iterable

RACES = 200


def measure() -> Iterable[Figure]:
    """Run the whole distance: about eight minutes."""
    assets = find_assets()
    assert assets is not None, HOW_TO_GET
    with tempfile.TemporaryDirectory() as folder:
        real = RealServer(assets, Path(folder))
        try:
            real.start()
            finishes = asyncio.run(races(real, Path(folder), count=RACES))
        finally:
            real.stop()
    both = sum(finish.both_drove for finish in finishes)
    forced = sum(finish.forced for finish in finishes)
    one = sum(finish.drivers == 1 for finish in finishes)
    detail = f"of {RACES} races, {forced} with a takeover by force; one host drove alone in {one}"
    yield Figure(what="two drivers at once", value=both, unit="times", below=1, detail=detail)
