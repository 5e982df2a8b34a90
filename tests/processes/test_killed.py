"""Real workers, killed with -9 behind records of every kind, and taken up again by `pithead resume`."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from console.errors import ExitCode
from console.host.alive import worker_of
from console.host.places import journal_of
from console.journal.verify import verify
from console.release.events import ReleaseEnded, WeightConfirmed, WorkerResumed
from console.replay.source import lines_at
from tests.processes.ground import CALM, Ground, canary_served, release_in
from tests.processes.terminal import PITHEAD
from tests.sample import sampled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.lab.order import LabAddresses
    from tests.processes.background import Followed

pytestmark = pytest.mark.real

BREACHED = "[{metric: always_seven, max: 5, min_requests: 0, for: 2s}]"
SHORT = "[{weight: 5%, hold: 2s}, {weight: 100%, hold: 2s}]"
EVERY = int(os.environ.get("PITHEAD_KILL_EVERY", "4"))
"""Behind each so-many-th record; 1 takes a minute for all of them. Virtual time does all of them always."""
AT_ONCE = 4
"""So many releases run side by side."""
WITHIN_S = 90.0


class Case(Struct, frozen=True, kw_only=True):
    """A release whose worker is killed as soon as record `behind` is on disk."""

    behind: int
    guards: str
    code: ExitCode


CASES = sampled(
    "places of a kill",
    [
        *(Case(behind=n, guards=CALM, code=ExitCode.PROMOTED) for n in range(2, 13, EVERY)),
        *(Case(behind=n, guards=BREACHED, code=ExitCode.ROLLED_BACK_BY_GUARD) for n in range(1, 12, EVERY)),
    ],
)


class Aftermath(Struct, frozen=True, kw_only=True):
    """What became of one."""

    case: Case
    before: bytes
    after: bytes
    code: int
    weights: Sequence[int]
    resumed: int
    whole: bool
    out: str


def killed(case: Case, lab: LabAddresses, root: Path) -> Aftermath:
    name = f"killed-{case.code}-{case.behind}"
    with Ground(lab, root / name, name, stages=SHORT, guards=case.guards) as ground:
        first = ground.headless()
        release = release_in(ground.home)
        _kill_behind(release, case.behind, first.pid)
        first.communicate(timeout=WITHIN_S)
        before = journal_of(release.folder).read_bytes()
        assert worker_of(release.folder) is None
        second = ground.start([PITHEAD, "resume", release.folder.name, "--headless"])
        out, err = second.communicate(timeout=WITHIN_S)
        ended = release.all_of(ReleaseEnded)
        return Aftermath(
            case=case,
            before=before[: before.rfind(b"\n") + 1],
            after=journal_of(release.folder).read_bytes(),
            code=ended[0][1].exit_code if ended else -1,
            weights=[event.weight for _at, event in release.all_of(WeightConfirmed)],
            resumed=len(release.all_of(WorkerResumed)),
            whole=verify(lines_at(str(journal_of(release.folder)))).whole,
            out=out + err,
        )


def _kill_behind(release: Followed, records: int, pid: int) -> None:
    end = time.monotonic() + WITHIN_S
    while len(release.records) < records and release.exit_code is None:
        assert time.monotonic() < end, "not so many records in time"
        time.sleep(0.0005)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def aftermaths(lab: LabAddresses, tmp_path_factory: pytest.TempPathFactory) -> list[Aftermath]:
    root = tmp_path_factory.mktemp("killed")
    with canary_served(lab), ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda case: killed(case, lab, root), CASES))


@pytest.mark.parametrize("place", range(len(CASES)), ids=str)
def test_a_killed_release_ends_as_it_would_have_with_nothing_lost(
    place: int, aftermaths: list[Aftermath]
) -> None:
    found = aftermaths[place]
    assert found.code == found.case.code, found.out
    assert found.after.startswith(found.before)
    assert found.resumed == 1
    assert found.whole
    assert list(found.weights) in ([5, 100], [5, 0], [100], [0]), found.weights
