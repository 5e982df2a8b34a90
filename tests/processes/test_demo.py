"""Nothing that the demo started outlives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.lab.envoy import WHERE
from console.lab.extra import how_to_install
from console.release.events import SampleTaken
from tests.lab.test_lab import descendants
from tests.lab.test_leash import wait_for
from tests.processes.ground import release_in, workers_of
from tests.processes.terminal import LAST_HINT, PITHEAD, Terminal

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.real


@pytest.mark.usefixtures("lab")  # which skips where no lab can run
def test_kill_9_of_the_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [PITHEAD, "demo", "--builtin-prometheus"]
    with Terminal(command, env={"PITHEAD_HOME": str(tmp_path)}) as terminal:
        terminal.read_until(LAST_HINT)
        release_in(tmp_path).until(SampleTaken)
        family = descendants(terminal.process.pid)
        (worker,) = workers_of(tmp_path)
        assert worker in family
        terminal.process.kill()
        terminal.process.wait()
        assert wait_for(gone=family) == []


@pytest.mark.usefixtures("lab")
def test_the_screen_is_there_before_its_laboratory_and_leaves_with_it(tmp_path: Path) -> None:
    with Terminal([PITHEAD, "demo"], env={"PITHEAD_HOME": str(tmp_path)}) as terminal:
        terminal.read_until(b"for the laboratory")
        family = descendants(terminal.process.pid)
        terminal.press(b"q")
        assert terminal.process.wait(timeout=10) == ExitCode.PROMOTED
        assert wait_for(gone=family) == []
    assert list((tmp_path / "releases").iterdir()) == []


def test_a_laboratory_that_can_t_be_built_is_a_sentence_after_the_screen(tmp_path: Path) -> None:
    (tmp_path / "envoy.py").write_text("raise ModuleNotFoundError('gone', name='envoy')")
    env = {"PITHEAD_HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path)}
    with Terminal([PITHEAD, "demo"], env=env) as terminal:
        said = terminal.read_until(WHERE.encode())
        assert b"pithead: The lab needs Envoy, which is not installed.\r\n" in said
        assert how_to_install().encode() in said
        assert terminal.process.wait(timeout=10) == ExitCode.USAGE
