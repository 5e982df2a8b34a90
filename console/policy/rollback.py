"""The way back: what it begins for, and when it has come to its end."""

from __future__ import annotations

from console.errors import ExitCode
from console.judge.verdict import Action
from console.plan.model import Then
from console.plan.units import words_duration
from console.policy.ending import end, leave_to_another, not_confirmed, rolled_back
from console.policy.judge_words import judge_in_words
from console.policy.obstacle_words import obstacle_in_words, whole_obstacle_in_words
from console.policy.reading_words import reading_in_words
from console.policy.recovery import gone_patience_s, watch_recovery
from console.policy.repeated import is_the_weights, weights_doing_in_words
from console.policy.retries import awaits_answer, fights_after_s, too_early
from console.policy.silence import unserved
from console.release import events as ev
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.parts import Rollback, Withheld
from console.release.state import Release


def roll_back(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Begin the way back where a person asks for it, the evidence proves it, or the patience has ended.

    Want of any answer is evidence too: users who are sent to the canary get an error from the mesh.
    """
    # A person's word is asked for nothing: not for evidence, nor for pods of stable, nor for what was
    # withheld.
    person = release.rollback_asked
    if person is not None:
        reason = f"{person.login} asked for it" + (
            f": {release.rollback_reason}" if release.rollback_reason else ""
        )
        return (ev.RollbackDecided(cause=ev.Cause.PERSON, reason=reason),)
    # Before all that may be due by now: the reason on record is the one for which it was withheld.
    if release.withheld is not None:
        return _is_due(release, release.withheld)
    # Proof goes before a guard and a guard before silence, so that the reason on record is the strongest
    # there is.
    breached = _proven(release) or _breached(release)
    if breached is not None:
        return _by_itself(release, ev.Cause.GUARD, breached)
    silence = unserved(release)
    if silence is not None:
        return _by_itself(release, ev.Cause.SILENCE, silence)
    if release.stalled_s >= release.plan.patience_s:
        return _patience_ended(release, now)
    return ()


def _by_itself(release: Release, cause: ev.Cause, reason: str) -> tuple[ev.AnyEvent, ...]:
    """Go back where there is something to go back to: nothing by itself sends all requests to no pod."""
    # It stays on record as due and is made up for as soon as a pod of stable is ready: half of the requests
    # answered by a bad canary are better than none by nothing, and a person who sees more may still press R.
    if release.stable_is_gone:
        return (ev.RollbackWithheld(cause=cause, reason=reason),)
    return (ev.RollbackDecided(cause=cause, reason=reason),)


def _is_due(release: Release, withheld: Withheld) -> tuple[ev.AnyEvent, ...]:
    """Make up for a rollback once stable has pods; a pipeline that nobody watches waits for its patience."""
    if not release.stable_is_gone:
        return (ev.RollbackDecided(cause=withheld.cause, reason=withheld.reason),)
    # Nor with a write on its way: it would change what is left behind, and nobody would see it.
    if release.attended or release.writes or release.stalled_s < release.plan.patience_s:
        return ()
    reason = f"not rolled back, {release.plan.stable.name} has 0 ready pods: {withheld.reason}"
    return (end(ev.Outcome.HELD, ExitCode.HELD, reason),)


def _proven(release: Release) -> str | None:
    """Say what the judge has proven, where it has."""
    said = release.judge_says
    # Before the judge's own action, which is one more retreat.
    if said is not None and is_the_weights(release, said):
        return weights_doing_in_words(release, said)
    return judge_in_words(release) if said and said.action is Action.ROLL_BACK else None


def _breached(release: Release) -> str | None:
    stage = release.stage
    if stage is None:
        return None
    for guard in stage.guards:
        reading = release.memory.reading(guard)
        # `ripe` and not the verdict alone: the breach has lasted for the guard's `for`, of which no gap
        # fulfils a part.
        if guard.then is Then.ROLLBACK and reading is not None and reading.ripe:
            return reading_in_words(guard, reading, release.plan, past=True)
    return None


def _patience_ended(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    why = "; ".join(whole_obstacle_in_words(release, first, now=now) for first in obstacles(release)[:1])
    reason = f"it stood still for {words_duration(release.plan.patience_s)}, the plan's patience: {why}"
    said = release.judge_says
    # A rollback would not help both versions, and a healthy canary would be blamed.
    if release.plan.after_patience is Then.HOLD or (said is not None and said.shared):
        # A write on its way would change what is left behind, and nobody would see it.
        return () if release.writes else (end(ev.Outcome.HELD, ExitCode.HELD, reason),)
    return _by_itself(release, ev.Cause.PATIENCE, reason)


def leave_to_a_person(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Wait for a person where the router is not as the last worker left it; a pipeline has none, and ends.

    So does a rollback by what stands in the cluster: the next one shows what stands there now.
    """
    if release.unseen or release.stranger is None or release.writes:
        return ()
    reason = obstacle_in_words(release, Obstacle(kind=Kind.STRANGER), now=now)
    unconfirmed = release.rollback is not None and release.rollback.confirmed_at is None
    if release.shown is not None and unconfirmed:
        reason = f"nothing was written: {reason}; pithead rollback --route shows what is there now"
        return (end(ev.Outcome.NOT_CONFIRMED, ExitCode.ROLLBACK_NOT_CONFIRMED, reason),)
    return () if release.attended else (end(ev.Outcome.HELD, ExitCode.HELD, reason),)


def finish_rollback(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Write 0% until the router has confirmed it, and end once the metrics show it too."""
    rollback = release.rollback
    assert rollback is not None
    if release.lease is not None and release.lease.taker_wrote:
        # A rollback under way outlives the lease, but not another driver's first write: it would undo that.
        back = rollback.confirmed_at is not None and release.weight == 0 and not release.writes
        return (rolled_back(release, rollback),) if back else leave_to_another(release)
    if awaits_answer(release, now):
        return ()
    # Zero by the router's word is not enough: it must be the answer to a write of ours, or a read behind it.
    # What was read before the decision may be older than a forward write that is still on its way.
    if release.weight != 0 or rollback.confirmed_at is None:
        if _gives_up(release, now):
            return (not_confirmed(release),)
        if too_early(release, now) or now < rollback.overwritten_at + fights_after_s(rollback):
            return ()
        return (ev.WeightRequested(number=release.last_number + 1, weight=0),)
    if release.writes:
        return ()
    if release.watches_back:
        return watch_recovery(release, rollback, now)
    return (rolled_back(release, rollback),) if _settled(release, rollback, now) else ()


def _gives_up(release: Release, now: float) -> bool:
    """Give up only where nobody watches: a pipeline must end, and its exit code calls for a person."""
    failure = release.failure
    if release.attended or failure is None or not too_early(release, now):
        return False  # behind a machine's sleep, too, a try comes first
    # Counted from the first failure in a row, so that a try which succeeds begins it anew.
    return now >= failure.since + release.plan.patience_s


def _settled(release: Release, rollback: Rollback, now: float) -> bool:
    """Whether the metrics show the rollback too, or have had their time to."""
    assert rollback.confirmed_at is not None
    return rollback.gone_at is not None or now >= rollback.confirmed_at + gone_patience_s(release)
