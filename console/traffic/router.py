"""What the worker asks of a router; each kind of router answers in a module of its own."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.plan.exposure import Exposure
from console.preflight import Check

CALL_S = 2.0
"""Seconds that one call gets, unless its caller says otherwise."""


class Split(Struct, frozen=True, kw_only=True):
    """What is in force, as the router's own object says it."""

    exposure: Exposure
    """The part of the requests that goes to the canary."""
    version: str
    """The object's resourceVersion: a write is conditional on it."""
    changed_by: str = ""
    """Who wrote the routes last (field manager), where the object tells."""
    wanted_by: str = ""
    """Who changed anything last that the object wants, the routes or another part of it, where it tells."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What the object sends besides what a release moves."""
    driver: str = ""
    """Whose release the object's marks name, where they are not ours."""
    driven_at: float | None = None
    """When that driver wrote the object, in epoch seconds by its clock; None where its mark does not say."""
    driver_wrote: bool | None = None
    """Whether a driver put the mark there, and not a manifest; None where the router does not note it."""
    marked: bool = True
    """Whether it bears this release's own mark; a router that has no place for marks says so of all."""
    worker: str = ""
    """The mark of another worker of this release, living or dead; empty where it is our own or none of it."""
    uid: str = ""
    """The object's UID: no other one has it, also not one of the same name; empty where it has none."""
    generation: int = 0
    """Counted by the API server: one more with each change of what is wanted, none for annotations or status;
    0 where the router counts none."""

    @property
    def weight(self) -> int:
        """The canary's share, percent."""
        return self.exposure.weight


class Router(Protocol):
    """Splits requests between stable and canary.

    Each call has a deadline of its own and raises `ClusterError` or one of its kinds. None retries: what
    to do after a failure is the worker's to decide.
    """

    async def preflight(self) -> tuple[Check, ...]:
        """Look at everything that a release will need, and write nothing."""

    async def read(self, *, deadline_s: float = CALL_S) -> Split:
        """Read the weights in force."""

    async def write(self, exposure: Exposure, *, base: Split, deadline_s: float = CALL_S) -> Split:
        """Ask for `exposure`, on condition that the object is still at `base.version`.

        Returns what the API server answered: the split as stored. Raises `Conflict` where the object has
        moved on, `Unreachable` where it is not known whether the write happened. In the same write the
        object is marked as ours, or, with all traffic on stable, as nobody's.
        """

    async def sign_off(self) -> None:
        """Take our marks off the object and leave its weights; marks that are not ours stay."""
