"""What can be done to a release, whoever drives it: the deeds of time, faults and people."""

from __future__ import annotations

from typing import Protocol

from console.command import Command
from console.release import events as ev
from tests.model.promises import Promises
from tests.model.surroundings import Harm, Mark, Other, Road, Weather, Wheel


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

    def anew(self, weight: int | None) -> None:
        """Delete the route and make it anew, with this weight or the one that it had."""

    def harm(self, harm: Harm, *, dead: bool) -> None:
        """Harm the journal under its worker, or under one that is `dead`, before another goes on.

        Where nobody can go on a person rolls back.
        """

    def overtake(self, *, by_a_copy: bool) -> None:
        """Kill the worker, let a newer release of the route promote and end, and take this one up again.

        Or `by_a_copy` of its folder another worker drives it for a while, and dies.
        """

    def cut_off(self, other: Other) -> None:
        """Cut the worker off for a while, in which another one drives; then let it come back."""

    def apply(self, mark: Mark, weight: int | None) -> None:
        """Let somebody apply a manifest with such marks, and this weight or the one in force."""

    def lose_host(self, *, away: bool) -> None:
        """Lose the worker's host with all that it knew; a person rolls back by what the cluster says.

        `away`: that rollback gets through only behind a newer release's promotion.
        """

    def sleep(self, for_s: float) -> None:
        """Suspend the machine."""

    def check(self) -> None:
        """Look whether all is as it must be at this instant; what is not is noted with the promises."""

    def end(self) -> None:
        """Mend everything, want stable back, and see that it comes."""
