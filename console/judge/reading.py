"""What a guard says after a look: one of four verdicts, and the numbers behind it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """Four, never two: blind is not healthy, and blind is not broken."""

    HEALTHY = "healthy"
    BREACH = "breach"
    INSUFFICIENT = "insufficient"
    """Too little traffic to know."""
    BLIND = "blind"
    """No data."""


class Reading(Struct, frozen=True, kw_only=True):
    """One guard after one look."""

    guard: str
    """The guard's name in the plan."""
    verdict: Verdict
    canary: float | None = None
    """The canary's value in the metric's unit; None where there is none."""
    stable: float | None = None
    requests: float = 0.0
    """Requests behind the judgement: the canary's, or the smaller of both where the guard compares."""
    chance: float | None = None
    """Where a comparison is beyond its limit: the chance of this if both versions were alike."""
    over_s: float = 0.0
    """How long the value has been beyond the limit. A gap in the data freezes it."""
    ripe: bool = False
    """The breach has lasted as long as the guard's `for` wants: now it counts."""
    since: float = 0.0
    """When the verdict became what it is, epoch seconds."""

    @property
    def beyond(self) -> bool:
        """Whether the value is beyond the limit, be it by chance."""
        return self.verdict is Verdict.BREACH or self.chance is not None
