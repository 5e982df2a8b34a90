"""The verdict line: what happens, why, and when it goes on, in one sentence with a time or a number in it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from console.plan.units import words_duration
from console.policy.elsewhere_words import back_in_words
from console.policy.obstacle_words import next_in_words, obstacle_in_words
from console.policy.tries import fights_after_s
from console.policy.way_forward import SKIPPED_BY_A_PERSON
from console.release.events import Outcome
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Phase, Release, Rollback


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
            return Line(tone=Tone.WAIT, word="PREFLIGHT", text=_preparing(release, now))
        case Phase.RUNNING:
            return _running(release, now)
        case Phase.ROLLING_BACK:
            return _rolling_back(release, now)
        case Phase.ENDED:
            return _ended(release)


def _preparing(release: Release, now: float) -> str:
    lease = release.lease
    if lease is not None and lease.free_at is not None:
        left = words_duration(max(0, round(lease.free_at - now)))
        return f"the lease was taken over and is ours in {left}: {lease.why}"
    if not release.checks:
        return "looking at the cluster, the router and the metrics; nothing is written before all is well"
    return f"{sum(check.ok for check in release.checks)} of {len(release.checks)} checks passed"


def _running(release: Release, now: float) -> Line:
    found = obstacles(release)
    if not found:
        return Line(tone=Tone.CALM, word="GOING WELL", text=f"{next_in_words(release)} {_when(release)}")
    return explain_obstacle(release, found[0], now=now)


def _when(release: Release) -> str:
    """Say when a release goes on that nothing stands before: its end waits for a look at the router."""
    at_its_end = release.index + 1 >= len(release.plan.stages)
    every = words_duration(release.plan.interval_s)
    return f"with the next look at the router, one each {every}" if at_its_end else "now"


def explain_obstacle(release: Release, obstacle: Obstacle, *, now: float) -> Line:
    """Say one thing that stands in the way, and how long it may."""
    tone, word = _TONES[obstacle.kind]
    text = obstacle_in_words(release, obstacle, now=now)
    said, colon, theirs = text.partition(": ") if obstacle.kind in _QUOTING else (text, "", "")
    return Line(tone=tone, word=word, text=said + _patience(release, obstacle) + colon + theirs)


_TONES = {
    Kind.STRANGER: (Tone.ALARM, "HOLDING"),
    Kind.WITHHELD: (Tone.ALARM, "NO STABLE"),
    Kind.UNREAD: (Tone.ALARM, "ROUTE UNREAD"),
    Kind.LEASE: (Tone.ALARM, "NO LEASE"),
    Kind.UNRECORDED: (Tone.ALARM, "HOLDING"),
    Kind.PAUSED: (Tone.WAIT, "PAUSED"),
    Kind.TAKEN_UP: (Tone.WAIT, "TAKEN UP"),
    Kind.CHANGED: (Tone.ALARM, "HOLDING"),
    Kind.ALTERED: (Tone.ALARM, "HOLDING"),
    Kind.WEIGHT: (Tone.WAIT, "WRITING"),
    Kind.BLIND: (Tone.WAIT, "BLIND"),
    Kind.JUDGE: (Tone.ALARM, "HOLDING"),
    Kind.HELD_BY_GUARD: (Tone.ALARM, "HOLDING"),
    Kind.BREACH: (Tone.ALARM, "BREACH"),
    Kind.MARGINAL: (Tone.WAIT, "MARGINAL"),
    Kind.INSUFFICIENT: (Tone.WAIT, "TOO FEW REQUESTS"),
    Kind.UNEVEN: (Tone.WAIT, "UNEVEN"),
    Kind.REQUESTS: (Tone.WAIT, "TOO FEW REQUESTS"),
    Kind.HOLD: (Tone.CALM, "GOING WELL"),
    Kind.HIDDEN: (Tone.WAIT, "TOO FEW REQUESTS"),
    Kind.UNSCORED: (Tone.WAIT, "NO SCORE YET"),
    Kind.APPROVAL: (Tone.WAIT, "APPROVAL WANTED"),
}


HANGS_AFTER_S = 0.5
"""A write without an answer for so long is told."""
_QUOTING = (Kind.UNREAD, Kind.LEASE, Kind.WEIGHT, Kind.BLIND)
"""These quote what others say: it can be long, and a narrow screen cuts the end off, never the patience."""
_NO_CLOCK = (Kind.STRANGER, Kind.WITHHELD, Kind.PAUSED, Kind.TAKEN_UP, Kind.CHANGED)


def _patience(release: Release, obstacle: Obstacle) -> str:
    """Say when the waiting ends, for the obstacles on which the patience's clock runs."""
    if obstacle.kind in SKIPPED_BY_A_PERSON - {Kind.REQUESTS} or obstacle.kind in _NO_CLOCK:
        return ""
    left_s = max(0, round(release.plan.patience_s - release.stalled_s))
    return f"; patience ends in {words_duration(left_s)}"


def _rolling_back(release: Release, now: float) -> Line:
    rollback = release.rollback
    assert rollback is not None
    if release.stranger is not None:
        return explain_obstacle(release, Obstacle(kind=Kind.STRANGER), now=now)
    if rollback.confirmed_at is None:
        waited = f"{now - rollback.decided_at:.1f}s"
        text = f"NOT CONFIRMED, attempt {rollback.attempts} after {waited}{_why_not_yet(release, now)}"
        return Line(tone=Tone.ALARM, word="ROLLING BACK", text=text)
    if release.weight:
        return Line(tone=Tone.ALARM, word="ROLLING BACK", text=_fight(release, rollback, now))
    took_ms = (rollback.confirmed_at - rollback.decided_at) * 1000
    tries = f", {rollback.attempts} attempts" if rollback.attempts > 1 else ""
    confirmed = f"{back_in_words(release)}, confirmed after {took_ms:.0f} ms{tries}"
    if release.watches_back and rollback.stayed_at is None:
        return Line(tone=Tone.BACK, word="ROLLING BACK", text=f"{confirmed}; reading back whether it stays")
    return Line(tone=Tone.BACK, word="ROLLED BACK", text=f"{confirmed}; {_until_when(release, rollback)}")


def _fight(release: Release, rollback: Rollback, now: float) -> str:
    """Say who takes the traffic away again, and when the rollback is written the next time."""
    by, canary = rollback.overwritten_by or "someone", release.plan.canary.name
    times = "" if rollback.overwritten < 2 else f" for the {rollback.overwritten}. time"  # noqa: PLR2004 - grammar
    in_s = max(0.0, rollback.overwritten_at + fights_after_s(rollback) - now)
    return f"{by} has set {canary} to {release.weight}% again{times}; 0% is written again in {in_s:.1f}s"


def _until_when(release: Release, rollback: Rollback) -> str:
    """Say what the release still waits for, which is back."""
    canary = release.plan.canary.name
    if not release.watches_back:
        return "waiting to see it in the metrics"
    if rollback.clear_since is not None:
        return f"{canary} serves nobody any more; watching until users have recovered"
    if rollback.served:
        return (
            f"{canary} still had {rollback.served:.0f} requests in the last look; watching until it has none"
        )
    return f"waiting to see in the metrics that {canary} serves nobody"


def _why_not_yet(release: Release, now: float) -> str:
    if release.failure:
        return f": {release.failure.trouble}"
    if release.writes and now - release.writes[0].at >= HANGS_AFTER_S:
        hung = f"{now - release.writes[0].at:.1f}s"
        return f": no answer from {release.cluster} for {hung}; check it and the network"
    return ""


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
    Outcome.TAKEN_OVER: (Tone.ALARM, "TAKEN OVER"),
    Outcome.CLOSED: (Tone.WAIT, "LABORATORY CLOSED"),
}
