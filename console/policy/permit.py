"""Whether a person's command can be taken now, and if not, why.

The worker's answer is the one that counts; a screen asks only to know which keys to show.
"""

from __future__ import annotations

from typing import cast

from console.command import LONGEST_REASON, REASON_WANTED, Command
from console.person import Person
from console.plan.literal import literal
from console.policy.back_words import word_of
from console.policy.commands import spec_of
from console.policy.headline import Word
from console.release.events import AnyEvent
from console.release.state import Phase, Release


def refusal(release: Release, command: Command, *, now: float) -> str:
    """Return why the command can't be taken now, with what can be done; empty where it can."""
    # Ended goes first, also for what is urgent: the worker that could obey is gone, and the answer names the
    # command of the shell that still can.
    if release.end is not None:
        return _over(release, command, word_of(release.end, release.rollback))
    spec = spec_of(command)
    # Urgent is the rollback: it may be asked for during the preflight, and again while one waits for a
    # person.
    if release.phase is not Phase.RUNNING and not spec.urgent:
        back = "the release is rolling back: it goes forward in a new run only, pithead run PLAN"
        return back if release.rollback else "the preflight is not over: wait for its end; R calls it off"
    return spec.refused(release, now)


def _over(release: Release, command: Command, word: Word) -> str:
    ended = f"the release has ended ({word})"
    if command is Command.ROLL_BACK and word is not Word.ROLLED_BACK:
        return f"{ended}; pithead rollback {release.name} takes it back"
    return f"{ended}, nothing is left to do"


def wants_reason(release: Release, command: Command) -> bool:
    """Whether this command must come with a reason: some always, others by the plan."""
    return spec_of(command).needs_reason or command in release.plan.reasons


def want_of_reason(release: Release, command: Command, *, reason: str) -> str:
    """Return that a reason is missing; empty where none is wanted, as for what is urgent."""
    # Whoever presses R at three in the morning owes no sentence to a form.
    if reason.strip() or spec_of(command).urgent or not wants_reason(release, command):
        return ""
    return f"it is {REASON_WANTED}"


def event_for(command: Command, person: Person, *, reason: str = "") -> AnyEvent:
    """Return the event that records the command, its reason as one harmless line."""
    # A reason is a stranger's text on every screen, in messages and in reports: made harmless once, where it
    # comes in.
    event = spec_of(command).event(person=person, reason=bounded(reason))
    return cast("AnyEvent", event)  # each kind of `Commanded` is one


def bounded(reason: str) -> str:
    """Return a reason as it goes on record: escaped, and at most `LONGEST_REASON` characters."""
    return literal(reason.strip(), longest=LONGEST_REASON)
