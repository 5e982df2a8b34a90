"""Nothing that the demo started outlives it, unless a person keeps it."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.host.laboratory import laboratory_of
from console.lab.envoy import WHERE
from console.lab.extra import how_to_install
from console.lab.order import PARTS
from console.release.events import Outcome, ReleaseEnded, SampleTaken, WorkerResumed
from tests.lab.test_lab import descendants
from tests.lab.test_leash import wait_for
from tests.processes.ground import release_in, workers_of
from tests.processes.terminal import LAST_HINT, PITHEAD, Terminal
from tests.processes.test_viewers import shows

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from tests.processes.background import Followed


pytestmark = pytest.mark.real


DEMO = [PITHEAD, "demo", "--builtin-prometheus", "--scenario", "healthy"]


class Demo(Terminal):
    """A demo on a terminal, with a home of its own; what it keeps running is ended with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(DEMO, env=self.env)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.pithead("demo", "--end")

    @property
    def env(self) -> dict[str, str]:
        """Where the demo's releases are."""
        return {"PITHEAD_HOME": str(self.home)}

    def pithead(self, *args: str) -> str:
        """Type another command beside it; gives what it said, and its exit code."""
        told = subprocess.run(
            [PITHEAD, *args],
            env=os.environ | self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        return f"{told.stdout}exit {told.returncode}"

    def going(self) -> tuple[Followed, list[int]]:
        """Wait until its release is under way; gives it, and every process that the demo started."""
        release = release_in(self.home)
        release.until(SampleTaken)
        laboratory = laboratory_of(release.folder)
        assert laboratory is not None
        workers = workers_of(self.home)
        assert len(workers) == 1
        return release, [*descendants(self.process.pid), *descendants(laboratory), laboratory, *workers]


def ended(release: Followed) -> Outcome:
    """Wait for the release's end on record."""
    return release.until(ReleaseEnded)[1].outcome


@pytest.mark.usefixtures("lab")  # which skips where no lab can run
def test_kill_9_of_the_demo_leaves_nothing_behind_and_the_end_on_record(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(LAST_HINT)
        release, family = demo.going()
        demo.process.kill()
        demo.process.wait()
        assert ended(release) is Outcome.CLOSED
        assert wait_for(gone=family, within_s=60) == []


@pytest.mark.usefixtures("lab")
@pytest.mark.full
def test_a_terminal_that_is_lost_ends_all_of_it(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(LAST_HINT)
        release, family = demo.going()
        demo.close()
        assert ended(release) is Outcome.CLOSED
        assert wait_for(gone=family, within_s=60) == []


@pytest.mark.usefixtures("lab")
@pytest.mark.full
def test_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(LAST_HINT)
        release, family = demo.going()
        demo.press(b"\x03")
        demo.read_until(b"End the laboratory?")
        demo.read_for(0.5)
        demo.press(b"\t\r")
        assert demo.process.wait(timeout=60) == ExitCode.PROMOTED
        assert wait_for(gone=family, within_s=60) == []
        assert ended(release) is Outcome.CLOSED


@pytest.mark.usefixtures("lab")
@pytest.mark.full
def test_the_end_of_the_laboratory_stands_in_the_journal_also_of_a_dead_release(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(LAST_HINT)
        release, family = demo.going()
        os.kill(workers_of(tmp_path)[0], signal.SIGKILL)
        demo.process.kill()
        demo.process.wait()
        assert wait_for(gone=family, within_s=60) == []
        assert release.all_of(ReleaseEnded) == []  # nobody was left to write it
        assert "laboratory closed" in demo.pithead("runs", "--lab")
        assert ended(release) is Outcome.CLOSED


@pytest.mark.usefixtures("lab")
def test_a_demo_that_is_kept_goes_on_is_come_back_to_and_ends_when_told(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(LAST_HINT)
        release, family = demo.going()
        demo.press(b"q")
        demo.read_until(b"Keep it running")
        demo.read_for(0.5)
        demo.press(b"k")
        demo.read_until(b"pithead demo --end")
        assert demo.process.wait(timeout=60) == ExitCode.PROMOTED
        release.until(SampleTaken, count=len(release.ticks) + 2)
        name = release.folder.name
        assert f" {name}, by " in demo.pithead("status")
        assert "there is no release" in demo.pithead("runs")
        assert name in demo.pithead("runs", "--lab")
        with Terminal([PITHEAD, "attach"], env=demo.env) as viewer:
            viewer.read_until(LAST_HINT)
            assert shows(viewer, "LIVE", within_s=60)
        assert f"the laboratory of {name} has ended" in demo.pithead("demo", "--end")
        assert wait_for(gone=family, within_s=60) == []
        assert ended(release) is Outcome.CLOSED


@pytest.mark.usefixtures("lab")
def test_a_killed_worker_is_dead_at_once_on_the_demo_s_screen_and_r_brings_it_back(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(LAST_HINT)
        release, _ = demo.going()
        os.kill(workers_of(tmp_path)[0], signal.SIGKILL)
        assert shows(demo, "WORKER DEAD", within_s=60)
        assert shows(demo, "R rolls", within_s=60)
        demo.read_for(0.5)
        demo.press(b"r")
        release.until(WorkerResumed)
        assert shows(demo, "HOLDING", within_s=60)


@pytest.mark.usefixtures("lab")
@pytest.mark.full
def test_the_screen_tells_each_part_of_its_laboratory_and_leaves_with_it(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        demo.read_until(b"for the laboratory")
        family = descendants(demo.process.pid)
        for part in PARTS:
            assert shows(demo, part, within_s=60)
        demo.press(b"q")
        assert demo.process.wait(timeout=60) == ExitCode.PROMOTED
        assert wait_for(gone=family, within_s=60) == []
    assert list((tmp_path / "lab" / "releases").iterdir()) == []
    assert not (tmp_path / "releases").exists()


def test_a_laboratory_that_can_t_be_built_is_a_sentence_after_the_screen(tmp_path: Path) -> None:
    (tmp_path / "envoy.py").write_text("raise ModuleNotFoundError('gone', name='envoy')")
    env = {"PITHEAD_HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path)}
    with Terminal([PITHEAD, "demo"], env=env) as terminal:
        said = terminal.read_until(WHERE.encode())
        assert b"pithead: The lab needs Envoy, which is not installed.\r\n" in said
        assert how_to_install().encode() in said
        assert terminal.process.wait(timeout=10) == ExitCode.USAGE
