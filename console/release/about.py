"""What an event says about itself. Every list of events is made from this, and names none by hand."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct


class By(StrEnum):
    """Whose act an event is."""

    WORLD = "world"
    """The router's, the lease's, the metrics': what happened to the release."""
    PERSON = "person"
    """A person's, or that of a program which acts for one."""
    POLICY = "policy"
    """Decided upon what happened. A what-if does not repeat it: it asks the policy anew."""
    VERDICT = "verdict"
    """What the evidence says, told to readers: it changes nothing, the fold has its own."""
    WORKER = "worker"
    """The worker's, about itself and its record."""


class Gravity(IntEnum):
    """How much an event means to a reader; a greater one is graver."""

    HIDDEN = 0
    """Only a log shows it: the charts, or the event behind it, say the same."""
    QUIET = 1
    """Routine."""
    TOLD = 2
    STEP = 3
    """The release takes a step, or a person wants one."""
    AMISS = 4
    """Something failed, was refused or was taken back."""
    GRAVE = 5
    """Users may suffer from it, or a person is needed."""


class About(Struct, frozen=True, kw_only=True):
    """What all events of one kind have in common."""

    by: By
    gravity: Gravity = Gravity.TOLD
    """Of an event of this kind as it usually is; `Event.gravity` says it of the one at hand."""
    sign: str = ""
    """One cell of ASCII for the timelines; empty where it has none there."""
    means: str = ""
    """The sign in a word or two, for legends and for a report's chart; empty where another kind says it."""
    noted: bool = False
    """Whether a worker writes it down without asking its policy upon it."""
    answers: bool = False
    """Whether it is the outcome of an act of the worker: a what-if may not have taken that act."""
    annotates: bool = False
    """Whether dashboards get a mark of it."""
    decides: tuple[str, ...] | None = None
    """The fields that say what was decided; the others are words. None: all of them."""
