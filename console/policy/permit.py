"""Whether a person's command can be taken now, and if not, why.

The worker's answer is the one that counts; a screen asks only to know which keys to show.
"""

from __future__ import annotations

from enum import StrEnum

from console.plan.literal import literal
from console.policy.back_words import word_of
from console.policy.explain import explain_obstacle
from console.policy.headline import Word
from console.policy.way_forward import SKIPPED_BY_A_PERSON
from console.release.events import (
    AdvancedBlind,
    AnyEvent,
    Approved,
    JudgeOverridden,
    Paused,
    Person,
    PromotionAsked,
    Resumed,
    RollbackAsked,
)
from console.release.obstacles import Kind, obstacles
from console.release.state import Phase, Release


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


def refusal(release: Release, command: Command, *, now: float) -> str:
    """Say why the command can't be taken now, and what can be done; empty where it can."""
    if release.end is not None:
        return _over(release, command, word_of(release.end, release.rollback))
    if command is Command.ROLL_BACK:
        under_way = release.phase is Phase.ROLLING_BACK and not release.left_to_a_person
        return "a rollback is under way already, and goes on by itself" if under_way else ""
    if release.phase is not Phase.RUNNING:
        back = "the release is rolling back: it goes forward in a new run only, pithead run PLAN"
        return back if release.rollback else "the preflight is not over: wait for its end; R calls it off"
    return _REFUSALS[command](release, now)


def _over(release: Release, command: Command, word: Word) -> str:
    ended = f"the release has ended ({word})"
    if command is Command.ROLL_BACK and word is not Word.ROLLED_BACK:
        return f"{ended}; pithead rollback {release.name} takes it back"
    return f"{ended}, nothing is left to do"


def wants_reason(release: Release, command: Command) -> bool:
    """Whether this command must come with a reason: going on against the judge always, others by the plan."""
    return command is Command.OVERRIDE or command in release.plan.reasons


def want_of_reason(release: Release, command: Command, *, reason: str) -> str:
    """Say that the reason is missing; a rollback waits for nothing, so also not for a reason."""
    if reason.strip() or command is Command.ROLL_BACK or not wants_reason(release, command):
        return ""
    return f"it is {REASON_WANTED}"


def event_for(command: Command, person: Person, *, reason: str = "") -> AnyEvent:
    """Give the event that records the command, its reason as one harmless line."""
    return _EVENTS[command](person=person, reason=bounded(reason))


def bounded(reason: str) -> str:
    """Give a reason as it goes on record: harmless wherever it is shown, and not beyond measure."""
    return literal(reason.strip(), longest=LONGEST_REASON)


LONGEST_REASON = 500
REASON_WANTED = "taken with a reason only"
"""The words of a refusal for want of a reason: a command line adds how one is given."""
NOTABLE = 10.0
"""Evidence against the canary from which on a person may go on anyway."""

_EVENTS: dict[
    Command,
    type[Paused | Resumed | PromotionAsked | Approved | RollbackAsked | AdvancedBlind | JudgeOverridden],
] = {
    Command.PAUSE: Paused,
    Command.RESUME: Resumed,
    Command.PROMOTE: PromotionAsked,
    Command.APPROVE: Approved,
    Command.ROLL_BACK: RollbackAsked,
    Command.ADVANCE_BLIND: AdvancedBlind,
    Command.OVERRIDE: JudgeOverridden,
}


def _pause(release: Release, _now: float) -> str:
    return "it is paused already; space lets it go on" if release.paused_by else ""


def _resume(release: Release, _now: float) -> str:
    stands = release.paused_by or release.taken_up_by or release.drifted or release.judge_holds
    in_the_cluster = release.altered or release.withheld or release.stranger
    return "" if stands or in_the_cluster else "it is not paused; space pauses it"


def _promote(release: Release, now: float) -> str:
    return _in_the_way(release, beside=SKIPPED_BY_A_PERSON, now=now)


def _in_the_way(release: Release, *, beside: frozenset[Kind], now: float) -> str:
    first = next((each for each in obstacles(release) if each.kind not in beside), None)
    if first is None:
        return ""
    line = explain_obstacle(release, first, now=now)
    return f"{line.word.lower()}: {line.text}"


def _approve(release: Release, _now: float) -> str:
    stage = release.stage
    if stage is None or not stage.approve:
        return "this stage wants no approval; p goes on now"
    return f"{release.approved_by.login} has approved it already; R rolls back" if release.approved_by else ""


def _advance_blind(release: Release, now: float) -> str:
    if not any(each.kind is Kind.HIDDEN for each in obstacles(release)):
        return "nothing is hidden here that it would skip; p goes on now"
    return _in_the_way(release, beside=SKIPPED_BY_A_PERSON | {Kind.HIDDEN}, now=now)


def _override(release: Release, _now: float) -> str:
    said = release.memory.said
    against = release.judge_doubts or (said is not None and said.k1 >= NOTABLE)
    return "" if against else "the judge has nothing against it; p goes on now"


_REFUSALS = {
    Command.PAUSE: _pause,
    Command.RESUME: _resume,
    Command.PROMOTE: _promote,
    Command.APPROVE: _approve,
    Command.ADVANCE_BLIND: _advance_blind,
    Command.OVERRIDE: _override,
}
