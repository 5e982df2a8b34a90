"""The decisions: a release and the time give the events that should happen next.

The answer is written to the journal as it stands and folded; then the question is asked again, until the
answer is empty. A `WeightRequested` in it is the worker's order to write the router.
"""

from __future__ import annotations

from msgspec.structs import replace

from console.errors import ExitCode
from console.judge.keys.judge import BLIND_BLOCKS
from console.judge.keys.verdict import Action, KeysVerdict, Why
from console.judge.reading import Reading, Verdict
from console.plan.model import Guard, Then
from console.plan.units import words_duration
from console.plan.words import guard_in_words
from console.policy.judge_words import NAME as JUDGE
from console.policy.judge_words import judge_in_words, judged
from console.policy.kayenta_words import NAME as KAYENTA
from console.policy.kayenta_words import VERDICTS, score_in_words
from console.policy.obstacle_words import obstacle_in_words
from console.policy.reading_words import reading_in_words
from console.release import events as ev
from console.release.fold import GAP_TICKS
from console.release.obstacles import Kind, obstacles
from console.release.state import Phase, Release, Rollback, Write

SKIPPED_BY_A_PERSON = frozenset({Kind.HOLD, Kind.REQUESTS, Kind.APPROVAL})
"""What `promote` skips: waiting and asking, never a breach, and never want of evidence."""

CALM_S = 60.0
"""A limit that both versions have kept for so long is kept again."""
MOST_RETREATS = 2
"""From one stage; after another one nothing goes up again without a person."""
_PASSING = frozenset({Why.SHARED_BREACH, Why.BEYOND_LIMIT})
"""What can be over by itself."""

LONGEST_WAIT_S = 60.0
"""An API server that asks us to wait longer is asked again after this."""

GONE_PATIENCE_S = 15.0
GONE_PATIENCE_TICKS = 3
"""After a confirmed rollback the metrics get this long to show that the canary serves nobody."""


def decide(release: Release, *, now: float) -> tuple[ev.AnyEvent, ...]:
    """Give the next events; empty: nothing to do but wait."""
    match release.phase:
        case Phase.PREPARING:
            return _leave_to_another(release) or _begin(release)
        case Phase.RUNNING:
            return (
                _leave_to_another(release)
                or _roll_back(release, now)
                or _follow_judge(release, now)
                or _write(release, now)
                or _go_forward(release, now)
            )
        case Phase.ROLLING_BACK:
            return _finish_rollback(release, now)
        case Phase.ENDED:
            return ()


def retry_after_s(release: Release) -> float:
    """How long to wait after the last failed write: a rollback does not wait long, and never gives up.

    What the API server asks for is granted to a way forward. A way back waits a second at most.
    """
    failure = release.failure
    times = failure.times if failure else 0
    if release.phase is Phase.ROLLING_BACK:
        return min(0.1 * 2.0 ** max(0, times - 1), 1.0)
    asked_s = min(failure.wait_s, LONGEST_WAIT_S) if failure else 0.0
    return max(min(0.5 * 2.0 ** max(0, times - 1), 10.0), asked_s)


def overdue_after_s(release: Release) -> float:
    """How long the last of a rollback's writes is waited for: then another one follows beside it.

    The writes are conditional on one version, so that one of them at most is done.
    """
    return min(0.5 * len(_ways_back(release)), 2.0)


def _begin(release: Release) -> tuple[ev.AnyEvent, ...]:
    if release.rollback_asked is not None:
        return (
            _end(ev.Outcome.ROLLED_BACK, ExitCode.ROLLED_BACK_BY_PERSON, "called off before the first write"),
        )
    if not release.checks:
        return ()
    wrong = [check for check in release.checks if not check.ok]
    if wrong:
        first = wrong[0]
        return (_end(ev.Outcome.REFUSED, ExitCode.PREFLIGHT_FAILED, f"{first.name}: {first.words}"),)
    return () if release.weight is None or not release.may_drive else (ev.StageEntered(stage=0),)


def _leave_to_another(release: Release) -> tuple[ev.AnyEvent, ...]:
    """End where another driver has the router: two who write it are worse than either."""
    if not release.taken_by:
        return ()
    left = "" if release.weight is None else f" and left the weight at {release.weight}%"
    reason = f"{release.taken_by} drives now; this worker has stopped{left}"
    return (_end(ev.Outcome.TAKEN_OVER, ExitCode.TAKEN_OVER, reason),)


def _roll_back(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    person = release.rollback_asked
    if person is not None:
        reason = f"{person.login} asked for it" + (
            f": {release.rollback_reason}" if release.rollback_reason else ""
        )
        return (ev.RollbackDecided(cause=ev.Cause.PERSON, reason=reason),)
    breached = _proven(release, now) or _breached(release)
    if breached is not None:
        return (ev.RollbackDecided(cause=ev.Cause.GUARD, reason=breached),)
    if release.stalled_s >= release.plan.patience_s:
        return _patience_ended(release, now)
    return ()


def _proven(release: Release, now: float) -> str | None:
    """Say what the two keys have proven, or what Kayenta's score fails for, where they have or it does."""
    said = release.memory.said
    if release.memory.scores.failed:
        return score_in_words(release)
    return judge_in_words(release, now=now) if said and said.action is Action.ROLL_BACK else None


def _follow_judge(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Go back one weight where both versions suffer from the last step; go on once that is over."""
    said = release.memory.said
    if said is None or not release.judge_holds:
        return ()
    if said.action is Action.RETREAT and not release.retreated and _can_be_taken_back(release):
        reason = judge_in_words(release, now=now)
        back = replace(release, retreated=True).wanted_weight or 0
        return (ev.Retreated(weight=back, reason=reason),)
    if not _is_over(release, said):
        return ()
    calm = words_duration(round(said.calm_s or 0.0))
    return (ev.JudgeResumed(reason=f"both versions have kept their limits for {calm}"),)


def _can_be_taken_back(release: Release) -> bool:
    """Whether a retreat would be written: one that is only said would be no retreat."""
    return release.at_weight and not release.stands_still


def _is_over(release: Release, said: KeysVerdict) -> bool:
    """Whether a limit has been kept for long enough, by what is seen; after two retreats a person decides."""
    keys = release.memory.keys
    if keys is None or release.retreats > MOST_RETREATS or said.why not in _PASSING:
        return False
    seen = not release.blind_because and said.blind_s <= BLIND_BLOCKS * keys.settings.block_s
    return seen and said.calm_s is not None and said.calm_s >= CALM_S


def _breached(release: Release) -> str | None:
    stage = release.stage
    if stage is None:
        return None
    for guard in stage.guards:
        reading = release.memory.reading(guard)
        if guard.then is Then.ROLLBACK and reading is not None and reading.ripe:
            seen = reading_in_words(guard, reading, release.plan)
            return f"{seen}; the rule: {guard_in_words(guard, release.plan)}"
    return None


def _patience_ended(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    why = "; ".join(obstacle_in_words(release, first, now=now) for first in obstacles(release)[:1])
    reason = f"the patience of {words_duration(release.plan.patience_s)} ended: {why}"
    said = release.memory.said
    # A rollback would not help both versions, and a healthy canary would be blamed.
    if release.plan.after_patience is Then.HOLD or (said is not None and said.shared):
        # A write on its way would change what is left behind, and nobody would see it.
        return () if release.writes else (_end(ev.Outcome.HELD, ExitCode.HELD, reason),)
    return (ev.RollbackDecided(cause=ev.Cause.PATIENCE, reason=reason),)


def _write(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Ask for the wanted weight, unless it is in force, on its way, or not ours to write just now."""
    wanted = release.wanted_weight
    if wanted is None or release.writes or release.weight == wanted or _too_early(release, now):
        return ()
    if why_not_write(release, weight=wanted, now=now):
        return ()
    return (ev.WeightRequested(number=release.last_number + 1, weight=wanted),)


def why_not_write(release: Release, *, weight: int, now: float) -> str:
    """Say why this weight should not be written now; empty where it should.

    Asked for each write twice, when it is ordered and when it is sent: much can happen on the way.
    """
    if release.rollback is not None:
        return "a rollback has begun" if weight else ""
    if release.stands_still:
        return "the release stands still"
    forward = weight > (release.weight or 0)
    return "the evidence speaks against it" if forward and _speaks_against(release, now) else ""


def _speaks_against(release: Release, now: float) -> bool:
    """Whether more weight would go forward on evidence that is bad, or old, or gone since the stage began."""
    bad = any(reading.beyond for reading in release.memory.readings)
    old = release.tick_at is not None and not _is_fresh(release, now)
    return bad or old or release.judge_doubts or bool(release.blind_because)


def _too_early(release: Release, now: float) -> bool:
    return release.failure is not None and now < release.failure.at + retry_after_s(release)


def _go_forward(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    if release.stage is None or not may_go_forward(release) or not _is_fresh(release, now):
        return ()
    if release.index + 1 < len(release.plan.stages):
        return (ev.StageEntered(stage=release.index + 1),)
    return (_end(ev.Outcome.PROMOTED, ExitCode.PROMOTED, f"{release.plan.canary.name} passed every stage"),)


def _is_fresh(release: Release, now: float) -> bool:
    """Whether the evidence is of now: behind a machine's sleep it is not, until the next look."""
    return release.tick_at is not None and now <= release.tick_at + GAP_TICKS * release.plan.interval_s


def may_go_forward(release: Release, *, by_person: bool = False) -> bool:
    """Whether nothing stands in the way, or nothing that the person who promotes may skip."""
    kinds = {obstacle.kind for obstacle in obstacles(release)}
    return kinds <= SKIPPED_BY_A_PERSON if by_person or release.promoted_by else not kinds


def _finish_rollback(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    rollback = release.rollback
    assert rollback is not None
    if release.lease is not None and release.lease.taker_wrote:
        # A rollback under way outlives the lease, but not another driver's first write: it would undo that.
        return (_rolled_back(release, rollback),) if rollback.confirmed_at else _leave_to_another(release)
    if _awaits_answer(release, now):
        return ()
    if release.weight != 0 or rollback.confirmed_at is None:
        if _gives_up(release, now):
            return (_not_confirmed(release),)
        return (
            ()
            if _too_early(release, now)
            else (ev.WeightRequested(number=release.last_number + 1, weight=0),)
        )
    if release.writes or not _settled(release, rollback, now):
        return ()
    return (_rolled_back(release, rollback),)


def _ways_back(release: Release) -> tuple[Write, ...]:
    return tuple(write for write in release.writes if write.weight == 0)


def _awaits_answer(release: Release, now: float) -> bool:
    """Whether a write of the rollback is on its way that may yet be answered."""
    ways_back = _ways_back(release)
    return bool(ways_back) and now < ways_back[-1].at + overdue_after_s(release)


def _gives_up(release: Release, now: float) -> bool:
    """Give up only where nobody watches: a pipeline must end, and its exit code calls for a person."""
    failure = release.failure
    if release.attended or failure is None or not _too_early(release, now):
        return False  # behind a machine's sleep, too, a try comes first
    return now >= failure.since + release.plan.patience_s


def _not_confirmed(release: Release) -> ev.ReleaseEnded:
    trouble = release.failure.trouble if release.failure else "the router never answered"
    return _end(
        ev.Outcome.NOT_CONFIRMED, ExitCode.ROLLBACK_NOT_CONFIRMED, f"rollback NOT CONFIRMED: {trouble}"
    )


def _settled(release: Release, rollback: Rollback, now: float) -> bool:
    """Whether the metrics show the rollback too, or have had their time to."""
    if rollback.confirmed_at is None:
        return False
    patience_s = max(GONE_PATIENCE_S, GONE_PATIENCE_TICKS * release.plan.interval_s)
    return rollback.gone_at is not None or now >= rollback.confirmed_at + patience_s


def _rolled_back(release: Release, rollback: Rollback) -> ev.ReleaseEnded:
    outcome = ev.Outcome.HELD if rollback.cause is ev.Cause.PATIENCE else ev.Outcome.ROLLED_BACK
    unseen = (
        ""
        if rollback.gone_at
        else f"; CHECK: the metrics did not show {release.plan.canary.name} without traffic"
    )
    words = f"{rollback.reason}; the router sends all traffic to {release.plan.stable.name}{unseen}"
    return _end(outcome, _EXIT_CODES[rollback.cause], words)


def exit_code_when_left(release: Release) -> ExitCode:
    """Give the exit code for a rollback that nobody wants to see to its end."""
    rollback = release.rollback
    if rollback is None or rollback.confirmed_at is None:
        return ExitCode.ROLLBACK_NOT_CONFIRMED
    return _EXIT_CODES[rollback.cause]


_EXIT_CODES = {
    ev.Cause.GUARD: ExitCode.ROLLED_BACK_BY_GUARD,
    ev.Cause.PERSON: ExitCode.ROLLED_BACK_BY_PERSON,
    ev.Cause.PATIENCE: ExitCode.HELD,
}


def _end(outcome: ev.Outcome, code: ExitCode, reason: str) -> ev.ReleaseEnded:
    return ev.ReleaseEnded(outcome=outcome, exit_code=int(code), reason=reason)


def announce(before: Release, after: Release) -> tuple[ev.GuardTurned, ...]:
    """Give an event for each guard whose verdict, or its ripeness, is another than before.

    A guard's first reading is news only if it is a breach: each stage begins with a first reading of all.
    The judge's word is news alike.
    """
    stage = after.stage
    guards: tuple[Guard, ...] = stage.guards if stage else ()
    turned = [*_judge_turned(before, after), *_scored(before, after)]
    for guard in guards:
        old, new = before.memory.reading(guard), after.memory.reading(guard)
        if new is None or not _is_news(old, new):
            continue
        words = reading_in_words(guard, new, after.plan)
        turned.append(ev.GuardTurned(guard=guard.name, verdict=new.verdict, words=words))
    return tuple(turned)


def _judge_turned(before: Release, after: Release) -> tuple[ev.GuardTurned, ...]:
    old, new = before.memory.said, after.memory.said
    if new is None or (new.action, new.why) == (
        old.action if old else Action.GO_ON,
        old.why if old else Why.NOTHING,
    ):
        return ()
    words = judge_in_words(after, now=after.tick_at or after.opened_at)
    return (ev.GuardTurned(guard=JUDGE, verdict=judged(after) or Verdict.HEALTHY, words=words),)


def _scored(before: Release, after: Release) -> tuple[ev.GuardTurned, ...]:
    """Give an event for each analysis of Kayenta's."""
    latest = after.memory.scores.latest
    if latest is None or latest is before.memory.scores.latest:
        return ()
    return (ev.GuardTurned(guard=KAYENTA, verdict=VERDICTS[latest.verdict], words=score_in_words(after)),)


def _is_news(old: Reading | None, new: Reading) -> bool:
    if old is None:
        return new.verdict is Verdict.BREACH
    return (old.verdict, old.ripe) != (new.verdict, new.ripe)
