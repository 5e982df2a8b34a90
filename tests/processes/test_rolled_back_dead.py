"""Releases whose worker was killed with -9, rolled back by one command or two keys; their journals harmed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from console.errors import ExitCode
from console.host.alive import worker_of
from console.host.places import journal_of
from console.journal import read_journal
from console.lab.topology import NAMESPACE
from console.release import events as ev
from tests.lab.test_lab import call, kubernetes
from tests.processes.ground import Ground, canary_served
from tests.processes.terminal import LAST_HINT, PITHEAD, Terminal
from tests.processes.test_harmed import fill, small_disk
from tests.processes.test_viewers import shows
from tests.sample import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from console.lab.order import LabAddresses

pytestmark = pytest.mark.real

WITHIN_S = 60.0


def as_it_is(_journal: Path) -> None:
    """Leave the journal alone."""


def cut_in_half(journal: Path) -> None:
    os.truncate(journal, journal.stat().st_size // 2)


def broken(journal: Path) -> None:
    journal.write_bytes(b"\x00" * 300)


def gone(journal: Path) -> None:
    journal.unlink()


def on_a_full_disk(journal: Path) -> None:
    fill(journal.parents[2] / "ballast")


HARMS: dict[str, Callable[[Path], None]] = {
    "whole": as_it_is,
    "cut": cut_in_half,
    "broken": broken,
    "gone": gone,
    "disk": on_a_full_disk,
}
TAKEN = sampled("harms of a release", [*HARMS])


class Aftermath(Struct, frozen=True, kw_only=True):
    """What the command said, and what the router says."""

    code: int
    out: str
    err: str
    weights: list[int]
    ended: bool


def aftermath(harm: str, lab: LabAddresses, home: Path) -> Aftermath:
    with Ground(lab, home, f"dead-{harm}") as ground:
        running = ground.headless()
        release = ground.release()
        release.until(ev.SampleTaken, count=2)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=WITHIN_S)
        assert weights_of(lab, f"dead-{harm}") == [95, 5]
        HARMS[harm](journal_of(release.folder))
        done = subprocess.run(
            [PITHEAD, "rollback", release.folder.name, "--reason", "pager"],
            env=os.environ | ground.env,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        weights = weights_of(lab, f"dead-{harm}")
        (home / "ballast").unlink(missing_ok=True)
        ended = within(lambda: has_ended(journal_of(release.folder)) and worker_of(release.folder) is None)
        return Aftermath(code=done.returncode, out=done.stdout, err=done.stderr, weights=weights, ended=ended)


def has_ended(journal: Path) -> bool:
    return journal.exists() and isinstance(read_journal(journal)[-1].event, ev.ReleaseEnded)


def within(true: Callable[[], bool]) -> bool:
    """Wait until something is so; whether it came to that."""
    until = time.monotonic() + WITHIN_S
    while not true() and time.monotonic() < until:
        time.sleep(0.1)
    return true()


def weights_of(lab: LabAddresses, name: str) -> list[int]:
    path = f"/apis/networking.istio.io/v1/namespaces/{NAMESPACE}/virtualservices/{name}"
    (route,) = call(kubernetes(lab) + path)["spec"]["http"]
    return [target.get("weight", 0) for target in route["route"]]


@pytest.fixture(scope="module")
def rolled_back(
    lab: LabAddresses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Aftermath]]]:
    homes = {harm: tmp_path_factory.mktemp("dead") / "disk" / "home" for harm in HARMS}
    with small_disk(homes["disk"]) as made, ThreadPoolExecutor(len(TAKEN)) as threads:
        harms = [harm for harm in TAKEN if made or harm != "disk"]
        yield {harm: threads.submit(aftermath, harm, lab, homes[harm]) for harm in harms}


@pytest.mark.parametrize("harm", TAKEN)
def test_one_command_rolls_a_dead_release_back_whatever_has_become_of_its_journal(
    harm: str, rolled_back: dict[str, Future[Aftermath]]
) -> None:
    if harm not in rolled_back:
        pytest.skip("mount is not allowed here: run the tests as root where a tmpfs can be mounted")
    found = rolled_back[harm].result()
    assert (found.code, found.weights) == (ExitCode.PROMOTED, [100, 0]), found
    assert "ROLLED BACK: all traffic on v1" in found.out
    assert "another one is started, to roll back" in found.err
    assert "Traceback" not in found.err
    assert found.ended


def test_capital_r_and_enter_roll_a_dead_release_back(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "dead-on-screen") as ground, ground.on_terminal() as terminal:
        terminal.read_until(LAST_HINT)
        release = ground.release()
        release.until(ev.SampleTaken, count=2)
        worker = worker_of(release.folder)
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        assert shows(terminal, "The worker is dead since")
        terminal.press(b"R")
        assert shows(terminal, "Roll back to v1?")
        terminal.read_for(1.0)  # as a person does, who reads the question
        terminal.press(b"\r")
        release.until(ev.ReleaseEnded)
        assert weights_of(lab, "dead-on-screen") == [100, 0]
        assert shows(terminal, "ROLLED BACK")
        assert within(lambda: worker_of(release.folder) is None)


@pytest.mark.full
def test_a_screen_of_a_release_without_a_record_rolls_it_back(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "no-record") as ground:
        running = ground.headless()
        release = ground.release()
        release.until(ev.SampleTaken, count=2)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=WITHIN_S)
        os.truncate(journal_of(release.folder), 0)
        with Terminal([PITHEAD, "attach", release.folder.name], env=ground.env) as terminal:
            terminal.read_until(LAST_HINT)
            terminal.press(b"R")
            assert shows(terminal, "Roll back to stable?")
            terminal.read_for(1.0)  # as a person does, who reads the question
            terminal.press(b"\r")
            assert shows(terminal, "ROLLED BACK")
        assert weights_of(lab, "no-record") == [100, 0]
        assert within(lambda: worker_of(release.folder) is None)


@pytest.mark.full
def test_a_promoted_release_is_undone_by_a_release_of_its_own(lab: LabAddresses, tmp_path: Path) -> None:
    stages = "[{weight: 50%, hold: 1s}, {weight: 100%, hold: 1s}]"
    with Ground(lab, tmp_path / "home", "undone", stages=stages) as ground:
        with canary_served(lab):
            running = ground.headless()
            out, err = running.communicate(timeout=WITHIN_S)
        assert running.returncode == ExitCode.PROMOTED, out + err
        assert weights_of(lab, "undone") == [0, 100]
        undo = ground.start([PITHEAD, "undo", "--reason", "checkout fails"])
        out, err = undo.communicate(timeout=WITHIN_S)
        assert undo.returncode == ExitCode.PROMOTED, out + err
        assert weights_of(lab, "undone") == [100, 0]
        assert "takes it back" in err
        assert "ROLLED BACK" in out
        homes = [*(tmp_path / "home" / "releases").iterdir()]
        assert len(homes) == 2
        assert within(lambda: all(worker_of(folder) is None for folder in homes))
