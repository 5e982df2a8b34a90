"""What stands between a release and its next stage; an empty answer means: forward."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from console.judge.memory import whole_stage
from console.judge.reading import Reading, Verdict
from console.judge.registry import judge_of
from console.judge.verdict import Wait
from console.plan.model import Guard, Stage, Then
from console.release.state import Release


class Kind(StrEnum):
    """The kinds of obstacle, the most pressing first."""

    WITHHELD = "withheld"
    """A rollback is due, and stable has no ready pods."""
    STRANGER = "stranger"
    """A worker that went on found the router without this release's mark: only a person moves it."""
    UNREAD = "unread"
    """The router has not been read for some ticks: what it does is not known."""
    LEASE = "lease"
    """It is not certain that no other worker drives."""
    UNRECORDED = "unrecorded"
    """The journal can't be written."""
    PAUSED = "paused"
    TAKEN_UP = "taken_up"
    """Its worker died, and nobody has let it go on yet."""
    CHANGED = "changed"
    """Someone else changed the weight."""
    ALTERED = "altered"
    """Something in the cluster changes the weights that are written."""
    WEIGHT = "weight"
    """The stage's weight is not in force yet."""
    BLIND = "blind"
    JUDGE = "judge"
    """The judge of the traffic holds the release, or is about to roll it back."""
    HELD_BY_GUARD = "held_by_guard"
    """A guard that holds is breached for long enough."""
    BREACH = "breach"
    """A guard is beyond its limit, not yet for long enough."""
    MARGINAL = "marginal"
    """What the judge has analysed neither fails the canary nor lets it pass."""
    PODLESS = "podless"
    """The canary has no ready pod."""
    STOPPED = "stopped"
    """Neither version has had a request for longer than chance explains."""
    INSUFFICIENT = "insufficient"
    UNEVEN = "uneven"
    """Healthy now, but not over the whole stage."""
    REQUESTS = "requests"
    HOLD = "hold"
    UNANSWERED = "unanswered"
    """The canary has not answered about as many requests as the weight asks for."""
    HIDDEN = "hidden"
    """The stage could still hide damage that it should show."""
    UNSCORED = "unscored"
    """The judge has not analysed this weight yet."""
    APPROVAL = "approval"


_AWAITED = {
    Wait.STALE: Kind.BLIND,
    Wait.DOUBT: Kind.JUDGE,
    Wait.HIDDEN: Kind.HIDDEN,
    Wait.UNSCORED: Kind.UNSCORED,
    Wait.MARGINAL: Kind.MARGINAL,
}
_OF_TIME = {Kind.HIDDEN, Kind.UNSCORED}
LONGEST_WAIT_S = 6 * 3600.0
"""Seconds left of what a judge waits for, up to which no patience is lost: what takes longer than a shift
nobody waits for, and traffic that has stopped moves the end ever further away."""
# The order of `Kind` is the order in which a person must know of them, and the only place that says it.
_PRESSING = {kind: place for place, kind in enumerate(Kind)}


class Obstacle(Struct, frozen=True, kw_only=True):
    """One thing that stands in the way, with what it needs to be said in words."""

    kind: Kind
    guard: Guard | None = None
    reading: Reading | None = None
    missing: float = 0.0
    """Seconds for a hold, for what is hidden and of a standstill, requests for the others; 0: no number."""


def obstacles(release: Release) -> tuple[Obstacle, ...]:
    """Return everything that stands in the way of the step out of this stage, the most pressing first."""
    stage = release.stage
    if stage is None:
        return ()
    found = [
        *_standing_still(release),
        *_from_judge(release),
        *_from_guards(release, stage),
        *_not_enough(release, stage),
    ]
    return tuple(sorted(found, key=lambda obstacle: _PRESSING[obstacle.kind]))


def waits_for_known_time(release: Release, found: Sequence[Obstacle], *, now: float) -> bool:
    """Whether the step waits for nothing but time that the judge can name, and for who approves.

    That is no standing still: what is awaited comes by itself, and to lose patience meanwhile would undo a
    healthy release for having little traffic.
    """
    awaited = [wait for wait, kind in _AWAITED.items() if any(each.kind is kind for each in found)]
    if not awaited or not {each.kind for each in found} <= {*_OF_TIME, Kind.APPROVAL}:
        return False
    left = [release.judge_left_s(wait, now=now) for wait in awaited]
    return all(each is not None and 0 < each <= LONGEST_WAIT_S for each in left)


def _standing_still(release: Release) -> list[Obstacle]:
    in_the_way = {
        Kind.STRANGER: release.stranger is not None,
        Kind.WITHHELD: release.withheld is not None,
        Kind.UNREAD: release.unread is not None and release.unread.lasts,
        Kind.LEASE: not release.may_drive,
        Kind.UNRECORDED: bool(release.unrecorded),
        Kind.PAUSED: release.paused_by is not None,
        Kind.TAKEN_UP: release.taken_up_by is not None or release.unseen,
        Kind.CHANGED: release.drifted,
        Kind.ALTERED: release.altered is not None,
        Kind.WEIGHT: not release.at_weight,
        # No sample yet at this weight is blind too: nothing goes forward on evidence of the weight before.
        Kind.BLIND: bool(release.blind_because) or not release.memory.recent,
    }
    return [Obstacle(kind=kind) for kind, is_so in in_the_way.items() if is_so]


def _from_judge(release: Release) -> list[Obstacle]:
    awaited = judge_of(release.memory.judge).awaits(release.memory.judge, release.standing)
    return [
        Obstacle(kind=_AWAITED[each.wait], missing=each.missing_s)
        for each in awaited
        if each.wait is not Wait.HIDDEN or not release.advanced_blind_by
    ]


def _from_guards(release: Release, stage: Stage) -> list[Obstacle]:
    guards = {guard.name: guard for guard in stage.guards}
    found = []
    for reading in release.memory.readings:
        guard = guards[reading.guard]
        kind = _kind(guard, reading)
        if kind is not None:
            missing = max(0.0, guard.min_requests - reading.requests) if kind is Kind.INSUFFICIENT else 0.0
            found.append(Obstacle(kind=kind, guard=guard, reading=reading, missing=missing))
    return found


def _kind(guard: Guard, reading: Reading) -> Kind | None:
    match reading.verdict:
        case Verdict.HEALTHY:
            return None
        case Verdict.INSUFFICIENT:
            return Kind.INSUFFICIENT
        case Verdict.BLIND:
            return Kind.BLIND
        case Verdict.BREACH:
            return Kind.HELD_BY_GUARD if reading.ripe and guard.then is Then.HOLD else Kind.BREACH


def _not_enough(release: Release, stage: Stage) -> list[Obstacle]:
    found = []
    # Behind the hold the whole stage is read once more: a canary that is bad every other minute never stays
    # bad for as long as a guard's `for`, and its sum shows it.
    if release.held_s < stage.hold_s:
        found.append(Obstacle(kind=Kind.HOLD, missing=stage.hold_s - release.held_s))
    else:
        found += _uneven(release, stage)
    found += _silent(release, stage)
    canary = release.evidence.canary
    missing = stage.min_requests - (canary.requests if canary else 0.0)
    if missing > 0:
        found.append(Obstacle(kind=Kind.REQUESTS, missing=missing))
    if stage.approve and release.approved_by is None:
        found.append(Obstacle(kind=Kind.APPROVAL))
    return found


def _silent(release: Release, stage: Stage) -> list[Obstacle]:
    """Ask for ready pods, and for answers where the stage gives users a share: silence is no health."""
    found = [Obstacle(kind=Kind.PODLESS)] if release.canary_is_gone else []
    # A stage at 0% asks for no answers: nobody is sent there. It is left by its checks and by people alone.
    if stage.exposure.is_none:
        return found
    arrivals = release.memory.arrivals
    # Traffic that has stopped on both versions is no silence of the canary's: it must not roll back, and
    # neither must the canary be promoted on it.
    if arrivals.usual.stopped:
        found.append(Obstacle(kind=Kind.STOPPED, missing=arrivals.usual.idle_s))
    if arrivals.answered < release.wanted_answers:
        found.append(Obstacle(kind=Kind.UNANSWERED, missing=release.wanted_answers - arrivals.answered))
    return found


def _uneven(release: Release, stage: Stage) -> list[Obstacle]:
    guards = {guard.name: guard for guard in stage.guards}
    readings = whole_stage(release.memory, stage, at=release.tick_at or 0.0)
    return [
        Obstacle(kind=Kind.UNEVEN, guard=guards[reading.guard], reading=reading)
        for reading in readings
        if reading.verdict is Verdict.BREACH
    ]
