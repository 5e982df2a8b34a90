"""How slow this machine is right now: a factor, measured once a run, that all tests of it share.

What has to keep a real clock (a laboratory with its scrapes, a plan with its patience) takes its times this
many times longer. A test's ceilings need no factor: they are generous everywhere.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time

VARIABLE = "PITHEAD_TESTS_SLOWNESS"
"""The factor on its way to xdist's workers; whoever sets it measures nothing."""
REFERENCE_S = 0.30
"""What the work below takes on two idle cores of a server of 2023: fast enough for the shortest times."""
MOST = 6
"""A machine that is slower than this many times would need an hour; its tests may fail."""
_STARTS = "import asyncio, http.client, json, ssl, subprocess"


def slowness() -> int:
    """Give the factor of this run: 1 where the machine is as fast as the reference."""
    return int(os.environ.get(VARIABLE, "1"))


def measure() -> int:
    """Measure it, and keep it for this process and all that it starts."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = str(factor_of(min(_work_s() for _ in range(2))))
    return slowness()


def factor_of(took_s: float) -> int:
    """Make a whole factor of what the work took; half as slow again is still as fast as the reference."""
    return min(MOST, max(1, round(took_s / REFERENCE_S)))


def _work_s() -> float:
    """Compute in Python, and start one more of it: what the tests' programs do."""
    began = time.perf_counter()
    digest = b""
    for number in range(150_000):
        digest = hashlib.blake2b(digest + number.to_bytes(4, "big")).digest()
    subprocess.run([sys.executable, "-c", _STARTS], check=True)
    return time.perf_counter() - began
