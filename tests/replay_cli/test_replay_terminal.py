"""The replay on a real terminal, its recording coming through a pipe: keys come from the terminal."""

from __future__ import annotations

import time
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
        stream.feed(terminal.read_until(b"SUSPECT"))
        assert "SUSPECT" in screen.display[1]
        terminal.press(b"]")
        stream.feed(terminal.read_until(b"ROLLING BACK"))
        terminal.press(b"5")
        until = time.monotonic() + 30.0
        while not ("GOING WELL" in screen.display[1] and "+01:17 of 02:35" in screen.display[-2]):
            assert time.monotonic() < until, screen.display
            stream.feed(terminal.read_for(0.1))
        terminal.press(b"q")
        assert terminal.process.wait(timeout=60) == 0
