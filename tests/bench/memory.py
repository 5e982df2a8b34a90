"""How much memory a process has had at most."""

from __future__ import annotations

from pathlib import Path


def memory_mb(pid: int | str) -> float:
    """Give the peak since its program began: what `getrusage` says may be its parent's."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024
