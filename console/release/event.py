"""What every event is: a line of the journal that says what it is about, changes a release, and has words.

A kind is a class in a module of `events`; one name in `AnyEvent` makes it known.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from console.person import Person
from console.plan.exposure import Percent
from console.release.about import About, Gravity
from console.release.event_words import person_in_words
from console.release.state import Release


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """The root of all events: an event tells here what is not the same for all of its kind."""

    about: ClassVar[About]

    @property
    def gravity(self) -> Gravity:
        """How grave this one is."""
        return self.about.gravity

    @property
    def sign(self) -> str:
        """Its cell on a timeline; empty where it has none."""
        return self.about.sign

    @property
    def in_force(self) -> Percent | None:
        """The weight that it says is in force; None where it says nothing of it."""
        return None

    def change(self, release: Release, at: float, /) -> Release:
        """Return the release after this event, from the one before it and the event's time, epoch seconds."""
        raise NotImplementedError

    def in_words(self, release: Release, /) -> str:
        """Say it; the release is the one after it."""
        raise NotImplementedError


class Remark(Event, frozen=True, kw_only=True):
    """The root of what is there for readers: it changes nothing in a release."""

    def change(self, release: Release, _at: float, /) -> Release:
        """Leave it as it is."""
        return release


class Commanded(Event, frozen=True, kw_only=True):
    """The root of what a person's command leaves on record once it is taken."""

    person: Person
    reason: str = ""

    done: ClassVar[str]
    """What was done, before ` by ana`: `promotion asked for`."""

    def in_words(self, _release: Release, /) -> str:
        """Say what was done, by whom, and why where they said it."""
        because = f": {self.reason}" if self.reason else ""
        return f"{self.done} by {person_in_words(self.person)}{because}"
