"""A claim about a recording, read: what is compared, how often it should be so, and when."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from console.errors import UsageError


class ClaimError(UsageError):
    """A claim can't be read; the message shows the place."""


class How(StrEnum):
    """How often the comparison should be true in its span of time."""

    EVER = "ever"
    NEVER = "never"
    ALWAYS = "always"


class Subject(StrEnum):
    """What of a release can be compared."""

    VERDICT = "verdict"
    WEIGHT = "weight"
    STAGE = "stage"
    OUTCOME = "outcome"
    PHASE = "phase"


class Comparison(Struct, frozen=True, kw_only=True):
    """`verdict(error_rate) == breach`."""

    subject: Subject
    guards: tuple[str, ...] = ()
    """The names of the guards whose verdict is meant; the worst one of them counts."""
    operator: str
    value: str | float
    about: str
    """The subject as it was written."""


class When(Struct, frozen=True, kw_only=True):
    """A span of time, from `begin` to before `end`; an instant where both are equal."""

    begin: float
    end: float

    @property
    def instant(self) -> bool:
        """Whether it is one moment."""
        return self.begin == self.end


class Claim(Struct, frozen=True, kw_only=True):
    """One claim."""

    text: str
    """As it was written."""
    comparisons: tuple[Comparison, ...]
    """All of them at the same time."""
    how: How
    when: When
