"""The way back: decided, withheld, made, and watched until users have recovered."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from console.plan.units import words_count
from console.release.about import About, By, Gravity
from console.release.causes import Cause
from console.release.event import Event
from console.release.numbers import Ordinal
from console.release.parts import Rollback, Withheld
from console.release.state import Phase, Release


class RollbackDecided(Event, frozen=True, kw_only=True, tag="rollback_decided"):
    """From here on the weight only goes to zero."""

    about: ClassVar[About] = About(
        by=By.POLICY, gravity=Gravity.GRAVE, sign="R", means="rolled back", decides=("cause",)
    )

    cause: Cause
    reason: str

    def change(self, release: Release, at: float, /) -> Release:
        # The failures of the way forward are not the way back's: its first write waits for none of their
        # pauses.
        reason, _, _ = self.reason.partition(RULE)
        rollback = Rollback(cause=self.cause, reason=reason, decided_at=at)
        return replace(release, phase=Phase.ROLLING_BACK, rollback=rollback, failure=None)

    def in_words(self, release: Release, /) -> str:
        return f"ROLLING BACK: {release.rollback.reason if release.rollback else self.reason}"


RULE = "; the rule: "
"""Between a reason and its guard in journals of before: the plan has the rule."""


class RollbackWithheld(Event, frozen=True, kw_only=True, tag="rollback_withheld"):
    """A rollback by itself is due, and stable has no ready pods: it waits for them, or for a person."""

    about: ClassVar[About] = About(by=By.POLICY, gravity=Gravity.GRAVE, sign="!", decides=("cause",))

    cause: Cause
    reason: str

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, withheld=Withheld(cause=self.cause, reason=self.reason))

    def in_words(self, release: Release, /) -> str:
        stable = release.plan.stable.name
        return f"NOT ROLLED BACK: {stable} has 0 ready pods; {self.reason}"


class RolledBack(Event, frozen=True, kw_only=True, tag="rolled_back"):
    """Stable has kept all traffic for several reads of the router in a row, behind the write of it."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.STEP, answers=True)

    reads: Ordinal
    over_s: Annotated[float, Meta(ge=0.0, le=1e9)]
    """From the first of these reads to the last."""

    def change(self, release: Release, at: float, /) -> Release:
        rollback = release.rollback
        return replace(release, rollback=replace(rollback, stayed_at=at) if rollback else None)

    def in_words(self, release: Release, /) -> str:
        stable = release.plan.stable.name
        return f"all traffic has stayed on {stable} for {self.reads} reads, {self.over_s:.1f}s"


class Recovered(Event, frozen=True, kw_only=True, tag="recovered"):
    """The canary serves nobody any more and errors are as they should be; or the watch for that has ended."""

    about: ClassVar[About] = About(by=By.POLICY, gravity=Gravity.STEP, decides=())

    still_served: Annotated[float, Meta(ge=0.0, le=1e15)] = 0.0
    """Requests that the canary had in the last look; 0 where it is over."""
    failed: Annotated[float, Meta(ge=0.0, le=1e15)] = 0.0
    """Requests that failed on the canary, over the whole release as far as it was seen."""
    troubled: bool = False
    """Whether errors were not yet as they should be when the watch ended."""
    unseen: bool = False
    """Whether no look told of both versions until the watch ended: nobody knows whether users recovered."""

    @property
    def gravity(self) -> Gravity:
        """Users who have not recovered, or of whom nobody knows, are grave."""
        bad = self.still_served or self.troubled or self.unseen
        return Gravity.GRAVE if bad else self.about.gravity

    def change(self, release: Release, at: float, /) -> Release:
        rollback = release.rollback
        if rollback is None:
            return release
        # `recovered_at` ends the watch, well or not; what was still wrong then is carried along, so that the
        # headline of the end can say it without the samples.
        over = replace(rollback, recovered_at=at, served=self.still_served, troubled=self.troubled)
        return replace(release, rollback=over)

    def in_words(self, release: Release, /) -> str:
        canary = release.plan.canary.name
        failed = f"; {words_count(self.failed, 'request')} failed on {canary}" if self.failed else ""
        if self.still_served:
            served = words_count(self.still_served, "request")
            return f"NOT RECOVERED: {canary} still had {served} in this look{failed}"
        if self.troubled:
            return f"NOT RECOVERED: errors go on on {release.plan.stable.name}, which serves alone{failed}"
        if self.unseen:
            return f"NOT SEEN: the metrics did not show {canary} without traffic{failed}"
        return f"RECOVERED: {canary} serves nobody any more{failed}"
