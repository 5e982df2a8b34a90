"""The right to drive: held, awaited, lost or waived."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from console.person import Person
from console.plan.units import words_duration
from console.release.about import About, By, Gravity
from console.release.event import Event, Remark
from console.release.event_words import person_in_words
from console.release.parts import Lease
from console.release.state import Release


class LeaseHeld(Event, frozen=True, kw_only=True, tag="lease_held"):
    """This worker alone may move the router forward: at the start, or again after the lease was lost."""

    about: ClassVar[About] = About(by=By.WORLD)

    lease: str
    """The object, as `namespace/name`."""
    taken_from: str = ""
    """Who was driving until a person took over from them, in words."""
    person: Person | None = None
    """Who took over, and why."""
    reason: str = ""
    stint: str = ""
    """Which holding of the lease this is: its object's UID and how often its holder has changed."""
    meanwhile: bool = False
    """Whether somebody else has held it since this release did: what they have done nobody else may tell."""

    end_lost: bool = False
    """Whether the release's own last worker had let go of it, as at an end, and the record has no end."""

    @property
    def gravity(self) -> Gravity:
        """Behind another holder, or an end that is lost, a person is needed."""
        return Gravity.GRAVE if self.meanwhile or self.end_lost else self.about.gravity

    def change(self, release: Release, at: float, /) -> Release:
        return replace(
            release,
            lease=Lease(held=True, at=at),
            stint=self.stint,
            # Both stick until a person lets the release go on: a lease that is renewed well a minute later
            # does not undo what the other holder may have written.
            held_meanwhile=release.held_meanwhile or self.meanwhile,
            end_lost=release.end_lost or self.end_lost,
        )

    def in_words(self, _release: Release, /) -> str:
        again = f"the lease {self.lease} is held again"
        if self.meanwhile:
            return f"{again}; somebody else has held it since: no step by itself"
        if self.end_lost:
            return f"{again}; an end had let go of it, and is lost: no step by itself"
        if not self.taken_from or self.person is None:
            return f"the lease {self.lease} is held: no other worker moves this router"
        reason = f": {self.reason}" if self.reason else ""
        return f"taken over from {self.taken_from} by {person_in_words(self.person)}{reason}"


class LeaseAwaited(Event, frozen=True, kw_only=True, tag="lease_awaited"):
    """The lease was taken over, and is waited for: until then its former holder may be certain of it."""

    about: ClassVar[About] = About(by=By.WORLD)

    lease: str
    taken_from: str
    """Who was driving, in words."""
    wait_s: Annotated[float, Meta(ge=0.0, le=1e9)]

    def change(self, release: Release, at: float, /) -> Release:
        why = f"{self.taken_from} may be certain of it until then"
        return replace(release, lease=Lease(held=False, at=at, why=why, free_at=at + self.wait_s))

    def in_words(self, _release: Release, /) -> str:
        wait = words_duration(round(self.wait_s))
        may_be = f"{self.taken_from} may be certain of it"
        return f"the lease {self.lease} was taken over: waiting {wait}, for {may_be}"


class LeaseLost(Event, frozen=True, kw_only=True, tag="lease_lost"):
    """It is not certain any more that the lease is ours: nothing goes forward."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.AMISS)

    why: str
    by: str = ""
    """Who drives now, in words; empty where nobody is known to."""
    wrote: bool = False
    """Whether the new driver has written the router already: from then on not even a rollback touches it."""

    def change(self, release: Release, at: float, /) -> Release:
        lost = Lease(held=False, at=at, why=self.why, taken_by=self.by, taker_wrote=self.wrote)
        return replace(release, lease=lost)

    def in_words(self, _release: Release, /) -> str:
        return f"the lease is lost: {self.why}"


class LeaseWaived(Remark, frozen=True, kw_only=True, tag="lease_waived"):
    """A person runs without a lease: nothing but the marks on the router keeps a second driver away."""

    about: ClassVar[About] = About(by=By.PERSON)

    person: Person
    reason: str = ""

    def in_words(self, _release: Release, /) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"driven without a lease, as {person_in_words(self.person)} asked for{reason}"
