"""Starts a lab for a caller: the demo, a test, the benchmark. The lab is a process of its own."""

from __future__ import annotations

import select
import subprocess
import sys
from typing import TYPE_CHECKING

from console.errors import UsageError
from console.lab.leash import Leashed, start_on_leash
from console.lab.order import LabAddresses, LabOrder

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

START_WITHIN_S = 40.0


class RunningLab:
    """A lab that is ready; it ends with its context, with `stop`, or with this process."""

    def __init__(self, process: Leashed, addresses: LabAddresses) -> None:
        self._process = process
        self.addresses = addresses

    @property
    def running(self) -> bool:
        """Whether the lab is still there."""
        return self._process.running

    def stop(self) -> None:
        """End the lab and wait until nothing of it is left."""
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_lab(order: LabOrder) -> RunningLab:
    """Start a lab and wait until all of it is ready.

    That takes some six seconds with a real Prometheus, which looks for targets only every five, and less
    than two with the built-in scraper.

    Raises `UsageError`, in the lab's own words, where it can't run here.
    """
    order.folder.mkdir(parents=True, exist_ok=True)
    log = order.folder / "lab.log"
    args = [sys.executable, "-m", "console.lab", *order.args()]
    process = start_on_leash(args, log=log, stdout=subprocess.PIPE)
    line = _first_line(process)
    if not line:
        process.stop()
        raise UsageError(_last_words(log))
    return RunningLab(process, LabAddresses.from_line(line))


def _first_line(process: Leashed) -> bytes:
    """Read the ready line; empty where the lab ended without one, or says nothing for too long."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_WITHIN_S)
    return process.stdout.readline() if ready else b""


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1] if lines else f"The lab did not start, and said nothing in {log}."
