"""Runs of `pithead demo --headless`, a few side by side: each is a lab, a release and an audit."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from console.release.events import Record, ReleaseEnded, WeightConfirmed
from tests.processes.terminal import PITHEAD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

SHORT_PLAN = Path(__file__).parent / "short.yaml"
JUDGED_PLAN = Path(__file__).parent / "judged.yaml"
PACE = 4.0
"""The faults come this many times earlier than in the demo: about the end of the short plan's first stage."""
SIDE_BY_SIDE = 4
"""A run takes about a fifth of a core."""
LONGEST_S = 180.0

_HOW = ("--headless", "--output", "json", "--pace", str(PACE))


class Run(Struct, frozen=True, kw_only=True):
    """A demo that is over."""

    code: int
    records: tuple[Record, ...]
    said: str
    """Standard error: how the lab came up, and the audit."""

    @property
    def end(self) -> ReleaseEnded:
        """How the release ended."""
        event = self.records[-1].event
        assert isinstance(event, ReleaseEnded), self.said
        return event

    @property
    def weights(self) -> list[int]:
        """Every weight that the journal confirms, in order."""
        events = (record.event for record in self.records)
        return [event.weight for event in events if isinstance(event, WeightConfirmed)]

    @property
    def audited(self) -> list[str]:
        """The audit's rows, one for each confirmed weight."""
        return [line.strip() for line in self.said.splitlines() if "% asked, " in line]


class Demos:
    """Demos on their way, by their arguments; whoever asks for one waits for its end."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE)
        self._runs: dict[tuple[str, ...], Future[Run]] = {}
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, commands: Iterable[tuple[str, ...]]) -> None:
        """Start as many as go side by side, and the rest after them."""
        for args in commands:
            self._runs.setdefault(args, self._pool.submit(self._run, args))

    def ended(self, *args: str) -> Run:
        """Give one that is over."""
        return self._runs[args].result()

    def stop(self) -> None:
        """End what still runs: nobody waits for it any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.kill()
        self._pool.shutdown()

    def _run(self, args: tuple[str, ...]) -> Run:
        process = subprocess.Popen(
            [PITHEAD, "demo", *args, *_HOW],
            env={**os.environ, "PITHEAD_HOME": str(self._home / str(len(self._processes)))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        with process:
            lines, said = process.communicate(timeout=LONGEST_S)
        records = tuple(msgspec.json.decode(line, type=Record) for line in lines.splitlines())
        return Run(code=process.returncode, records=records, said=said)
