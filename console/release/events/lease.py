"""The right to drive: held, awaited, lost or waived."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from console.person import Person
from console.plan.units import words_duration
from console.release.about import About, By, Gravity
from console.release.changes import unchanged
from console.release.event import (
    Event,
    changes,
    says,
)
from console.release.state import (
    Lease,
    Release,
)
from console.release.words import person_in_words


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


@changes(LeaseHeld)
def _lease_held(release: Release, event: LeaseHeld, at: float) -> Release:
    return replace(
        release,
        lease=Lease(held=True, at=at),
        stint=event.stint,
        # Both stick until a person lets the release go on: a lease that is renewed well a minute later does
        # not undo what the other holder may have written.
        held_meanwhile=release.held_meanwhile or event.meanwhile,
        end_lost=release.end_lost or event.end_lost,
    )


@says(LeaseHeld)
def _lease_held_in_words(event: LeaseHeld, _release: Release) -> str:
    if event.meanwhile:
        return f"the lease {event.lease} is held again; somebody else has held it since: no step by itself"
    if event.end_lost:
        return (
            f"the lease {event.lease} is held again; an end had let go of it, and is lost: no step by itself"
        )
    if not event.taken_from or event.person is None:
        return f"the lease {event.lease} is held: no other worker moves this router"
    reason = f": {event.reason}" if event.reason else ""
    return f"taken over from {event.taken_from} by {person_in_words(event.person)}{reason}"


class LeaseAwaited(Event, frozen=True, kw_only=True, tag="lease_awaited"):
    """The lease was taken over, and is waited for: until then its former holder may be certain of it."""

    about: ClassVar[About] = About(by=By.WORLD)

    lease: str
    taken_from: str
    """Who was driving, in words."""
    wait_s: Annotated[float, Meta(ge=0.0, le=1e9)]


@changes(LeaseAwaited)
def _lease_awaited(release: Release, event: LeaseAwaited, at: float) -> Release:
    why = f"{event.taken_from} may be certain of it until then"
    return replace(release, lease=Lease(held=False, at=at, why=why, free_at=at + event.wait_s))


@says(LeaseAwaited)
def _lease_awaited_in_words(event: LeaseAwaited, _release: Release) -> str:
    wait = words_duration(round(event.wait_s))
    return (
        f"the lease {event.lease} was taken over: waiting {wait}, for {event.taken_from} may be certain of it"
    )


class LeaseLost(Event, frozen=True, kw_only=True, tag="lease_lost"):
    """It is not certain any more that the lease is ours: nothing goes forward."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.AMISS)

    why: str
    by: str = ""
    """Who drives now, in words; empty where nobody is known to."""
    wrote: bool = False
    """Whether the new driver has written the router already: from then on not even a rollback touches it."""


@changes(LeaseLost)
def _lease_lost(release: Release, event: LeaseLost, at: float) -> Release:
    lost = Lease(held=False, at=at, why=event.why, taken_by=event.by, taker_wrote=event.wrote)
    return replace(release, lease=lost)


@says(LeaseLost)
def _lease_lost_in_words(event: LeaseLost, _release: Release) -> str:
    return f"the lease is lost: {event.why}"


class LeaseWaived(Event, frozen=True, kw_only=True, tag="lease_waived"):
    """A person runs without a lease: nothing but the marks on the router keeps a second driver away."""

    about: ClassVar[About] = About(by=By.PERSON)

    person: Person
    reason: str = ""


changes(LeaseWaived)(unchanged)


@says(LeaseWaived)
def _lease_waived_in_words(event: LeaseWaived, _release: Release) -> str:
    reason = f": {event.reason}" if event.reason else ""
    return f"driven without a lease, as {person_in_words(event.person)} asked for{reason}"
