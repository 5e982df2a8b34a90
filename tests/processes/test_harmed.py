"""Real workers on a machine that fails them: no descriptors, stopped, no socket, no folder, a full disk.

In each case a person rolls back while it lasts. The releases run side by side: starting them takes the time.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from console.command import Command
from console.errors import ExitCode
from console.host.places import journal_of, socket_of
from console.journal import read_journal
from console.journal.verify import verify
from console.release.events import ReleaseEnded, RollbackAsked, SampleTaken, WeightConfirmed
from console.replay.source import lines_at
from console.worker.spare_descriptors import HELD_BACK
from tests.processes.ground import Ground
from tests.processes.terminal import LAST_HINT, PITHEAD, Terminal
from tests.processes.test_viewers import shows
from tests.sample import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from console.lab.order import LabAddresses
    from tests.processes.background import Followed

pytestmark = pytest.mark.real

GAP_S = 4.0
"""Longer than the gap that stops a release's clocks."""
ASKED_S = 0.5
WITHIN_S = 120.0
SLOW = ("the worker did not answer", "the worker can't be reached")
"""What a viewer is told of a worker that sleeps, or has not put its socket back yet: no refusal."""


class Harmed(Struct, frozen=True, kw_only=True):
    """A release under way, and the process that drives it."""

    ground: Ground
    release: Followed
    worker: int

    def roll_back(self) -> str:
        """Ask for it as a viewer does, again where the worker is only slow; gives the refusal."""
        until = time.monotonic() + WITHIN_S
        while (refused := asyncio.run(self.release.ask(Command.ROLL_BACK))).startswith(SLOW):
            if self.is_asked:
                return ""
            assert time.monotonic() < until, refused
        return refused

    @property
    def is_asked(self) -> bool:
        """Whether the journal has a person's wish to roll back."""
        return bool(self.release.all_of(RollbackAsked))

    def press_roll_back(self, viewer: Terminal) -> None:
        """Press the keys on a screen until the worker has the wish: it may be late with its socket."""
        until = time.monotonic() + WITHIN_S
        while not self.is_asked:
            assert time.monotonic() < until, f"nobody was asked: {viewer.read[-2000:]!r}"
            viewer.press(b"R")
            viewer.press(b"\r")
            viewer.read_for(1.0)

    @property
    def descriptors(self) -> set[int]:
        """What the worker has open."""
        return {int(fd.name) for fd in Path(f"/proc/{self.worker}/fd").iterdir()}

    def say_nothing(self, viewers: ExitStack, *, many: int) -> None:
        """Connect, and say nothing for as long as these `viewers` are there."""
        for _ in range(many):
            viewer = viewers.enter_context(socket.socket(socket.AF_UNIX))
            viewer.connect(str(socket_of(self.release.folder)))

    def ticks_on(self) -> None:
        """Wait for two ticks more."""
        self.release.until(SampleTaken, count=len(self.release.ticks) + 2)


def out_of_descriptors(harmed: Harmed) -> str:
    """Leave the worker no descriptor but those that it holds back: viewers that say nothing have them.

    More of them wait to be let in than it holds back.
    """
    most = max(harmed.descriptors) + 1
    resource.prlimit(harmed.worker, resource.RLIMIT_NOFILE, (most, most))
    until = time.monotonic() + WITHIN_S
    with ExitStack() as viewers:
        while (free := most - len(harmed.descriptors)) > 0:  # a call that ends gives back what it had
            assert time.monotonic() < until, f"{free} descriptors of {most} stay free"
            harmed.say_nothing(viewers, many=free)
            harmed.ticks_on()
        harmed.say_nothing(viewers, many=HELD_BACK + 1)
        return harmed.roll_back()


def stopped(harmed: Harmed) -> str:
    """Stop the process for longer than a gap, let it go on, and stop it again while a person rolls back."""
    os.kill(harmed.worker, signal.SIGSTOP)
    time.sleep(GAP_S)
    os.kill(harmed.worker, signal.SIGCONT)
    harmed.ticks_on()
    os.kill(harmed.worker, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as person:
        asked = person.submit(harmed.roll_back)
        time.sleep(ASKED_S)
        os.kill(harmed.worker, signal.SIGCONT)
        return asked.result()


def without_a_socket(harmed: Harmed) -> str:
    """Delete the socket under a screen that watches, and press the keys on that screen at once."""
    attach = [PITHEAD, "attach", harmed.release.folder.name]
    with Terminal(attach, env=harmed.ground.env) as viewer:
        viewer.read_until(LAST_HINT)
        socket_of(harmed.release.folder).unlink()
        harmed.press_roll_back(viewer)
    return ""


def without_a_folder(harmed: Harmed) -> str:
    """Delete all that the worker has on disk."""
    shutil.rmtree(harmed.release.folder)
    return harmed.roll_back()


def on_a_full_disk(harmed: Harmed) -> str:
    """Fill the disk under a screen that watches, which shows what the worker tells it; then clear it."""
    attach = [PITHEAD, "attach", harmed.release.folder.name]
    with Terminal(attach, env=harmed.ground.env) as viewer:
        viewer.read_until(LAST_HINT)
        ballast = harmed.ground.home / "ballast"
        fill(ballast)
        assert shows(viewer, "the journal can't be written: No space left on device")
        viewer.press(b"R")
        viewer.read_for(1.0)  # as a person does, who reads the question
        viewer.press(b"\r")
        assert shows(viewer, "all traffic on v1, confirmed after")
        ballast.unlink()
    return ""


def fill(ballast: Path) -> None:
    """Leave no byte on a disk."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 512):
            pass


HARMS: dict[str, Callable[[Harmed], str]] = {
    "descriptors": out_of_descriptors,
    "stopped": stopped,
    "socket": without_a_socket,
    "folder": without_a_folder,
    "disk": on_a_full_disk,
}
TAKEN = sampled("harms of a release", [*HARMS])


class Aftermath(Struct, frozen=True, kw_only=True):
    """What became of it."""

    refused: str
    ended: ReleaseEnded
    weights: Sequence[int]
    whole: bool


def aftermath(harm: str, lab: LabAddresses, home: Path) -> Aftermath:
    with Ground(lab, home, f"harmed-{harm}") as ground:
        process = ground.headless()
        release = ground.release()
        release.until(SampleTaken, count=2)
        refused = HARMS[harm](Harmed(ground=ground, release=release, worker=process.pid))
        process.communicate(timeout=WITHIN_S)
        journal = journal_of(release.folder)
        events = [record.event for record in read_journal(journal)]
        (ended,) = (event for event in events if isinstance(event, ReleaseEnded))
        return Aftermath(
            refused=refused,
            ended=ended,
            weights=[event.weight for event in events if isinstance(event, WeightConfirmed)],
            whole=verify(lines_at(str(journal))).whole,
        )


@contextmanager
def small_disk(home: Path) -> Iterator[bool]:
    """Put a disk of half a megabyte at a place; whether that could be done."""
    home.parent.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(home.parent)]
    made = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield made
    if made:
        subprocess.run(["umount", str(home.parent)], check=True)


@pytest.fixture(scope="module")
def running(
    lab: LabAddresses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Aftermath]]]:
    homes = {harm: tmp_path_factory.mktemp("harmed") / "disk" / "home" for harm in HARMS}
    with small_disk(homes["disk"]) as made, ThreadPoolExecutor(len(TAKEN)) as threads:
        harms = [harm for harm in TAKEN if made or harm != "disk"]
        yield {harm: threads.submit(aftermath, harm, lab, homes[harm]) for harm in harms}


@pytest.mark.parametrize("harm", TAKEN)
def test_a_rollback_by_hand_reaches_the_router_and_nothing_is_missing_from_the_record(
    harm: str, running: dict[str, Future[Aftermath]]
) -> None:
    if harm not in running:
        pytest.skip("mount is not allowed here: run the tests as root where a tmpfs can be mounted")
    found = running[harm].result()
    assert found.refused == ""
    assert found.ended.exit_code == ExitCode.ROLLED_BACK_BY_PERSON
    assert found.weights == [5, 0]
    assert found.whole
