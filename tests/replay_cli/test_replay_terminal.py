"""The replay on a real terminal, its recording coming through a pipe: keys come from the terminal."""

from __future__ import annotations

from pathlib import Path

import pyte
import pytest

from console.journal import Journal
from tests.processes.terminal import COLUMNS, PITHEAD, ROWS, Terminal
from tests.screens import stories


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        for record in stories.rolled_back().records:
            journal.append(record)
    return path


def test_a_recording_from_a_pipe_is_played_and_keys_work(recording: Path) -> None:
    piped = f"gzip -c '{recording}' | '{PITHEAD}' replay - --at +148s"
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with Terminal(["/bin/sh", "-c", piped]) as terminal:
        stream.feed(terminal.read_until(b"leave"))
        assert "BREACH" in screen.display[1]
        terminal.press(b"]")
        stream.feed(terminal.read_until(b"ROLLING BACK"))
        terminal.press(b"5")
        stream.feed(terminal.read_until(b"+01:17"))
        stream.feed(terminal.read_for(0.3))
        assert "GOING WELL" in screen.display[1]
        assert "+01:17 of 02:35" in screen.display[-2]
        terminal.press(b"q")
        assert terminal.process.wait(timeout=20) == 0
