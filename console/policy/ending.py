"""How a release ends: the outcome, the exit code, and the words for it."""

from __future__ import annotations

from console.errors import ExitCode
from console.policy.elsewhere_words import back_in_words
from console.release import events as ev
from console.release.parts import Rollback
from console.release.state import Release

EXIT_CODES = {
    ev.Cause.GUARD: ExitCode.ROLLED_BACK_BY_GUARD,
    ev.Cause.SILENCE: ExitCode.ROLLED_BACK_BY_GUARD,
    ev.Cause.PERSON: ExitCode.ROLLED_BACK_BY_PERSON,
    ev.Cause.PATIENCE: ExitCode.HELD,
}
"""A patience that ended has one code, whether the plan then goes back or holds: programs know it."""


def end(outcome: ev.Outcome, code: ExitCode, reason: str) -> ev.ReleaseEnded:
    """Return the event that ends a release."""
    return ev.ReleaseEnded(outcome=outcome, exit_code=int(code), reason=reason)


def leave_to_another(release: Release) -> tuple[ev.AnyEvent, ...]:
    """End where another driver has the router: two who write it are worse than either."""
    if not release.taken_by:
        return ()
    left = "" if release.weight is None else f" and left the weight at {release.weight}%"
    reason = f"{release.taken_by} drives now; this worker has stopped{left}"
    return (end(ev.Outcome.TAKEN_OVER, ExitCode.TAKEN_OVER, reason),)


CLOSED = "the demo's laboratory was closed"
"""What ends a release of the demo that has not ended by itself."""


def laboratory_closed(release: Release) -> ev.ReleaseEnded:
    """End a demo's release with its laboratory: there is no traffic any more, and what was decided stays."""
    rollback = release.rollback
    # Only a rollback that stood when the laboratory went counts as one: of all others nobody can say any
    # more how they would have ended.
    if rollback is None or rollback.confirmed_at is None or release.weight:
        return end(ev.Outcome.CLOSED, ExitCode.HELD, f"{CLOSED}, and its traffic ended with it")
    reason = f"{rollback.reason}; {back_in_words(release)}; {CLOSED}"
    return ev.ReleaseEnded(
        outcome=ev.Outcome.ROLLED_BACK,
        exit_code=int(EXIT_CODES[rollback.cause]),
        reason=reason,
        laboratory_closed=True,
    )


def rolled_back(release: Release, rollback: Rollback) -> ev.ReleaseEnded:
    """End behind a rollback that the router has confirmed; what the metrics did not show is said."""
    words = f"{rollback.reason}; {back_in_words(release)}{to_check(release, rollback)}"
    return end(ev.Outcome.ROLLED_BACK, EXIT_CODES[rollback.cause], words)


def to_check(release: Release, rollback: Rollback) -> str:
    """List what a person must check, each behind a `; `: not seen, or not as it should be. Empty: nothing."""
    canary, found = release.plan.canary.name, []
    if rollback.overwritten:
        times = "once" if rollback.overwritten == 1 else f"{rollback.overwritten} times"
        found.append(f"{rollback.overwritten_by} sent traffic to {canary} again, {times}")
    if release.watches_back and rollback.stayed_at is None:
        found.append("CHECK: the router could not be read again, to see whether it stays so")
    if rollback.served and rollback.recovered_at is not None:
        found.append(f"CHECK: {canary} is still served, {rollback.served:.0f} requests in the last look")
    # Either the metrics showed traffic, or they showed nothing: both must be looked at, but they are not the
    # same thing to look for.
    elif not rollback.gone_at:
        found.append(f"CHECK: the metrics did not show {canary} without traffic")
    if rollback.troubled:
        found.append(f"CHECK: errors go on on {release.plan.stable.name}")
    return "".join(f"; {words}" for words in found)


def exit_code_when_left(release: Release) -> ExitCode:
    """Return the exit code for a release that its worker leaves before the end, by a signal."""
    rollback = release.rollback
    # By how far it is: a pipeline that reads this code must know whether users are on the canary.
    if rollback is None:
        return ExitCode.LEFT
    if rollback.confirmed_at is None:
        return ExitCode.ROLLBACK_NOT_CONFIRMED
    return EXIT_CODES[rollback.cause]


def not_confirmed(release: Release) -> ev.ReleaseEnded:
    """End a pipeline whose rollback was asked for and never confirmed."""
    trouble = release.failure.trouble if release.failure else "the router never answered"
    return end(
        ev.Outcome.NOT_CONFIRMED, ExitCode.ROLLBACK_NOT_CONFIRMED, f"rollback NOT CONFIRMED: {trouble}"
    )
