"""What a plan's router tells of itself, and what its kind can do: whatever the kind is."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

SETTLE_S = 10.0
"""Seconds until every proxy of a mesh has a new weight: Istio gathers changes for 10 s at most
(PILOT_DEBOUNCE_MAX), and other data planes need less."""


class Can(Struct, frozen=True, kw_only=True):
    """What a kind of router is able to do."""

    step_percent: int = 1
    """Weights come in multiples of this percent: a plan that asks for others is refused."""
    settle_s: float = SETTLE_S
    """Seconds after a write for which traffic may still follow the weight before: until then the canary is
    only expected to have what it had."""


class Mark(Protocol):
    """What a way back has to know of a router beside its name: it is marked where the router is.

    Its keys stand beside those that the mark of every kind has (`console.traffic.marks.WayBack`).
    """

    def settings(self, target: str) -> Settings:
        """Return the settings that it was made of, for the router of this name."""


class Settings(Protocol):
    """One plan's router: a frozen Struct whose tag is the kind's name, under `kind`."""

    @property
    def target(self) -> str:
        """Name what is driven: in `KIND:NAMESPACE/NAME`, and in the name of the lease."""

    @property
    def in_words(self) -> str:
        """Say what is written, and between what it splits."""

    @property
    def names(self) -> tuple[str, str]:
        """Return names for stable and canary, for a plan that is lost."""

    @property
    def hosts(self) -> tuple[str, str]:
        """Return the hosts of stable and canary; empty where a version has none of its own."""

    @property
    def to_the_canary(self) -> str:
        """Name what lies between the route and the canary's pods, for who looks for lost requests."""

    @property
    def mark(self) -> Mark:
        """Return what a way back has to know."""
