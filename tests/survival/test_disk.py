"""A disk that takes no record: nothing goes forward, a rollback does, and nothing is missing afterwards."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.command import Command
from console.errors import ExitCode
from console.host.control import Ask
from console.journal import Journal, read_journal, writing
from console.journal.verify import verify
from console.release import events as ev
from console.release.event import Event
from console.release.fold import fold_all
from console.replay.source import lines_at
from tests.releases import ANA, counts, guard, plan, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand

ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA, reason="pager")
PATIENT = plan(*(stage(weight, guard(), hold_s=5.0) for weight in (10, 50, 100)), patience_s=600.0)


class Disk:
    """The system's calls of a journal, as long as `trouble` is not set."""

    def __init__(self) -> None:
        self.trouble = 0
        self.takes_bytes = 0
        """So much of a line is taken all the same before the trouble shows."""

    def write(self, fd: int, data: bytes) -> int:
        if self.trouble and self.takes_bytes:
            taken, self.takes_bytes = self.takes_bytes, 0
            return os.write(fd, data[:taken])
        self._suffer()
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        self._suffer()
        _ = fd

    def _suffer(self) -> None:
        if self.trouble:
            raise OSError(self.trouble, os.strerror(self.trouble))


class Os:
    """The module `os` with a disk of ours."""

    def __init__(self, disk: Disk) -> None:
        self.write, self.fsync = disk.write, disk.fsync

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(writing, "os", Os(disk))
    return disk


def whole(stand: Stand, folder: Path) -> bool:
    """Whether the file holds every record of the worker, in order, and its chain holds."""
    path = folder / "journal.jsonl"
    records = read_journal(path)
    return (
        verify(lines_at(str(path))).whole
        and records == stand.records
        and fold_all(records) == stand.worker.release
    )


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("takes_bytes", [0, 40])
@virtually
async def test_nothing_goes_forward_while_the_disk_takes_nothing_and_nothing_is_missing_afterwards(
    trouble: int, takes_bytes: int, disk: Disk, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, PATIENT)
    loop = asyncio.get_running_loop()

    def break_it() -> None:
        disk.trouble, disk.takes_bytes = trouble, takes_bytes

    loop.call_at(3.5, break_it)
    loop.call_at(63.5, lambda: setattr(disk, "trouble", 0))
    assert await stand.run() == ExitCode.PROMOTED
    assert times_of(stand, ev.JournalStuck) == [4.0]
    assert times_of(stand, ev.JournalMended) == [64.0]
    assert all(at < 4.0 or at > 64.0 for at, _weight in stand.router.written)
    assert whole(stand, tmp_path)


def times_of(stand: Stand, kind: type[Event]) -> list[float]:
    return [round(at, 1) for at in stand.times_of(kind)]


@virtually
async def test_a_rollback_goes_at_once_on_a_full_disk_and_is_on_record_later(
    disk: Disk, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, PATIENT)
    loop = asyncio.get_running_loop()
    loop.call_at(3.5, lambda: setattr(disk, "trouble", errno.ENOSPC))
    loop.call_at(4.2, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written[-1] == (4.2, 0)
    assert not await stand.book.last_flush(within_s=0.0)


@virtually
async def test_a_breach_on_a_full_disk_rolls_back(disk: Disk, tmp_path: Path) -> None:
    stand = Stand(tmp_path, PATIENT)
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 8 else 0)
    asyncio.get_running_loop().call_at(3.5, lambda: setattr(disk, "trouble", errno.ENOSPC))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD


@virtually
async def test_a_release_that_cannot_be_recorded_ends_with_its_patience(disk: Disk, tmp_path: Path) -> None:
    stand = Stand(tmp_path, plan(stage(10, guard(), hold_s=5.0), stage(100, guard()), patience_s=30.0))
    asyncio.get_running_loop().call_at(3.5, lambda: setattr(disk, "trouble", errno.ENOSPC))
    assert await stand.run() == ExitCode.HELD
    assert stand.router.weight == 0
    assert stand.worker.release.end is not None
    assert "No space left on device" in stand.worker.release.end.reason


@virtually
async def test_a_forward_write_is_not_sent_while_its_intent_is_not_on_the_disk(tmp_path: Path) -> None:
    stand = Stand(tmp_path, PATIENT)
    hangs = asyncio.Event()

    async def hang(_work: Callable[[], None]) -> None:
        await hangs.wait()

    stand.book._call = hang
    asyncio.get_running_loop().call_at(20.0, lambda: stand.worker.take(ROLL_BACK))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert stand.router.written == [(20.0, 0)]
    assert len(stand.all_of(ev.WriteFailed)) > 1


def test_what_waits_is_bounded(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_KEPT", 30)
    ticks: list[int] = []

    @virtually
    async def here() -> None:
        stand = Stand(tmp_path, PATIENT)
        asyncio.get_running_loop().call_at(3.5, lambda: setattr(disk, "trouble", errno.ENOSPC))
        asyncio.get_running_loop().call_at(300.0, lambda: stand.worker.take(ROLL_BACK))
        assert await stand.run() == ExitCode.ROLLED_BACK_BY_PERSON
        ticks.append(len(stand.all_of(ev.SampleTaken)))

    here()
    assert ticks[0] < 40


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 KB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mount needs root: run the tests as root to fill a real disk")
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mount is not allowed here: run the tests where a tmpfs can be mounted")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_real_disk_that_fills_up_and_is_cleared_again_loses_nothing(small: Path) -> None:
    @virtually
    async def here() -> None:
        stand = Stand(small, PATIENT)
        ballast = small / "ballast"
        loop = asyncio.get_running_loop()

        def fill() -> None:
            with suppress_full(), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 512)

        loop.call_at(3.5, fill)
        loop.call_at(40.5, ballast.unlink)
        assert await stand.run() == ExitCode.PROMOTED
        assert len(stand.all_of(ev.JournalStuck)) == len(stand.all_of(ev.JournalMended)) == 1
        assert whole(stand, small)

    here()


def suppress_full() -> pytest.RaisesExc[OSError]:
    return pytest.raises(OSError, match="No space left on device")


def test_a_closed_journal_is_trouble_and_no_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.close()
    journal.append(ev.Record(n=1, at=1.0, event=ev.JournalMended()))
    assert journal.trouble == "Bad file descriptor"
