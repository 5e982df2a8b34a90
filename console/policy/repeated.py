"""What comes again and again with a weight is that weight's doing, and no outage of its own."""

from __future__ import annotations

from console.judge.verdict import Action, JudgeVerdict
from console.release.state import Release

MOST_RETURNS = 2
"""Retreats from one stage that calm has ended; where the same happens once more it is rolled back."""


def is_the_weights(release: Release, said: JudgeVerdict) -> bool:
    """Whether this weight has been taken back as often as may be, with calm between, and it is so again.

    An outage that comes by chance does not come a third time with the weight.
    """
    # Only the step that would be taken back once more counts, and only where it could be: what is only said
    # takes no traffic away.
    again = said.action is Action.RETREAT and not release.retreated
    return again and release.returns >= MOST_RETURNS and can_be_taken_back(release)


def weights_doing_in_words(release: Release, said: JudgeVerdict) -> str:
    """Say that it is this weight that does it: `both suffer whenever v2 has 25%, 3 times`."""
    canary = release.plan.canary.name
    suffers = "both suffer" if said.shared else f"{canary} is beyond its limit"
    times = f"{release.returns + 1} times, with calm between"
    return f"{suffers} whenever {canary} has {release.weight}%: {times}"


def can_be_taken_back(release: Release) -> bool:
    """Whether a retreat would be written: one that is only said would be no retreat."""
    return release.at_weight and not release.stands_still and not release.stable_is_gone
