"""Stories as recordings, and a player that stands still."""

from __future__ import annotations

from pathlib import Path

from console.journal import Journal
from console.replay.recording import Recording, open_recording
from screens.replay.player import Player
from tests.screens.stories import Teller


def recorded(teller: Teller, folder: Path) -> Recording:
    """Write the story's journal and open it."""
    path = folder / "journal.jsonl"
    with Journal(path) as journal:
        for record in teller.records:
            journal.append(record)
    return open_recording(str(path))


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def player_of(recording: Recording, *, at_s: float | None = 0.0, clock: Hand | None = None) -> Player:
    """A player that is paused at so many seconds after the beginning, or plays from there where None."""
    at = None if at_s is None else recording.first_at + at_s
    return Player(recording, at=at, clock=clock or Hand())
