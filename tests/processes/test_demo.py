"""Nothing that the demo started outlives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
