"""Exposure: the part of the traffic that meets the canary, and the questions that others ask of it.

A weight is all of it today. A mirror and matches of headers belong beside it: who asks these questions need
not know which of them there are.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Percent = Annotated[int, Meta(ge=0, le=100)]
FULL = 100
"""All requests, percent."""


class Compares(StrEnum):
    """Whose requests there are, so that something can be compared."""

    BOTH = "both"
    STABLE_ALONE = "stable alone"
    CANARY_ALONE = "canary alone"


class Exposure(Struct, frozen=True, kw_only=True):
    """The part of the traffic whose answers users get from the canary."""

    weight: Percent = 0
    """Percent of the requests."""

    @property
    def is_none(self) -> bool:
        """Whether no user meets the canary: the way back leads here."""
        return self.weight == 0

    @property
    def is_all(self) -> bool:
        """Whether no user meets stable."""
        return self.weight == FULL

    @property
    def compares(self) -> Compares:
        """Which versions get requests: the other one's may not be had from anywhere."""
        if self.is_none:
            return Compares.STABLE_ALONE
        return Compares.CANARY_ALONE if self.is_all else Compares.BOTH

    def reaches_beyond(self, other: Exposure) -> bool:
        """Whether anybody meets the canary here who does not there: a step forward, which wants evidence."""
        return self.weight > other.weight
