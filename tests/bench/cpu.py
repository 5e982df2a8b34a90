"""How much CPU time a process has used, all of its threads together."""

from __future__ import annotations

import sys
import time

_WHOLE_PROCESS = 2  # CPUCLOCK_SCHED, of the process and not of one thread


def cpu_s(pid: int) -> float:
    """Give the CPU seconds that a running process has used so far; only Linux tells them so exactly."""
    if sys.platform != "linux":
        raise SystemExit("the bench measures CPU on Linux only")
    return time.clock_gettime((~pid << 3) | _WHOLE_PROCESS)
