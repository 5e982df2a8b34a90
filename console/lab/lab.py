"""Starts a lab for a caller: the demo, a test, the benchmark. The lab is a process of its own."""

from __future__ import annotations

import os
import select
import subprocess
import time
from typing import TYPE_CHECKING

from console.errors import UsageError
from console.interpreter import own_module
from console.lab.leash import Leashed, last_words, start_on_leash
from console.lab.order import LabAddresses, LabOrder, LabPart, LabRefusal, LabSaid, from_line

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

READY_WITHIN_S = 240.0
"""All of a lab's programs, seconds: some start one after the other, and each has its own deadline."""


class RunningLab:
    """A lab in its own process; it ends with its context, with `stop`, or with this process."""

    def __init__(self, process: Leashed, *, log: Path) -> None:
        self._process = process
        self._log = log
        self._addresses: LabAddresses | None = None
        self._unread = b""
        self.kept = False
        """Whether it outlives this process."""
        self.parts: list[str] = []
        """The parts that have come up so far, in that order."""

    @property
    def addresses(self) -> LabAddresses:
        """Where everything is; only a lab that is `ready` has them."""
        assert self._addresses is not None
        return self._addresses

    @property
    def running(self) -> bool:
        """Whether the lab is still there."""
        return self._process.running

    def wait_until_ready(self) -> None:
        """Wait until all of it is there. Raises `UsageError` where it can't run here."""
        if not self.ready(within_s=READY_WITHIN_S):
            self.stop()
            raise UsageError(f"The lab was not ready within {READY_WITHIN_S:.0f} s.")

    def ready(self, *, within_s: float = 0.0) -> bool:
        """Whether all of it is there; without a time it waits for nothing.

        Raises `UsageError`, in the lab's own words, where it can't run here.
        """
        until = time.monotonic() + within_s
        while self._addresses is None and self._has_said(max(0.0, until - time.monotonic())):
            self._hear()
        return self._addresses is not None

    def _has_said(self, within_s: float) -> bool:
        said = self._process.stdout
        assert said is not None
        return bool(select.select([said], [], [], within_s)[0])

    def _hear(self) -> None:
        """Take up what the lab has said; the end of a line may come later."""
        assert self._process.stdout is not None
        said = os.read(self._process.stdout.fileno(), 65536)
        *lines, self._unread = (self._unread + said).split(b"\n")
        for line in lines:
            self._take(from_line(line))
        if not said and self._addresses is None:
            self._take(LabRefusal(words=f"The lab ended: {last_words(self._log)}"))

    def _take(self, heard: LabSaid) -> None:
        match heard:
            case LabPart(name=name):
                self.parts.append(name)
            case LabAddresses():
                self._addresses = heard
            case LabRefusal(words=words, hint=hint):
                self.stop()
                raise UsageError(words, hint=hint)

    def keep(self) -> None:
        """Let it outlive this process: it ends by TERM, or with one of its parts."""
        self._process.set_free()
        self.kept = True

    def stop(self) -> None:
        """End the lab and wait until nothing of it is left."""
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def begin_lab(order: LabOrder) -> RunningLab:
    """Start a lab and wait for nothing.

    It is ready after some six seconds with a real Prometheus, which looks for targets only every five, and
    after less than two with the built-in scraper.
    """
    order.folder.mkdir(parents=True, exist_ok=True)
    log = order.folder / "lab.log"
    args = own_module("console.lab", *order.args())
    return RunningLab(start_on_leash(args, log=log, stdout=subprocess.PIPE), log=log)


def start_lab(order: LabOrder) -> RunningLab:
    """Start a lab and wait until all of it is ready. Raises `UsageError` where it can't run here."""
    lab = begin_lab(order)
    lab.wait_until_ready()
    return lab
