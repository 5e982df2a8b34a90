"""What is particular to one of the commands that a person can give: all that others must know of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from console.release.event import Commanded
from console.release.state import Release


class Prompt(Struct, frozen=True, kw_only=True):
    """What a person is asked before a command is sent."""

    title: str
    text: str
    yes: str
    """The label of the answer that sends it: it names what will happen."""
    no: str = "Cancel"
    yes_key: str = ""
    """The letter that says yes, where traffic moves forward: then neither Enter nor a button says it."""


class Spec(Struct, frozen=True, kw_only=True):
    """One command: its event, when it is refused, its key, and what is asked before it is sent."""

    event: type[Commanded]
    """What goes on record once it is taken."""
    refused: Callable[[Release, float], str]
    """Says why it can't be taken at a time, and what can be done; empty where it can."""
    key: str
    hint: str
    """One or two words for the bar of keys."""
    about: str
    """What it does, for the help."""
    rank: int
    """A higher one stays longer when the bar gets narrow."""
    prompt: Callable[[Release | None], Prompt] | None = None
    """What a person is asked first, of no release before the first record; None where it is sent at once."""
    of_a_stage: bool = False
    """Whether it is meant for the step out of the stage in which it is given."""
    keeps: bool = False
    """Whether a what-if keeps it until the other release comes to that stage, where it is given for one."""
    needs_reason: bool = False
    """Whether it needs a reason whatever the plan says."""
    urgent: bool = False
    """Whether it waits for nothing: no reason, no first record, no stage, no living worker."""
