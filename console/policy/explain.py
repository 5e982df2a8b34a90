"""The verdict line: what happens, why, and when it goes on, in one sentence with a time or a number in it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from console.plan.units import words_duration
from console.policy.decide import SKIPPED_BY_A_PERSON
from console.policy.reading_words import reading_in_words
from console.release.events import Outcome
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Phase, Release


class Tone(StrEnum):
    """How the line should look; a symbol and a word go with each, colour is never alone."""

    CALM = "calm"
    """All is well and the clock runs."""
    WAIT = "wait"
    """Something is missing: time, evidence, a person."""
    ALARM = "alarm"
    """A breach, or a rollback under way."""
    DONE = "done"
    """Promoted."""
    BACK = "back"
    """Ended on stable."""


class Line(Struct, frozen=True, kw_only=True):
    """The verdict line."""

    tone: Tone
    word: str
    """One or two words in capitals: `GOING WELL`, `HOLDING`."""
    text: str


def explain(release: Release, *, now: float) -> Line:
    """Say what the release is doing, why, and when it goes on."""
    match release.phase:
        case Phase.PREPARING:
            return Line(tone=Tone.WAIT, word="PREFLIGHT", text=_preparing(release))
        case Phase.RUNNING:
            return _running(release, now)
        case Phase.ROLLING_BACK:
            return _rolling_back(release, now)
        case Phase.ENDED:
            return _ended(release)


def _preparing(release: Release) -> str:
    if not release.checks:
        return "looking at the cluster, the router and the metrics; nothing is written before all is well"
    return f"{sum(check.ok for check in release.checks)} of {len(release.checks)} checks passed"


def _running(release: Release, now: float) -> Line:
    found = obstacles(release)
    if not found:
        return Line(tone=Tone.CALM, word="GOING WELL", text=_next(release, now=True))
    first = found[0]
    tone, word = _TONES[first.kind]
    text = _SAYINGS[first.kind](release, first, now)
    return Line(tone=tone, word=word, text=text + _patience(release, first))


_TONES = {
    Kind.PAUSED: (Tone.WAIT, "PAUSED"),
    Kind.CHANGED: (Tone.ALARM, "HOLDING"),
    Kind.WEIGHT: (Tone.WAIT, "WRITING"),
    Kind.BLIND: (Tone.WAIT, "BLIND"),
    Kind.HELD_BY_GUARD: (Tone.ALARM, "HOLDING"),
    Kind.BREACH: (Tone.ALARM, "BREACH"),
    Kind.INSUFFICIENT: (Tone.WAIT, "TOO FEW REQUESTS"),
    Kind.UNEVEN: (Tone.WAIT, "UNEVEN"),
    Kind.REQUESTS: (Tone.WAIT, "TOO FEW REQUESTS"),
    Kind.HOLD: (Tone.CALM, "GOING WELL"),
    Kind.APPROVAL: (Tone.WAIT, "APPROVAL WANTED"),
}


def _paused(release: Release, _obstacle: Obstacle, _now: float) -> str:
    who = release.paused_by.login if release.paused_by else "someone"
    return f"by {who} at {release.weight}%; guards still watch; space goes on"


def _changed(release: Release, _obstacle: Obstacle, _now: float) -> str:
    stage = release.stage
    wanted = stage.weight if stage else 0
    return (
        f"{release.changed_by} set the weight to {release.weight}% where {wanted}% was ours; "
        f"space writes {wanted}% again, R rolls back"
    )


def _weight(release: Release, _obstacle: Obstacle, now: float) -> str:
    stage = release.stage
    wanted = stage.weight if stage else 0
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
    left = words_duration(round(obstacle.missing))
    return f"{healthy} of {healthy} guards healthy; {_next(release)} in {left}"


def _approval(release: Release, _obstacle: Obstacle, _now: float) -> str:
    return f"all is well; a approves: {_next(release)}"


_SAYINGS = {
    Kind.PAUSED: _paused,
    Kind.CHANGED: _changed,
    Kind.WEIGHT: _weight,
    Kind.BLIND: _blind,
    Kind.HELD_BY_GUARD: _guard,
    Kind.BREACH: _guard,
    Kind.INSUFFICIENT: _guard,
    Kind.UNEVEN: _uneven,
    Kind.REQUESTS: _requests,
    Kind.HOLD: _hold,
    Kind.APPROVAL: _approval,
}


def _next(release: Release, *, now: bool = False) -> str:
    following = release.index + 1
    last = following >= len(release.plan.stages)
    what = "promotion ends" if last else f"{release.plan.stages[following].weight}%"
    return f"{what} now" if now else ("the end" if last else f"to {what}")


def _patience(release: Release, obstacle: Obstacle) -> str:
    """Say when the waiting ends, for the obstacles on which the patience's clock runs."""
    if obstacle.kind in SKIPPED_BY_A_PERSON - {Kind.REQUESTS} or obstacle.kind in (Kind.PAUSED, Kind.CHANGED):
        return ""
    left_s = max(0, round(release.plan.patience_s - release.stalled_s))
    return f"; patience ends in {words_duration(left_s)}"


def _rolling_back(release: Release, now: float) -> Line:
    rollback = release.rollback
    assert rollback is not None
    stable = release.plan.stable.name
    if rollback.confirmed_at is None:
        waited = f"{now - rollback.decided_at:.1f}s"
        trouble = f": {release.failure.trouble}" if release.failure else ""
        text = f"NOT CONFIRMED, attempt {rollback.attempts} after {waited}{trouble}"
        return Line(tone=Tone.ALARM, word="ROLLING BACK", text=text)
    took_ms = (rollback.confirmed_at - rollback.decided_at) * 1000
    text = f"all traffic on {stable}, confirmed after {took_ms:.0f} ms; waiting to see it in the metrics"
    return Line(tone=Tone.BACK, word="ROLLED BACK", text=text)


def _ended(release: Release) -> Line:
    end = release.end
    assert end is not None
    tone, word = _ENDS[end.outcome]
    rollback = release.rollback
    if rollback is None or rollback.confirmed_at is None:
        return Line(tone=tone, word=word, text=end.reason)
    took_ms = (rollback.confirmed_at - rollback.decided_at) * 1000
    return Line(tone=tone, word=word, text=f"{end.reason}; confirmed in {took_ms:.0f} ms")


_ENDS = {
    Outcome.PROMOTED: (Tone.DONE, "PROMOTED"),
    Outcome.ROLLED_BACK: (Tone.BACK, "ROLLED BACK"),
    Outcome.NOT_CONFIRMED: (Tone.ALARM, "NOT CONFIRMED"),
    Outcome.HELD: (Tone.BACK, "HELD"),
    Outcome.REFUSED: (Tone.ALARM, "REFUSED"),
}
