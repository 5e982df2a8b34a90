"""The truth log: what the lab did and saw, one JSON line each, for whoever checks the engine's word."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec


class Truth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the log."""

    at: float
    """Epoch seconds."""
    what: str
    """`weight` (in force from now on), `faults` (of one version), `prometheus`, `crash`, `restart`."""
    version: str = ""
    weight: int | None = None
    """Percent to the canary."""
    resource_version: str = ""
    faults: dict[str, Any] | None = None
    """Empty: the version is healthy again."""
    up: bool | None = None


class TruthLog:
    """Writes the log."""

    def __init__(self, path: Path) -> None:
        self._lines = path.open("ab", buffering=0)

    def note(self, what: str, **more: Any) -> None:
        """Append one line, now."""
        self._lines.write(msgspec.json.encode(Truth(at=time.time(), what=what, **more)) + b"\n")

    def close(self) -> None:
        """Append nothing more."""
        self._lines.close()


def read_truth(path: Path) -> tuple[Truth, ...]:
    """Read all whole lines."""
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return tuple(msgspec.json.decode(line, type=Truth) for line in whole.splitlines())
