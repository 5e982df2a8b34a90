"""The fold: a release and one more record give the release after it. There is no other way to change one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from console.errors import JournalError
from console.evidence import Sample
from console.judge import memory as judge
from console.judge.memory import Memory
from console.judge.tally import ratio
from console.release import events as ev
from console.release.carried import unpacked
from console.release.obstacles import Kind, obstacles
from console.release.state import (
    Altered,
    End,
    Failure,
    Lease,
    Phase,
    Release,
    Rollback,
    Stranger,
    Unreadable,
    Withheld,
    Write,
)

GAP_TICKS = 3
"""A tick that comes more than this many intervals after the one before ends a gap that stops all clocks."""
GONE_SHARE = 0.005
"""With less than this share of the requests the canary serves nobody any more: stragglers and probes."""


def fold(release: Release | None, record: ev.Record) -> Release:
    """Give the release after `record`; raises JournalError where a release can't come to it.

    The first record opens it, none after it does, and the stages are the plan's.
    """
    event = record.event
    if isinstance(event, ev.ReleaseOpened):
        if release is not None:
            raise JournalError(f"record {record.n} opens a release within the journal of another")
        return _opened(event, record.at)
    if release is None:
        raise JournalError(
            "the journal does not begin with the opening of a release",
            hint="its first lines are lost, or this is not a journal of pithead",
        )
    if isinstance(event, ev.StageEntered) and not 0 <= event.stage < len(release.plan.stages):
        raise JournalError(f"record {record.n} enters stage {event.stage + 1} of {len(release.plan.stages)}")
    try:
        after = _FOLDS[type(event)](release, event, record.at)
    except (LookupError, ArithmeticError, ValueError, TypeError, AttributeError) as error:
        if not release.lost_records:
            raise
        # Records are held to what can be, one by one; a state that a stranger wrote can't be held to all.
        raise JournalError(
            f"record {record.n} can't follow the state that this journal begins with"
        ) from error
    if after.just_read and not isinstance(event, _OF_A_TICK):
        return replace(after, just_read=False)
    return after


_OF_A_TICK = (ev.SampleTaken, ev.GuardTurned)
"""What a tick writes down before its policy is asked."""


def fold_all(records: Iterable[ev.Record]) -> Release:
    """Fold a whole journal."""
    release = None
    for record in records:
        release = fold(release, record)
    if release is None:
        raise JournalError("the journal is empty")
    return release


def _opened(event: ev.ReleaseOpened, at: float) -> Release:
    return Release(
        name=event.release,
        plan=event.plan,
        person=event.person,
        cluster=event.cluster,
        attended=event.attended,
        opened_at=at,
        leased=event.leased,
        goes_back=event.goes_back,
        resolved=event.resolved,
        watches_back=event.watches_back,
        undoes=event.undoes,
        in_place_of=event.in_place_of,
    )


def _preflight(release: Release, event: ev.PreflightDone, _at: float) -> Release:
    person = replace(release.person, account=event.account)
    return replace(release, checks=event.checks, metrics=event.metrics, person=person)


def _lease_held(release: Release, _event: ev.LeaseHeld, at: float) -> Release:
    return replace(release, lease=Lease(held=True, at=at))


def _lease_awaited(release: Release, event: ev.LeaseAwaited, at: float) -> Release:
    why = f"{event.taken_from} may be certain of it until then"
    return replace(release, lease=Lease(held=False, at=at, why=why, free_at=at + event.wait_s))


def _lease_lost(release: Release, event: ev.LeaseLost, at: float) -> Release:
    lost = Lease(held=False, at=at, why=event.why, taken_by=event.by, taker_wrote=event.wrote)
    return replace(release, lease=lost)


def _router_seen(release: Release, event: ev.RouterSeen, at: float) -> Release:
    release = replace(release, elsewhere=event.elsewhere, unread=None)
    if event.weight == release.weight:
        return release  # nothing else has changed
    first = release.weight is None
    ours = event.weight in (release.weight, release.wanted_weight)
    by = "" if first or ours else event.changed_by or "someone"
    seen = replace(
        release,
        weight=event.weight,
        changed_by=by,
        rollback=_taken_away(release.rollback, event, at),
    )
    wanted = event.weight == release.wanted_weight != release.weight
    return _come_into_force(seen, at) if wanted else _another_weight(seen, at)


def _taken_away(rollback: Rollback | None, event: ev.RouterSeen, at: float) -> Rollback | None:
    """Note that somebody has sent traffic to the canary again, behind the rollback's confirmation."""
    if rollback is None or rollback.confirmed_at is None or not event.weight:
        return rollback
    return replace(
        rollback,
        stayed_at=None,
        clear_since=None,
        overwritten=rollback.overwritten + 1,
        overwritten_by=event.changed_by or "someone",
        overwritten_at=at,
    )


def _router_unread(release: Release, event: ev.RouterUnread, at: float) -> Release:
    before = release.unread
    unread = Unreadable(
        cause=event.cause,
        why=event.why,
        since=before.since if before else at,
        ticks=before.ticks if before else 0,
    )
    return replace(release, unread=unread)


def _router_read_again(release: Release, _event: ev.RouterReadAgain, _at: float) -> Release:
    return replace(release, unread=None)


def _identified(release: Release, event: ev.Identified, _at: float) -> Release:
    return replace(release, identity=event.identity)


def _come_into_force(release: Release, at: float) -> Release:
    """Begin to look at the wanted weight: what was seen on the way, at another one, is no evidence for it."""
    return replace(release, stage_at=at, memory=judge.enter_stage(release.memory, at=at))


def _another_weight(release: Release, at: float) -> Release:
    """Go on looking at a weight that is not the wanted one: from now on another number should arrive."""
    return replace(release, memory=judge.count_anew(release.memory, at=at))


def _stage_entered(release: Release, event: ev.StageEntered, at: float) -> Release:
    return replace(
        release,
        phase=Phase.RUNNING,
        index=event.stage,
        stage_at=at,
        held_s=0.0,
        stalled_s=0.0,
        stage_starts=(*release.stage_starts, at),
        approved_by=None,
        promoted_by=None,
        advanced_blind_by=None,
        retreated=False,
        retreats=0,
        altered=None,
        back_to=None,
        memory=judge.enter_stage(release.memory, at=at),
    )


def _requested(release: Release, event: ev.WeightRequested, at: float) -> Release:
    write = Write(number=event.number, weight=event.weight, at=at)
    return replace(
        release,
        writes=(*release.writes, write),
        last_number=event.number,
        rollback=_asked(release.rollback, at),
    )


def _asked(rollback: Rollback | None, at: float) -> Rollback | None:
    if rollback is None:
        return None
    return replace(rollback, attempts=rollback.attempts + 1, asked_at=rollback.asked_at or at)


def _confirmed(release: Release, event: ev.WeightConfirmed, at: float) -> Release:
    rollback = release.rollback
    if rollback is not None and event.weight == 0 and rollback.confirmed_at is None:
        rollback = replace(rollback, confirmed_at=at)
    # What is in force answers every try that asked for it: a rollback's go out one beside the other.
    others = tuple(write for write in release.writes if write.weight != event.weight)
    confirmed = replace(
        _answered(replace(release, writes=others), event.number),
        weight=event.weight,
        elsewhere=event.elsewhere,
        changed_by="",
        unread=None,
        failure=None,
        unmarked=False,
        signed=release.signed or event.weight > 0,
        signed_at=at if event.weight else release.signed_at,
        rollback=rollback,
    )
    wanted = event.weight == release.wanted_weight
    return _come_into_force(confirmed, at) if wanted else _another_weight(confirmed, at)


def _weight_altered(release: Release, event: ev.WeightAltered, at: float) -> Release:
    return replace(
        _another_weight(_answered(release, event.number), at),
        weight=event.weight,
        changed_by="",
        unread=None,
        failure=None,
        signed=release.signed or event.weight > 0,
        signed_at=at if event.weight else release.signed_at,
        altered=Altered(asked=event.asked, weight=event.weight),
    )


def _taken_back(release: Release, event: ev.TakenBack, _at: float) -> Release:
    return replace(release, back_to=event.weight, held_s=0.0)


def _write_failed(release: Release, event: ev.WriteFailed, at: float) -> Release:
    before = release.failure
    failure = Failure(
        since=before.since if before else at,
        at=at,
        times=before.times + 1 if before else 1,
        trouble=event.trouble,
        wait_s=event.wait_s,
    )
    return replace(_answered(release, event.number), failure=failure)


def _answered(release: Release, number: int) -> Release:
    return replace(release, writes=tuple(write for write in release.writes if write.number != number))


def _sample(release: Release, event: ev.SampleTaken, at: float) -> Release:
    sample = event.sample
    ticked = replace(
        release,
        tick_at=at,
        seen_at=release.seen_at if sample.unsure else at,
        lag_s=release.lag_s if sample.unsure else sample.lag_s,
        blind_because=sample.unsure,
        unread=replace(release.unread, ticks=release.unread.ticks + 1) if release.unread else None,
        just_read=release.unread is None,
        stable_ready=sample.stable.pods.ready,
        canary_ready=sample.canary.pods.ready,
        memory=_looked(release, sample, at),
        taken_up_by=release.taken_up_by if release.attended or sample.unsure else None,
        failed_on_canary=release.failed_on_canary + _failed(sample),
    )
    if release.phase is Phase.RUNNING and _of_before(release, sample, at):
        return ticked  # neither clock runs: nothing of this weight can be seen yet
    if release.phase is Phase.RUNNING:
        return _run_clocks(ticked, _step_s(release, at, lag_s=0.0 if sample.unsure else sample.lag_s))
    return replace(ticked, rollback=_cleared(_gone(release.rollback, sample, at), sample, at))


def _failed(sample: Sample) -> float:
    counts = sample.canary.counts
    return counts.errors if counts else 0.0


def _cleared(rollback: Rollback | None, sample: Sample, at: float) -> Rollback | None:
    """Add up the time in which the canary served nobody, in samples wholly behind the confirmation."""
    if rollback is None or rollback.confirmed_at is None or sample.partial or sample.blind:
        return rollback  # what was not seen is no proof that nobody is served
    began_at = at - sample.lag_s - sample.span_s
    if began_at < rollback.confirmed_at:
        return rollback
    stable, canary = sample.stable.counts, sample.canary.counts
    served = canary.requests if canary else 0.0
    if served > GONE_SHARE * (served + (stable.requests if stable else 0.0)):
        return replace(rollback, served=served, clear_since=None, clear_requests=0.0, clear_errors=0.0)
    begun = rollback.clear_since is not None
    return replace(
        rollback,
        served=served,
        clear_since=rollback.clear_since if begun else began_at,
        clear_requests=(rollback.clear_requests if begun else 0.0) + (stable.requests if stable else 0.0),
        clear_errors=(rollback.clear_errors if begun else 0.0) + (stable.errors if stable else 0.0),
    )


def _gone(rollback: Rollback | None, sample: Sample, at: float) -> Rollback | None:
    """Note the first sample, wholly after the rollback's confirmation, in which stable serves alone."""
    if rollback is None or rollback.confirmed_at is None or rollback.gone_at is not None or sample.partial:
        return rollback
    stable, canary = (look.counts.requests if look.counts else 0.0 for look in (sample.stable, sample.canary))
    share = ratio(canary, stable + canary)
    wholly_after = at - sample.lag_s - sample.span_s >= rollback.confirmed_at
    if share is None or share > GONE_SHARE or not wholly_after:
        return rollback
    return replace(rollback, gone_at=at)


def _looked(release: Release, sample: Sample, at: float) -> Memory:
    stage = release.stage
    if stage is None:
        return release.memory
    before = _of_before(release, sample, at)
    weight = release.weight_before_stage if before else release.weight or 0
    looked = judge.look(release.memory, stage, at=at, weight=weight, sample=sample, of_before=before)
    here = sample.without_traffic if before else sample
    return judge.score(looked, release.plan.kayenta, at=at, weight=weight, sample=here)


def _of_before(release: Release, sample: Sample, at: float) -> bool:
    """Tell whether this was answered before the weight came into force: the store shows it late."""
    return sample.lag_s > 0 and not sample.unsure and at - sample.lag_s < release.stage_at


def _step_s(release: Release, at: float, *, lag_s: float) -> float:
    """Time since the tick before, as far as the stage can be seen; none through a gap, none backwards."""
    step_s = at - max(release.tick_at or 0.0, release.stage_at + lag_s)
    return step_s if 0.0 < step_s <= GAP_TICKS * release.plan.interval_s else 0.0


_HEALTHY = {Kind.HOLD, Kind.UNANSWERED, Kind.HIDDEN, Kind.UNSCORED, Kind.APPROVAL}
"""What stands in the way of a healthy release. What is hidden stalls it only once the hold is over, and so
do a score that has not come and requests that have yet to be answered."""


def _run_clocks(release: Release, step_s: float) -> Release:
    """Run the hold's clock in health, the patience's clock in want of it, and none while a person decides."""
    kinds = {obstacle.kind for obstacle in obstacles(release)}
    if kinds & {Kind.STRANGER, Kind.PAUSED, Kind.CHANGED} or (Kind.TAKEN_UP in kinds and release.attended):
        return release
    if kinds <= {Kind.HOLD, Kind.APPROVAL} or (Kind.HOLD in kinds and kinds <= _HEALTHY):
        return replace(release, held_s=release.held_s + step_s)
    stalled = replace(release, stalled_s=release.stalled_s + step_s)
    if Kind.HELD_BY_GUARD in kinds:
        return replace(stalled, held_s=0.0, memory=judge.begin_anew(release.memory))
    return stalled


def _paused(release: Release, event: ev.Paused, _at: float) -> Release:
    return replace(release, paused_by=event.person)


def _resumed(release: Release, _event: ev.Resumed, at: float) -> Release:
    """Resuming after a change from outside means: our weight again; after the judge's hold: watch anew."""
    going_on = _judge_resumed(release, None, at) if release.judge_holds else release
    return replace(
        _moved_by_a_person(going_on),
        unmarked=release.stranger is not None,
        paused_by=None,
        taken_up_by=None,
        changed_by="",
        altered=None,
        back_to=None,
        withheld=None,
    )


def _judge_begun(release: Release, event: ev.JudgeBegun, _at: float) -> Release:
    return replace(release, memory=judge.begin_judge(release.memory, release.plan, event.terms))


def _judge_refreshed(release: Release, event: ev.JudgeRefreshed, _at: float) -> Release:
    return replace(release, memory=judge.refresh_judge(release.memory, event.profile))


def _judge_resumed(release: Release, _event: ev.JudgeResumed | None, at: float) -> Release:
    return replace(release, retreated=False, memory=judge.resume_judge(release.memory, at=at))


def _judge_overridden(release: Release, event: ev.JudgeOverridden, _at: float) -> Release:
    memory, terms = judge.begin_scores(release.memory), release.memory.terms
    if terms is not None:
        memory = judge.begin_judge(memory, release.plan, terms)
    return replace(release, overridden_by=event.person, retreated=False, memory=memory)


def _advanced_blind(release: Release, event: ev.AdvancedBlind, _at: float) -> Release:
    return replace(release, advanced_blind_by=event.person)


def _retreated(release: Release, _event: ev.Retreated, _at: float) -> Release:
    return replace(release, retreated=True, retreats=release.retreats + 1, held_s=0.0)


def _promotion_asked(release: Release, event: ev.PromotionAsked, _at: float) -> Release:
    return replace(release, promoted_by=event.person)


def _approved(release: Release, event: ev.Approved, _at: float) -> Release:
    return replace(release, approved_by=event.person)


def _rollback_asked(release: Release, event: ev.RollbackAsked, _at: float) -> Release:
    moved = _moved_by_a_person(release)
    return replace(moved, unseen=False, rollback_asked=event.person, rollback_reason=event.reason)


def _rollback_decided(release: Release, event: ev.RollbackDecided, at: float) -> Release:
    rollback = Rollback(cause=event.cause, reason=event.reason, decided_at=at)
    return replace(release, phase=Phase.ROLLING_BACK, rollback=rollback, failure=None)


def _rollback_withheld(release: Release, event: ev.RollbackWithheld, _at: float) -> Release:
    return replace(release, withheld=Withheld(cause=event.cause, reason=event.reason))


def _rolled_back(release: Release, _event: ev.RolledBack, at: float) -> Release:
    rollback = release.rollback
    return replace(release, rollback=replace(rollback, stayed_at=at) if rollback else None)


def _recovered(release: Release, event: ev.Recovered, at: float) -> Release:
    rollback = release.rollback
    if rollback is None:
        return release
    over = replace(rollback, recovered_at=at, served=event.still_served, troubled=event.troubled)
    return replace(release, rollback=over)


def _worker_resumed(release: Release, event: ev.WorkerResumed, at: float) -> Release:
    """Begin with what is certain: no write of a dead worker's is, nor its lease, nor a preflight of then."""
    lease = release.lease
    if lease is not None and lease.held:
        lease = Lease(held=False, at=at, why="the worker that held it died")
    resumed = replace(
        release,
        attended=event.attended,
        lease=lease,
        writes=(),
        failure=None,
        unrecorded="",
        goes_back=release.goes_back or event.goes_back,
    )
    if release.phase is Phase.PREPARING:
        return replace(resumed, checks=(), weight=None)
    return replace(resumed, taken_up_by=event.person, unseen=event.looks_first, stranger=None)


def _router_found(release: Release, event: ev.RouterFound, _at: float) -> Release:
    seen = replace(release, unseen=False, unread=None)
    if event.ours:
        return seen
    stranger = Stranger(by=event.by, mark=event.mark, replaced=event.replaced, uid=event.uid)
    return replace(seen, weight=event.weight, stranger=stranger)


def _moved_by_a_person(release: Release) -> Release:
    """Let a person's word count over what was found: it is this release's again, whoever was there."""
    if release.stranger is None:
        return release
    return replace(release, stranger=None, overruled=release.stranger.mark)


def _journal_stuck(release: Release, event: ev.JournalStuck, _at: float) -> Release:
    return replace(release, unrecorded=event.trouble)


def _journal_mended(release: Release, _event: ev.JournalMended, _at: float) -> Release:
    return replace(release, unrecorded="")


def _journal_restored(release: Release, event: ev.JournalRestored, _at: float) -> Release:
    """Go on from the state that is carried over; where nothing was lost, it is that already."""
    if not event.state:
        return release
    return replace(unpacked(event.state, opened=release), lost_records=event.lost)


def _ended(release: Release, event: ev.ReleaseEnded, at: float) -> Release:
    end = End(at=at, outcome=event.outcome, exit_code=event.exit_code, reason=event.reason)
    return replace(release, phase=Phase.ENDED, end=end)


def _unchanged(release: Release, _event: ev.Event, _at: float) -> Release:
    return release


_FOLDS: dict[type[ev.Event], Callable[[Release, Any, float], Release]] = {
    ev.PreflightDone: _preflight,
    ev.LeaseHeld: _lease_held,
    ev.LeaseAwaited: _lease_awaited,
    ev.LeaseLost: _lease_lost,
    ev.LeaseWaived: _unchanged,
    ev.RouterSeen: _router_seen,
    ev.RouterUnread: _router_unread,
    ev.RouterReadAgain: _router_read_again,
    ev.RouterFound: _router_found,
    ev.Identified: _identified,
    ev.JudgeBegun: _judge_begun,
    ev.JudgeRefreshed: _judge_refreshed,
    ev.JudgeResumed: _judge_resumed,
    ev.JudgeOverridden: _judge_overridden,
    ev.AdvancedBlind: _advanced_blind,
    ev.Retreated: _retreated,
    ev.StageEntered: _stage_entered,
    ev.WeightRequested: _requested,
    ev.WeightConfirmed: _confirmed,
    ev.WriteFailed: _write_failed,
    ev.WeightAltered: _weight_altered,
    ev.TakenBack: _taken_back,
    ev.SampleTaken: _sample,
    ev.GuardTurned: _unchanged,
    ev.Paused: _paused,
    ev.Resumed: _resumed,
    ev.PromotionAsked: _promotion_asked,
    ev.Approved: _approved,
    ev.RollbackAsked: _rollback_asked,
    ev.CommandRefused: _unchanged,
    ev.RollbackDecided: _rollback_decided,
    ev.RollbackWithheld: _rollback_withheld,
    ev.RolledBack: _rolled_back,
    ev.Recovered: _recovered,
    ev.Notified: _unchanged,
    ev.NotifyFailed: _unchanged,
    ev.WorkerResumed: _worker_resumed,
    ev.Signalled: _unchanged,
    ev.JournalStuck: _journal_stuck,
    ev.JournalMended: _journal_mended,
    ev.JournalReplaced: _unchanged,
    ev.JournalRestored: _journal_restored,
    ev.ReleaseEnded: _ended,
}
