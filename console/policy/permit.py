"""Whether a person's command can be taken now, and if not, why.

The worker's answer is the one that counts; a screen asks only to know which keys to show.
"""

from __future__ import annotations

from enum import StrEnum

from console.plan.literal import literal
from console.policy.decide import SKIPPED_BY_A_PERSON
from console.policy.explain import explain
from console.release.events import AnyEvent, Approved, Paused, Person, PromotionAsked, Resumed, RollbackAsked
from console.release.obstacles import obstacles
from console.release.state import Phase, Release


class Command(StrEnum):
    """What a person can ask for."""

    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    APPROVE = "approve"
    ROLL_BACK = "roll_back"


def refusal(release: Release, command: Command, *, now: float) -> str:
    """Say why the command can't be taken now; empty where it can."""
    if release.phase is Phase.ENDED:
        return "the release has ended"
    if command is Command.ROLL_BACK:
        return "a rollback is under way already" if release.phase is Phase.ROLLING_BACK else ""
    if release.phase is not Phase.RUNNING:
        return "the release is rolling back" if release.rollback else "the preflight is not over"
    return _REFUSALS[command](release, now)


def wants_reason(release: Release, command: Command) -> bool:
    """Whether the plan wants this command to come with a reason."""
    return command in release.plan.reasons


def want_of_reason(release: Release, command: Command, *, reason: str) -> str:
    """Say that the reason is missing; a rollback waits for nothing, so also not for a reason."""
    if reason.strip() or command is Command.ROLL_BACK or not wants_reason(release, command):
        return ""
    return "the plan wants a reason for it"


def event_for(command: Command, person: Person, *, reason: str = "") -> AnyEvent:
    """Give the event that records the command, its reason as one harmless line."""
    return _EVENTS[command](person=person, reason=literal(reason.strip(), longest=LONGEST_REASON))


LONGEST_REASON = 500

_EVENTS: dict[Command, type[Paused | Resumed | PromotionAsked | Approved | RollbackAsked]] = {
    Command.PAUSE: Paused,
    Command.RESUME: Resumed,
    Command.PROMOTE: PromotionAsked,
    Command.APPROVE: Approved,
    Command.ROLL_BACK: RollbackAsked,
}


def _pause(release: Release, _now: float) -> str:
    return "it is paused already" if release.paused_by else ""


def _resume(release: Release, _now: float) -> str:
    return "" if release.paused_by or release.taken_up_by or release.drifted else "it is not paused"


def _promote(release: Release, now: float) -> str:
    kinds = {obstacle.kind for obstacle in obstacles(release)}
    if kinds <= SKIPPED_BY_A_PERSON:
        return ""
    line = explain(release, now=now)
    return f"{line.word.lower()}: {line.text}"


def _approve(release: Release, _now: float) -> str:
    stage = release.stage
    if stage is None or not stage.approve:
        return "this stage wants no approval"
    return f"{release.approved_by.login} has approved it already" if release.approved_by else ""


_REFUSALS = {
    Command.PAUSE: _pause,
    Command.RESUME: _resume,
    Command.PROMOTE: _promote,
    Command.APPROVE: _approve,
}
