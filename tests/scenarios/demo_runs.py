"""Runs of `pithead demo --headless`, a few side by side: each is a lab, a release and an audit.

On a machine that is slower than the reference, every time of plans and faults is as many times longer.
"""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from console.release.events import Record, ReleaseEnded, WeightConfirmed
from tests import machine
from tests.processes.terminal import PITHEAD

if TYPE_CHECKING:
    from concurrent.futures import Future

SHORT_PLAN = Path(__file__).parent / "short.yaml"
JUDGED_PLAN = Path(__file__).parent / "judged.yaml"
PACE = 4.0
"""The faults come this many times earlier than in the demo: about the end of the short plan's first stage."""
SIDE_BY_SIDE = 4
"""A run takes about a fifth of a core."""
LONGEST_S = 600.0
"""A run that takes longer hangs, on any machine."""
_SCALED = re.compile(r"(?P<seconds>\b[0-9]+)s\b|(?<=min_requests: )(?P<requests>[0-9]+)")


def stretched(plan: str, *, times: int) -> str:
    """Make each duration of a plan this many times longer, and with it how many requests it wants in one."""
    return _SCALED.sub(
        lambda found: (
            f"{int(found['seconds'] or found['requests']) * times}{'s' if found['seconds'] else ''}"
        ),
        plan,
    )


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
    def spans(self) -> list[tuple[int, float]]:
        """Every weight that the journal confirms, and for how many seconds it was in force."""
        confirmed = [
            (record.at, record.event.weight)
            for record in self.records
            if isinstance(record.event, WeightConfirmed)
        ]
        ends = [at for at, _ in confirmed[1:]] + [self.records[-1].at]
        return [(weight, end - at) for (at, weight), end in zip(confirmed, ends, strict=True)]

    @property
    def audited(self) -> list[str]:
        """The audit's rows, one for each confirmed weight."""
        return [line.strip() for line in self.said.splitlines() if "% asked, " in line]


class Demos:
    """Demos on their way, by their arguments; whoever asks for one waits for its end."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE)
        self._runs: dict[str, Future[Run]] = {}
        self._processes: list[subprocess.Popen[str]] = []
        self._slowness = machine.slowness()

    def plan(self, file: Path, *, patience: str = "15s") -> str:
        """Write a plan as this machine can keep it, and give its place.

        A patience that is not what a scenario is about outlasts whatever a busy machine leaves unseen.
        """
        text = file.read_text().replace("patience: 15s", f"patience: {patience}")
        place = self._home / f"{file.stem}-{patience}.yaml"
        place.write_text(stretched(text, times=self._slowness))
        return str(place)

    def start(self, name: str, *args: str) -> None:
        """Start one, or let it wait where as many as go side by side are under way."""
        self._runs[name] = self._pool.submit(self._run, args)

    def ended(self, name: str) -> Run:
        """Wait for one, and give it."""
        return self._runs[name].result()

    def stop(self) -> None:
        """End what still runs: nobody waits for it any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.kill()
        self._pool.shutdown()

    def _run(self, args: tuple[str, ...]) -> Run:
        process = subprocess.Popen(
            [
                PITHEAD,
                "demo",
                *args,
                "--headless",
                "--output",
                "json",
                "--pace",
                f"{PACE / self._slowness:g}",
            ],
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
