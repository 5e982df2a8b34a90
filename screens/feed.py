"""Where records come from and where commands go: all that a screen knows of the world outside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from console.command import Command
from console.journal.checkpoint import Place
from console.journal.tail import AT_A_TIME, BEGINNING, Tail
from console.policy.headline import Line
from console.release.events import Record


class Feed(Protocol):
    """Gives the records of one release, in order, from the first on."""

    def poll(self) -> Sequence[Record]:
        """Give what is new since the last poll, or the next part of it.

        Never waits, and costs little when there is nothing.
        """

    @property
    def unread_bytes(self) -> int:
        """How much is there that no poll has given yet; 0 once all was given."""


class JournalFeed:
    """Gives the records of a journal, a part at a poll: a week's are too many to hold at once."""

    def __init__(self, path: Path, *, after: Place = BEGINNING) -> None:
        """Begin behind a place, for instance a checkpoint's."""
        self._path = path
        self._tail = Tail(path, after=after)

    def poll(self) -> Sequence[Record]:
        """Give what is new, or the next part of it."""
        return self._tail.poll(most=AT_A_TIME)

    @property
    def unread_bytes(self) -> int:
        """How much stands behind the last record that was given, a torn line with it."""
        try:
            return max(0, self._path.stat().st_size - self._tail.place.whole_bytes)
        except OSError:
            return 0


class Keeper(Protocol):
    """Knows whether a worker drives the release, and can start one."""

    def lives(self) -> bool:
        """Whether a worker drives the release, or was started an instant ago."""

    def roll_back(self, *, reason: str) -> str:
        """Start a worker whose first act is the rollback; gives what went wrong, or nothing."""

    def revive(self) -> str:
        """Start a worker that goes on with the release, holding first; gives what went wrong, or nothing."""


class Driver(Protocol):
    """Takes commands to the worker."""

    async def send(self, command: Command, *, reason: str = "") -> str:
        """Ask, and give the worker's refusal in words; empty where the command was taken."""

    async def how(self) -> Line | None:
        """Ask how the release stands; None where nobody answers."""
