"""What stands in a release's way, in words: for the verdict line, and for the reason of an end."""

from __future__ import annotations

from collections.abc import Callable

from console.judge.verdict import Wait
from console.plan.units import words_count, words_duration
from console.policy.judge_words import awaited_in_words, judge_in_words
from console.policy.reading_words import reading_in_words
from console.policy.silence import podless_in_words, stopped_in_words, unanswered_in_words
from console.release.event_words import stranger_in_words, unread_in_words
from console.release.events import Unread
from console.release.obstacles import Kind, Obstacle
from console.release.parts import Altered
from console.release.state import Release


def obstacle_in_words(release: Release, obstacle: Obstacle, *, now: float) -> str:
    """Say what stands in the way, with a time or a number in it where there is one."""
    return _SAYINGS[obstacle.kind](release, obstacle, now)


def whole_obstacle_in_words(release: Release, obstacle: Obstacle, *, now: float) -> str:
    """Say it with what others say of it."""
    quote = quote_in_words(release, obstacle.kind)
    return obstacle_in_words(release, obstacle, now=now) + (f": {quote}" if quote else "")


def way_out_in_words(release: Release, kind: Kind) -> str:
    """Say what a person can do about it; empty where only time helps."""
    # What has no row there goes away by time, by traffic or by the canary's own pods.
    say = _WAYS_OUT.get(kind)
    return say(release) if say else ""


def _withheld(release: Release, _obstacle: Obstacle, _now: float) -> str:
    stable = release.plan.stable.name
    reason = release.withheld.reason if release.withheld else ""
    return (
        f"{stable} has 0 ready pods, and going back would send all requests to nothing; it is due because "
        f"{reason}"
    )


def _unread(release: Release, _obstacle: Obstacle, now: float) -> str:
    unread = release.unread
    assert unread is not None
    lasted = words_duration(max(0, round(now - unread.since)))
    if unread.cause is Unread.ELSEWHERE:
        return f"{unread_in_words(unread.cause)} for {lasted}; nothing is written to it"
    return (
        f"the router has not been read for {lasted} ({unread.ticks} looks), {unread_in_words(unread.cause)}"
    )


def _lease(release: Release, _obstacle: Obstacle, now: float) -> str:
    lease = release.lease
    if lease is None:
        return f"the lease is not held yet, after {words_duration(round(now - release.opened_at))}"
    # The lease is held: what stands in the way is what happened while it was not.
    if release.holds_lease and release.end_lost:
        return (
            f"at {release.weight}%, the last worker let go of the lease, as one does at a release's end, and"
            " this journal has lost that end"
        )
    if release.holds_lease:
        return (
            f"at {release.weight}%, somebody else has held the lease since this worker did, and may have"
            " rolled the release back"
        )
    return f"the lease is lost for {words_duration(max(0, round(now - lease.at)))}"


def _paused(release: Release, _obstacle: Obstacle, _now: float) -> str:
    who = release.paused_by.login if release.paused_by else "someone"
    return f"paused by {who} at {release.weight}%; guards still watch"


def _unrecorded(release: Release, _obstacle: Obstacle, _now: float) -> str:
    return f"the journal can't be written: {release.unrecorded}; {release.weight}% stays"


def _stranger(release: Release, _obstacle: Obstacle, _now: float) -> str:
    assert release.stranger is not None
    return f"at {release.weight}%, {stranger_in_words(release.stranger)}"


def _taken_up(release: Release, _obstacle: Obstacle, _now: float) -> str:
    if release.unseen:
        return f"its worker died at {release.weight}%; nothing is done before the router was looked at"
    if not release.attended:
        return f"its worker died; going on from {release.weight}% after one look at the evidence"
    return f"its worker died, another one holds it at {release.weight}%; guards still watch"


def _changed(release: Release, _obstacle: Obstacle, _now: float) -> str:
    wanted = release.wanted_weight or 0
    return f"{release.changed_by} set the weight to {release.weight}% where {wanted}% was ours"


def _altered(release: Release, _obstacle: Obstacle, _now: float) -> str:
    altered = release.altered
    assert altered is not None
    return (
        f"{altered.asked}% came out as {altered.weight}%: a webhook or a controller changes what is written"
        f"{_what_stays(release, altered)}"
    )


def _what_stays(release: Release, altered: Altered) -> str:
    if release.back_to is None or release.back_to == release.weight or altered.none_was_asked:
        return f"; {release.weight}% stays"
    return f"; going back to {release.back_to}%"


def _weight(release: Release, _obstacle: Obstacle, now: float) -> str:
    wanted = release.wanted_weight or 0
    if release.failure is not None:
        return f"{wanted}% is not in force after {words_count(release.failure.times, 'try', 'tries')}"
    since = f" for {now - release.writes[0].at:.0f}s" if release.writes else ""
    return f"asking the router for {wanted}%{since}"


def quote_in_words(release: Release, kind: Kind) -> str:
    """Quote what others say of it: it can be long, and stands last, so that nothing else is cut off."""
    match kind:
        case Kind.UNREAD if release.unread is not None:
            return release.unread.why
        case Kind.LEASE if release.lease is not None:
            return release.lease.why
        case Kind.WEIGHT if release.failure is not None:
            return release.failure.trouble
        case Kind.BLIND:
            return release.blind_because
        case _:
            return ""


def _blind(release: Release, obstacle: Obstacle, now: float) -> str:
    since = max(release.seen_at or 0.0, release.stage_at)
    if release.blind_because:
        return f"no evidence for {words_duration(round(now - since))}"
    if obstacle.guard is not None:
        return f"no data for {obstacle.guard.name}"
    if not release.memory.recent:
        return f"waiting for the first sample at {release.weight}%, next in {_next_tick(release, now)}"
    said = release.judge_says
    return f"nothing was compared for {words_duration(round(said.blind_s if said else 0.0))}"


def _next_tick(release: Release, now: float) -> str:
    tick_at = release.tick_at if release.tick_at is not None else now
    return words_duration(max(0, round(tick_at + release.plan.interval_s - now)))


def _guard(release: Release, obstacle: Obstacle, _now: float) -> str:
    if obstacle.guard is None or obstacle.reading is None:
        return ""
    return reading_in_words(obstacle.guard, obstacle.reading, release.plan)


def _uneven(release: Release, obstacle: Obstacle, now: float) -> str:
    return f"healthy now, but over the whole stage {_guard(release, obstacle, now)}"


def _requests(release: Release, obstacle: Obstacle, _now: float) -> str:
    return f"{obstacle.missing:.0f} more requests to {release.plan.canary.name} wanted at {release.weight}%"


def _hold(_release: Release, obstacle: Obstacle, _now: float) -> str:
    return f"the stage wants {words_duration(round(obstacle.missing))} more of health"


def _judge(release: Release, _obstacle: Obstacle, _now: float) -> str:
    back = f"back at {release.weight}% after {_times(release.retreats)}; " if release.retreated else ""
    return f"{back}{judge_in_words(release)}"


def _times(retreats: int) -> str:
    return "1 retreat" if retreats == 1 else f"{retreats} retreats"


def _hidden(release: Release, _obstacle: Obstacle, now: float) -> str:
    return awaited_in_words(release, Wait.HIDDEN, now=now)


def _marginal(release: Release, _obstacle: Obstacle, now: float) -> str:
    return awaited_in_words(release, Wait.MARGINAL, now=now)


def _unscored(release: Release, _obstacle: Obstacle, now: float) -> str:
    return awaited_in_words(release, Wait.UNSCORED, now=now)


def _approval(_release: Release, _obstacle: Obstacle, _now: float) -> str:
    return "a person must approve the next step"


def _space_and_back(release: Release) -> str:
    return f"space writes {release.wanted_weight or 0}% again, R rolls back"


def _stages_weight(release: Release) -> str:
    weight = release.stage.weight if release.stage else 0
    return f"space writes {weight}% again, R rolls back"


def _whose(release: Release) -> str:
    back = f"R sends all to {release.plan.stable.name}"
    return back if release.rollback else f"{back}, space goes on at {release.wanted_weight or 0}%"


def _going_on(release: Release) -> str:
    return "space goes on, R rolls back" if release.attended and not release.unseen else ""


def _judges(release: Release) -> str:
    return "space goes on" if release.judge_holds else "one more block confirms it"


def _scale_up(release: Release) -> str:
    return f"scale {release.plan.stable.name} up, and it goes at once; R goes all the same"


def _whose_lease(release: Release) -> str:
    return "space goes on, R rolls back" if release.holds_lease else _back(release)


def _back(release: Release) -> str:
    elsewhere = release.unread is not None and release.unread.cause is Unread.ELSEWHERE
    return "" if elsewhere else "R rolls back"


_WAYS_OUT: dict[Kind, Callable[[Release], str]] = {
    Kind.WITHHELD: _scale_up,
    Kind.STRANGER: _whose,
    Kind.UNREAD: _back,
    Kind.LEASE: _whose_lease,
    Kind.UNRECORDED: _back,
    Kind.PAUSED: lambda _release: "space goes on, R rolls back",
    Kind.TAKEN_UP: _going_on,
    Kind.CHANGED: _space_and_back,
    Kind.ALTERED: _stages_weight,
    Kind.JUDGE: _judges,
    Kind.HIDDEN: lambda _release: "b goes on without it",
    Kind.APPROVAL: lambda _release: "a approves",
}


_SAYINGS = {
    Kind.STRANGER: _stranger,
    Kind.WITHHELD: _withheld,
    Kind.UNREAD: _unread,
    Kind.LEASE: _lease,
    Kind.UNRECORDED: _unrecorded,
    Kind.PAUSED: _paused,
    Kind.TAKEN_UP: _taken_up,
    Kind.CHANGED: _changed,
    Kind.ALTERED: _altered,
    Kind.WEIGHT: _weight,
    Kind.BLIND: _blind,
    Kind.JUDGE: _judge,
    Kind.HELD_BY_GUARD: _guard,
    Kind.BREACH: _guard,
    Kind.PODLESS: lambda release, _obstacle, _now: podless_in_words(release),
    Kind.STOPPED: lambda release, _obstacle, _now: stopped_in_words(release),
    Kind.MARGINAL: _marginal,
    Kind.INSUFFICIENT: _guard,
    Kind.UNEVEN: _uneven,
    Kind.REQUESTS: _requests,
    Kind.HOLD: _hold,
    Kind.UNANSWERED: lambda release, _obstacle, _now: unanswered_in_words(release),
    Kind.HIDDEN: _hidden,
    Kind.UNSCORED: _unscored,
    Kind.APPROVAL: _approval,
}
