"""The decisions: from a release and the time to the events that should happen next.

The worker writes the answer to the journal, folds it and asks again until the answer is empty; so do replay,
what-if and backtest. A `WeightRequested` in it is the worker's order to write the router.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.errors import ExitCode
from console.policy.ending import end, leave_to_another
from console.policy.forward import go_forward, write
from console.policy.retreat import follow_judge
from console.policy.rollback import finish_rollback, leave_to_a_person, roll_back
from console.policy.take_back import take_back
from console.preflight import Check
from console.release import events as ev
from console.release.state import Phase, Release


def decide(release: Release, *, now: float) -> tuple[ev.AnyEvent, ...]:
    """Return the next events, in order; empty: nothing to do but wait. `now` is epoch seconds."""
    match release.phase:
        case Phase.PREPARING:
            return leave_to_another(release) or _begin(release, now)
        case Phase.RUNNING if release.left_to_a_person:
            return leave_to_another(release) or leave_to_a_person(release, now)
        case Phase.RUNNING:
            # The first that has something to say is heard, and the order is the order of harm. Two drivers
            # are worse than either; then users come, by the way back; then what goes back less far; a weight
            # that is wanted and not in force goes before the next stage, so that none is left whose weight
            # never was.
            return (
                leave_to_another(release)
                or roll_back(release, now)
                or take_back(release)
                or follow_judge(release)
                or write(release, now)
                or go_forward(release, now)
            )
        # Also on the way back: where the object is not as the last worker left it, only a person moves it.
        case Phase.ROLLING_BACK if release.left_to_a_person:
            return leave_to_a_person(release, now)
        case Phase.ROLLING_BACK:
            return finish_rollback(release, now)
        case Phase.ENDED:
            return ()


def _begin(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    # Taken up for its rollback alone: no preflight may stand before it. An undo is the exception, for it
    # asks first whether stable can serve at all (`worker/undoing`).
    if release.goes_back and not (release.undoes and not _passed(release)):
        return roll_back(release, now)  # how far it had come is not known: the weight is taken away
    # Nothing was written yet, so there is nothing to write back: the release just ends.
    if release.rollback_asked is not None and not release.undoes:
        return (
            end(ev.Outcome.ROLLED_BACK, ExitCode.ROLLED_BACK_BY_PERSON, "called off before the first write"),
        )
    if not release.checks:
        return ()
    wrong = [check for check in release.checks if not check.ok]
    if wrong:
        return (end(ev.Outcome.REFUSED, ExitCode.PREFLIGHT_FAILED, _refused(wrong)),)
    # No refusal: the first read of the router, or the lease, may yet come.
    return () if release.weight is None or not release.holds_lease else (ev.StageEntered(stage=0),)


def _refused(wrong: Sequence[Check]) -> str:
    """Say the first reason whole, and name the others: the log and the report have them all."""
    first, *others = wrong
    names = ", ".join(check.name for check in others)
    more = f"; and {len(others)} more: {names}" if others else ""
    return f"{first.name}: {first.words.rstrip('.')}{more}"


def _passed(release: Release) -> bool:
    """Whether everything was looked at, and nothing speaks against a beginning."""
    return bool(release.checks) and all(check.ok for check in release.checks)
