"""`python -m tests.data_planes`: how long a real data plane still asks the canary behind a way back."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figure import load_now
from tests.data_planes.contour import HOW_TO_GET, Contour, find_contour
from tests.data_planes.driven import ROUTERS, Driven
from tests.data_planes.versions import Versions, own_address

FLIPS = 50
ASKED = 3000
"""Requests of one flip: they go on for some tenths of a second behind the write."""


def main() -> int:
    """Measure each router that Contour serves, and print a line for each."""
    assets, address = find_contour(), own_address()
    if assets is None or address is None:
        sys.stderr.write(f"{HOW_TO_GET}; it also takes an address beyond loopback\n")
        return 2
    versions = Versions(address)
    versions.start()
    with tempfile.TemporaryDirectory() as folder:
        contour = Contour(assets, Path(folder))
        try:
            contour.start()
            contour.lay(versions)
            for name in ROUTERS:
                sys.stdout.write(f"{_in_words(name, sorted(asyncio.run(_flips(contour, name))))}\n")
        finally:
            contour.stop()
            versions.stop()
    return 0


async def _flips(contour: Contour, name: str) -> list[float]:
    """Give, of each way back from 50%, the seconds from the write to the canary's last answer."""
    driven = Driven(contour, name)
    found = []
    for _ in range(FLIPS):
        await driven.write(50)
        await driven.follows(50)
        driven.users.answers.clear()
        asking = asyncio.ensure_future(driven.users.ask(ASKED))
        await asyncio.sleep(0.05)
        base = await driven.router.read()
        sent_at = time.monotonic()
        await driven.write_over(0, base)
        await asking
        canarys = [at for at, version in driven.users.answers if version == "v2"]
        found.append(max(canarys, default=sent_at) - sent_at)
        await driven.follows(0)
    driven.remove()
    return found


def _in_words(name: str, times_s: list[float]) -> str:
    middle, last = times_s[len(times_s) // 2], times_s[int(0.99 * len(times_s))]
    times = f"{1000 * middle:.0f} ms (median), {1000 * last:.0f} ms (p99)"
    return (
        f"{name}: the canary's last answer {times} after the write, {len(times_s)} times; load {load_now()}"
    )


if __name__ == "__main__":
    sys.exit(main())
