"""What can be done to a release, whoever drives it: the deeds of time, faults and people."""

from __future__ import annotations

from typing import Protocol

from console.policy.permit import Command
from console.release import events as ev
from tests.model.promises import Promises
from tests.model.surroundings import Road, Weather, Wheel


class Drive(Protocol):
    """One release under way; each deed returns when all that follows from it at once has happened."""

    promises: Promises

    @property
    def records(self) -> list[ev.Record]:
        """Everything on record so far."""

    def pass_time(self, ticks: int) -> None:
        """Let so many ticks go by."""

    def weather(self, weather: Weather) -> None:
        """Let the metrics show this."""

    def road(self, road: Road) -> None:
        """Let writes fare like this."""

    def wheel(self, wheel: Wheel) -> None:
        """Let the lease be so."""

    def disk(self, *, full: bool) -> None:
        """Let the journal's disk take nothing, or everything again."""

    def ask(self, command: Command, *, reason: str = "", read_only: bool = False) -> None:
        """Let a person ask for something."""

    def meddle(self, weight: int) -> None:
        """Let someone else set the weight."""

    def crash(self, *, landed: bool) -> None:
        """Kill the worker and let another take the release up; `landed`: what was being written got there."""

    def sleep(self, for_s: float) -> None:
        """Suspend the machine."""

    def check(self) -> None:
        """Look whether all is as it must be at this instant; what is not is noted with the promises."""

    def end(self) -> None:
        """Mend everything, want stable back, and see that it comes."""
