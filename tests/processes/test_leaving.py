"""A release whose reader, terminal or host goes away: leaving is not dying."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.host.alive import worker_of
from console.release.events import (
    LeaseHeld,
    OnSignal,
    ReleaseEnded,
    RollbackAsked,
    SampleTaken,
    Signalled,
    WeightConfirmed,
    WorkerResumed,
)
from tests.processes.ground import Ground
from tests.processes.terminal import PITHEAD, Terminal
from tests.sample import in_full_only

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.order import LabAddresses
    from tests.processes.background import Followed

pytestmark = pytest.mark.real

WITHIN_S = 60.0
BREACH_LATER = "[{metric: always_seven, max: 1, min_requests: 0, for: 4s, then: rollback}]"


def headless(ground: Ground, *, stdout: int, stderr: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*ground.run, "--headless"],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stdout if stderr is None else stderr,
        env=os.environ | ground.env,
    )


def full_pipe() -> tuple[int, int]:
    """Make a pipe that takes no byte more: who writes into it waits for a reader who never comes."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x")
    except BlockingIOError:
        os.set_blocking(write, True)
    return read, write


def heard(release: Followed) -> list[tuple[str, str]]:
    return [(event.signal, event.does) for _, event in release.all_of(Signalled)]


@pytest.mark.full
def test_a_reader_who_stalls_stops_neither_the_guards_nor_the_end(lab: LabAddresses, tmp_path: Path) -> None:
    read, write = full_pipe()
    with Ground(lab, tmp_path / "home", "stalled-guard", guards=BREACH_LATER) as ground:
        process = headless(ground, stdout=write)
        release = ground.release()
        assert release.until(ReleaseEnded, within_s=WITHIN_S)[1].exit_code == ExitCode.ROLLED_BACK_BY_GUARD
        assert process.wait(WITHIN_S) == ExitCode.ROLLED_BACK_BY_GUARD
    os.close(read)
    os.close(write)


@pytest.mark.full
def test_a_reader_who_stalls_keeps_no_signal_from_the_worker(lab: LabAddresses, tmp_path: Path) -> None:
    read, write = full_pipe()
    with Ground(lab, tmp_path / "home", "stalled-term") as ground:
        process = headless(ground, stdout=write)
        release = ground.release()
        release.until(SampleTaken, count=3, within_s=WITHIN_S)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == ExitCode.ROLLED_BACK_BY_PERSON
        assert heard(release) == [("SIGTERM", OnSignal.ROLL_BACK)]
    os.close(read)
    os.close(write)


@pytest.mark.full
def test_a_reader_who_went_away_ends_nothing(lab: LabAddresses, tmp_path: Path) -> None:
    read, write = os.pipe()
    with Ground(lab, tmp_path / "home", "gone") as ground:
        process = headless(ground, stdout=write)
        os.close(write)
        os.close(read)
        release = ground.release()
        release.until(SampleTaken, count=3, within_s=WITHIN_S)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == ExitCode.ROLLED_BACK_BY_PERSON


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux'")
def test_a_full_disk_under_the_output_ends_nothing_and_is_said_once(
    lab: LabAddresses, tmp_path: Path
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    with Ground(lab, tmp_path / "home", "full") as ground:
        process = headless(ground, stdout=full, stderr=subprocess.PIPE)
        release = ground.release()
        release.until(SampleTaken, count=3, within_s=WITHIN_S)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=WITHIN_S)
        assert process.returncode == ExitCode.ROLLED_BACK_BY_PERSON
        folder = release.folder
    os.close(full)
    lines = told.decode().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(f"(No space left on device); the journal has them: {folder}")


@pytest.mark.parametrize("closed", [*in_full_only(["<&-", ">&-", "2>&-"]), "<&- >&- 2>&-"])
def test_closed_streams_end_nothing(lab: LabAddresses, tmp_path: Path, closed: str) -> None:
    name = "closed-" + "".join(letter for letter in closed if letter in "<>2").replace("<", "i").replace(
        ">", "o"
    )
    with Ground(lab, tmp_path / "home", name) as ground:
        command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *ground.run, "--headless"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | ground.env
        )
        release = ground.release()
        release.until(SampleTaken, count=2, within_s=WITHIN_S)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=WITHIN_S)
        assert process.returncode == ExitCode.ROLLED_BACK_BY_PERSON, out + err
        assert b"Traceback" not in out + err


@pytest.mark.full
def test_a_terminal_that_is_closed_ends_no_headless_release(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "hung-up") as ground:
        command = [*ground.run, "--headless"]
        with Terminal(command, env=ground.env) as terminal:
            release = ground.release()
            release.until(SampleTaken, count=2, within_s=WITHIN_S)
            terminal.close()
            release.until(Signalled, within_s=WITHIN_S)
            ticks = len(release.ticks)
            release.until(SampleTaken, count=ticks + 3, within_s=WITHIN_S)
            assert heard(release) == [("SIGHUP", OnSignal.GO_ON)]
            terminal.process.send_signal(signal.SIGTERM)
            assert terminal.process.wait(WITHIN_S) == ExitCode.ROLLED_BACK_BY_PERSON


@pytest.mark.full
def test_a_terminal_that_is_stopped_holds_up_no_headless_release(lab: LabAddresses, tmp_path: Path) -> None:
    """The window is there and nobody reads it: behind Ctrl-S, or on a laptop that sleeps."""
    with (
        Ground(lab, tmp_path / "home", "stopped-terminal") as ground,
        Terminal([*ground.run, "--headless"], env=ground.env) as terminal,
    ):
        terminal.press(b"\x13")  # Ctrl-S: the line discipline stops all output
        release = ground.release()
        release.until(SampleTaken, count=4, within_s=WITHIN_S)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(WITHIN_S) == ExitCode.ROLLED_BACK_BY_PERSON


def begun_on_screen(ground: Ground) -> tuple[Followed, int]:
    """Start a release as a person does, and leave its screen."""
    with ground.on_terminal() as terminal:
        release = ground.release()
        release.until(SampleTaken, count=2, within_s=WITHIN_S)
        terminal.close()
        terminal.process.wait(WITHIN_S)
    worker = worker_of(release.folder)
    assert worker is not None
    return release, worker


def gone(folder: Path) -> bool:
    until = time.monotonic() + WITHIN_S
    while worker_of(folder) is not None and time.monotonic() < until:
        time.sleep(0.05)
    return worker_of(folder) is None


@pytest.mark.full
def test_a_worker_in_the_background_that_is_stopped_holds_on_record_and_is_taken_up_again(
    lab: LabAddresses, tmp_path: Path
) -> None:
    with Ground(lab, tmp_path / "home", "host-shutdown") as ground:
        release, worker = begun_on_screen(ground)
        os.kill(worker, signal.SIGHUP)
        release.until(Signalled, within_s=WITHIN_S)
        ticks = len(release.ticks)
        release.until(SampleTaken, count=ticks + 2, within_s=WITHIN_S)
        os.kill(worker, signal.SIGTERM)
        assert gone(release.folder)
        assert heard(release) == [("SIGHUP", OnSignal.GO_ON), ("SIGTERM", OnSignal.HOLD)]
        assert [event.weight for _, event in release.all_of(WeightConfirmed)] == [5]
        assert release.exit_code is None
        subprocess.run(
            [PITHEAD, "resume", "--all"], env=os.environ | ground.env, check=True, timeout=WITHIN_S
        )
        release.until(WorkerResumed, within_s=WITHIN_S)
        ticks = len(release.ticks)
        release.until(SampleTaken, count=ticks + 2, within_s=WITHIN_S)
        release.until(LeaseHeld, count=2, within_s=WITHIN_S)


@pytest.mark.full
def test_a_worker_in_the_background_goes_back_where_the_plan_says_so(
    lab: LabAddresses, tmp_path: Path
) -> None:
    with Ground(lab, tmp_path / "home", "stop-back") as ground:
        ground.plan.write_text(f"{ground.plan.read_text()}\non_stop: rollback\n")
        release, worker = begun_on_screen(ground)
        os.kill(worker, signal.SIGTERM)
        _, ended = release.until(ReleaseEnded, within_s=WITHIN_S)
        assert ended.exit_code == ExitCode.ROLLED_BACK_BY_PERSON
        assert "SIGTERM" in release.until(RollbackAsked)[1].reason
        assert gone(release.folder)


def test_a_pipeline_holds_where_the_plan_says_so(lab: LabAddresses, tmp_path: Path) -> None:
    with Ground(lab, tmp_path / "home", "stop-hold") as ground:
        ground.plan.write_text(f"{ground.plan.read_text()}\non_stop: hold\n")
        process = ground.headless()
        release = ground.release()
        release.until(SampleTaken, count=2, within_s=WITHIN_S)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WITHIN_S)
        assert process.returncode == ExitCode.LEFT, out + err
        assert f"pithead resume {release.folder.name} goes on" in out.splitlines()[-1]
        assert release.exit_code is None
