"""What stands in a release's way, in words: for the verdict line, and for the reason of an end."""

from __future__ import annotations

from console.plan.units import words_duration
from console.policy.judge_words import hidden_in_words, judge_in_words
from console.policy.kayenta_words import next_analysis_in_words, score_in_words
from console.policy.reading_words import reading_in_words
from console.release.events import Unread
from console.release.obstacles import Kind, Obstacle
from console.release.state import Release
from console.release.words import stranger_in_words, unread_in_words


def obstacle_in_words(release: Release, obstacle: Obstacle, *, now: float) -> str:
    """Say what is missing, with a time or a number in it."""
    return _SAYINGS[obstacle.kind](release, obstacle, now)


def next_in_words(release: Release) -> str:
    """Say what follows this stage: the next weight, or the end."""
    following = release.index + 1
    last = following >= len(release.plan.stages)
    return "promotion ends" if last else f"{release.plan.stages[following].weight}%"


def _withheld(release: Release, _obstacle: Obstacle, _now: float) -> str:
    stable = release.plan.stable.name
    reason = release.withheld.reason if release.withheld else ""
    return (
        f"{stable} has 0 ready pods, and going back would send all requests to nothing: scale {stable} up, "
        f"and it goes at once; R goes all the same. It is due because {reason}"
    )


def _unread(release: Release, _obstacle: Obstacle, now: float) -> str:
    unread = release.unread
    assert unread is not None
    lasted = words_duration(max(0, round(now - unread.since)))
    looks = f"{lasted} ({unread.ticks} looks)"
    if unread.cause is Unread.ELSEWHERE:
        return f"{unread_in_words(unread.cause)} for {lasted}; nothing is written to it: {unread.why}"
    return (
        f"the router has not been read for {looks}, {unread_in_words(unread.cause)}; nothing goes forward"
        f", R rolls back: {unread.why}"
    )


def _lease(release: Release, _obstacle: Obstacle, now: float) -> str:
    lease = release.lease
    if lease is None:
        return f"not held yet, after {words_duration(round(now - release.opened_at))}"
    lasted = words_duration(max(0, round(now - lease.at)))
    return f"lost for {lasted}: {lease.why}; nothing goes forward without it, R rolls back"


def _paused(release: Release, _obstacle: Obstacle, _now: float) -> str:
    who = release.paused_by.login if release.paused_by else "someone"
    return f"by {who} at {release.weight}%; guards still watch; space goes on"


def _unrecorded(release: Release, _obstacle: Obstacle, _now: float) -> str:
    return f"the journal can't be written: {release.unrecorded}; {release.weight}% stays, R rolls back"


def _stranger(release: Release, _obstacle: Obstacle, _now: float) -> str:
    assert release.stranger is not None
    back = f"R sends all to {release.plan.stable.name}"
    onward = "" if release.rollback else f", space goes on at {release.wanted_weight or 0}%"
    return f"at {release.weight}%, {stranger_in_words(release.stranger)}; {back}{onward}"


def _taken_up(release: Release, _obstacle: Obstacle, _now: float) -> str:
    if release.unseen:
        return f"its worker died at {release.weight}%; nothing is done before the router was looked at"
    if not release.attended:
        return f"its worker died; going on from {release.weight}% after one look at the evidence"
    return f"its worker died, another one holds it at {release.weight}%; guards still watch; space goes on"


def _changed(release: Release, _obstacle: Obstacle, _now: float) -> str:
    wanted = release.wanted_weight or 0
    return (
        f"{release.changed_by} set the weight to {release.weight}% where {wanted}% was ours; "
        f"space writes {wanted}% again, R rolls back"
    )


def _altered(release: Release, _obstacle: Obstacle, _now: float) -> str:
    altered, stage = release.altered, release.stage
    assert altered is not None
    assert stage is not None
    return (
        f"{altered.asked}% came out as {altered.weight}%: a webhook or a controller changes what is written"
        f"{_what_stays(release)}; space writes {stage.weight}% again, R rolls back"
    )


def _what_stays(release: Release) -> str:
    if release.back_to is None or release.back_to == release.weight:
        return f"; {release.weight}% stays"
    return f"; going back to {release.back_to}%"


def _weight(release: Release, _obstacle: Obstacle, now: float) -> str:
    wanted = release.wanted_weight or 0
    if release.failure is not None:
        return f"{wanted}% is not in force after {release.failure.times} tries: {release.failure.trouble}"
    since = f" for {now - release.writes[0].at:.0f}s" if release.writes else ""
    return f"asking the router for {wanted}%{since}"


def _blind(release: Release, obstacle: Obstacle, now: float) -> str:
    since = release.seen_at or release.stage_at
    if release.blind_because:
        return f"no evidence for {words_duration(round(now - since))}: {release.blind_because}"
    if obstacle.guard is not None:
        return f"no data for {obstacle.guard.name}"
    return f"waiting for the first sample at {release.weight}%, next in {_next_tick(release, now)}"


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


def _hold(release: Release, obstacle: Obstacle, _now: float) -> str:
    healthy = len(release.memory.readings)
    guards = f"{healthy} of {healthy} guards healthy" if healthy else "healthy"
    left = words_duration(round(obstacle.missing))
    return f"{guards}; {_onward(release)} in {left}"


def _judge(release: Release, _obstacle: Obstacle, now: float) -> str:
    said = judge_in_words(release, now=now)
    back = f"back at {release.weight}% after {release.retreats} retreats; " if release.retreated else ""
    what_next = "space goes on" if release.judge_holds else "one more block confirms it"
    return f"{back}{said}; {what_next}"


def _hidden(release: Release, obstacle: Obstacle, _now: float) -> str:
    left = f"; {words_duration(round(obstacle.missing))} more" if obstacle.missing else ""
    return f"{hidden_in_words(release) or 'nothing was compared yet'}{left}; b advances blind"


def _marginal(release: Release, _obstacle: Obstacle, now: float) -> str:
    return f"{score_in_words(release)}; {next_analysis_in_words(release, now=now)}"


def _unscored(release: Release, _obstacle: Obstacle, now: float) -> str:
    return f"kayenta has not scored {release.weight}%; {next_analysis_in_words(release, now=now)}"


def _approval(release: Release, _obstacle: Obstacle, _now: float) -> str:
    return f"all is well; a approves: {_onward(release)}"


def _onward(release: Release) -> str:
    last = release.index + 1 >= len(release.plan.stages)
    return "the end" if last else f"to {next_in_words(release)}"


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
    Kind.MARGINAL: _marginal,
    Kind.INSUFFICIENT: _guard,
    Kind.UNEVEN: _uneven,
    Kind.REQUESTS: _requests,
    Kind.HOLD: _hold,
    Kind.HIDDEN: _hidden,
    Kind.UNSCORED: _unscored,
    Kind.APPROVAL: _approval,
}
