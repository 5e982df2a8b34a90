"""What a person can ask of a release, by its words: all that a plan and a viewer need to name a command.

What is particular to one stands in the module of `console.policy.commands` that is called like it.
"""

from __future__ import annotations

from enum import StrEnum

LONGEST_REASON = 500
"""Characters of a person's reason that are kept: a paragraph."""
REASON_WANTED = "taken with a reason only"
"""The words of a refusal for want of a reason: a command line adds how one is given."""


class Command(StrEnum):
    """What a person can ask for."""

    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    APPROVE = "approve"
    ROLL_BACK = "roll_back"
    ADVANCE_BLIND = "advance_blind"
    """Take the step out of the stage without the evidence for it."""
    OVERRIDE = "override"
    """Go on against the judge."""


ANSWERABLE: tuple[str, ...] = tuple(str(command) for command in Command)
"""The commands for which a plan can want a reason: all."""
