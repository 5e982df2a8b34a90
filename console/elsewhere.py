"""Traffic of a router's object that a release does not move: other routes, and third destinations."""

from __future__ import annotations

from msgspec import Struct


class Elsewhere(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One route and where it sends requests besides what the release moves."""

    where: str
    """As people say it: `route "beta"`, `tls route number 1`."""
    to: str
    """Where to: `v2`, `v1 70% and v2 30%`."""
    stable: bool = False
    canary: bool = False
    third: bool = False
    """Whether a destination is neither of ours."""

    @property
    def words(self) -> str:
        """Say it: `tls route number 1 sends to v1`."""
        return f"{self.where} sends to {self.to}"


MOST = 3
"""So many are named; the others are counted."""


def in_words(found: tuple[Elsewhere, ...]) -> str:
    """Name them, as far as a line has room for them."""
    said = [each.words for each in found[:MOST]]
    more = len(found) - MOST
    return ", ".join([*said, f"and {more} more"] if more > 0 else said)
