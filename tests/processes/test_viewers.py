"""Several people watch one release, each on a terminal of their own, and any of them commands it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyte
import pytest

from console.errors import ExitCode
from console.host.places import socket_of
from console.release.events import Paused, Resumed, RollbackDecided, SampleTaken
from tests.processes.ground import Ground, workers_of
from tests.processes.terminal import COLUMNS, LAST_HINT, PITHEAD, ROWS, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from console.lab.order import LabAddresses
    from tests.processes.background import Followed

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def ground(lab: LabAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(lab, tmp_path_factory.mktemp("viewers") / "home", "viewers") as ground:
        yield ground


@pytest.fixture(scope="module")
def release(ground: Ground) -> Followed:
    """A release under way, for all tests that leave it so, in whichever order."""
    return left_alone(ground)


def left_alone(ground: Ground) -> Followed:
    """Start a release from a terminal, which its person leaves with q at once."""
    with ground.on_terminal() as terminal:
        terminal.read_until(LAST_HINT)
        release = ground.release()
        release.until(SampleTaken)
        terminal.press(b"q")
        terminal.read_until(b"pithead attach " + release.folder.name.encode())
        assert terminal.process.wait(60) == ExitCode.LEFT
    return release


@contextmanager
def two_viewers(ground: Ground, release: Followed) -> Iterator[tuple[Terminal, Terminal]]:
    command = [PITHEAD, "attach", release.folder.name]
    with Terminal(command, env=ground.env) as one, Terminal(command, env=ground.env) as other:
        for viewer in (one, other):
            viewer.read_until(LAST_HINT)
        yield one, other


def shows(viewer: Terminal, words: str, *, within_s: float = 60.0) -> bool:
    """Whether a viewer's screen comes to show some words; fails with what it shows where it never does."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream, until = pyte.ByteStream(screen), time.monotonic() + within_s
    stream.feed(viewer.read)
    while words not in "\n".join(screen.display) and time.monotonic() < until:
        stream.feed(viewer.read_for(0.2))
    shown = "\n".join(screen.display)
    assert words in shown, f"{words!r} is not shown after {within_s:g} s:\n{shown}"
    return True


def test_leaving_with_q_leaves_the_worker(ground: Ground, release: Followed) -> None:
    seen = len(release.ticks)
    release.until(SampleTaken, count=seen + 2)
    assert len(workers_of(ground.home)) == 1


def test_what_one_does_all_see(ground: Ground, release: Followed) -> None:
    with two_viewers(ground, release) as (one, other):
        one.press(b" ")
        release.until(Paused)
        assert shows(one, "HOLDING")
        assert shows(other, "HOLDING")
        other.press(b" ")
        release.until(Resumed)
        assert shows(one, "resumed")


def test_the_socket_is_its_owners_alone(release: Followed) -> None:
    socket = socket_of(release.folder)
    assert [path.stat().st_mode & 0o777 for path in (socket, socket.parent)] == [0o600, 0o700]


def test_r_and_enter_roll_back_and_all_see_the_end(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "viewers-of-an-end") as ground:
        release = left_alone(ground)
        with two_viewers(ground, release) as (one, other):
            one.press(b"R")
            assert shows(one, "Roll back to v1?")
            one.read_for(1.0)  # as a person does, who reads the question
            one.press(b"\r")
            release.until(RollbackDecided)
            assert shows(one, "ROLLED BACK")
            assert shows(other, "ROLLED BACK")
