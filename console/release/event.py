"""What every event is: a line of the journal that says what it is about, changes a release, and has words.

Its fold and its words stand behind its class, in a module of `events`; one name in `AnyEvent` makes it known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from msgspec import Meta, Struct

from console.person import Person
from console.plan.exposure import Percent
from console.release.about import About, Gravity

if TYPE_CHECKING:
    from console.release.state import Release

Ordinal = Annotated[int, Meta(ge=0, le=10**12)]
Generation = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""How often what the router's object wants was changed, as the API server counts; 0 where it is not known."""
LATEST = 1e11
"""In the year 5138."""
Time = Annotated[float, Meta(ge=0.0, le=LATEST)]
"""Epoch seconds, UTC."""
Milliseconds = Annotated[float, Meta(ge=0.0, le=1e12)]


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


class Commanded(Event, frozen=True, kw_only=True):
    """The root of what a person's command leaves on record once it is taken."""

    person: Person
    reason: str = ""


E = TypeVar("E", bound=Event)
Fold = Callable[["Release", E, float], "Release"]
"""Gives the release after an event, from the one before it, the event and its time."""
Words = Callable[[E, "Release"], str]
"""Says an event; the release is the one after it."""

# Filled by the decorators below when `events` is imported; `see_each_kind` there ends the program at its
# start where a kind was forgotten.
FOLDS: dict[type[Event], Callable[[Release, Any, float], Release]] = {}
WORDS: dict[type[Event], Callable[[Any, Release], str]] = {}


def changes(*kinds: type[E]) -> Callable[[Fold[E]], Fold[E]]:
    """Mark how events of these kinds change a release."""

    def mark(fold: Fold[E]) -> Fold[E]:
        FOLDS.update(dict.fromkeys(kinds, fold))
        return fold

    return mark


def says(*kinds: type[E]) -> Callable[[Words[E]], Words[E]]:
    """Mark how events of these kinds are said."""

    def mark(words: Words[E]) -> Words[E]:
        WORDS.update(dict.fromkeys(kinds, words))
        return words

    return mark
