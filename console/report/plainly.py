"""What the two keys wrote into the journal, told to someone who does not know them.

The journal's own line is made for an operator who watches: `errors 0.13% -> 3.18% | worse 238950:1 | ...`.
"""

from __future__ import annotations

from msgspec.structs import replace

from console.judge.verdict import Action
from console.policy.judge_words import text_for
from console.release import events as ev
from console.release.state import Release


def plainly(event: ev.AnyEvent, release: Release, *, proof: str) -> ev.AnyEvent:
    """Give the event with the keys' words made plain; `proof` is why they rolled back, where they did."""
    text = text_for(release.plan)
    told = text.told(release)
    match event:
        case ev.GuardTurned(guard=guard) if guard == text.name and told is not None:
            return replace(event, words=f"{text.called}: {told.words}")
        case ev.RollbackDecided() if proof:
            return replace(event, reason=f"{text.proven}: {proof}")
        case ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK) if proof:
            return replace(event, reason=f"all requests are at {release.plan.stable.name} again")
        case _:
            return event


def proof_of(before: Release, decided: ev.RollbackDecided) -> str:
    """Say what the keys have proven where it is they who rolled back, from the state before; else nothing."""
    said = before.judge_says
    by_judge = decided.cause is ev.Cause.GUARD and said is not None and said.action is Action.ROLL_BACK
    return text_for(before.plan).proof_in_words(before) if by_judge else ""
