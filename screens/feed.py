"""Where records come from and where commands go: all that a screen knows of the world outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from console.policy.explain import Line
from console.policy.permit import Command
from console.release.events import Record


class Feed(Protocol):
    """Gives the records of one release, in order, from the first on."""

    def poll(self) -> Sequence[Record]:
        """Give what is new since the last poll. Never waits, and costs little when there is nothing."""


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
