"""What happens next and when, in words: the step forward, the way back, or the end of the patience."""

from __future__ import annotations

from console.judge.reading import Verdict
from console.judge.registry import judge_of
from console.judge.tally import ratio
from console.judge.verdict import Wait
from console.plan.model import LowTraffic, Then
from console.plan.units import words_duration
from console.release.felt import failure_rate, felt
from console.release.obstacles import Kind, Obstacle, obstacles, waits_for_known_time
from console.release.state import Release

NO_CLOCK = frozenset(
    {Kind.STRANGER, Kind.WITHHELD, Kind.PAUSED, Kind.TAKEN_UP, Kind.CHANGED, Kind.HOLD, Kind.APPROVAL}
)
"""While one of these is the most pressing the patience does not run."""
WAITS = frozenset({Kind.HOLD, Kind.HIDDEN, Kind.REQUESTS, Kind.UNANSWERED, Kind.INSUFFICIENT, Kind.UNSCORED})
"""Time and traffic do away with these by themselves."""

ABOUT_S = 5
"""The time to a proof is a prediction: it is said in steps of this."""


def next_in_words(release: Release) -> str:
    """Say what follows this stage: the next weight, or the end."""
    following = release.index + 1
    last = following >= len(release.plan.stages)
    return "promotion" if last else f"to {release.plan.stages[following].weight}%"


def comes_before_patience(release: Release, *, now: float) -> bool:
    """Whether what the step waits for comes before the patience ends, as far as anybody knows."""
    if not _patience_runs(release, now=now):
        return True
    left_s = step_in_s(release, now=now)
    return left_s is not None and left_s <= release.plan.patience_s - release.stalled_s


def _patience_runs(release: Release, *, now: float) -> bool:
    """Whether the patience's clock runs, by what is most pressing."""
    found = obstacles(release)
    return bool(found) and found[0].kind not in NO_CLOCK and not waits_for_known_time(release, found, now=now)


def step_in_words(release: Release, *, now: float) -> str:
    """Say when the next step comes: the longest of what it waits for, and whom."""
    left_s, onward = step_in_s(release, now=now), next_in_words(release)
    asked = any(each.kind is Kind.APPROVAL for each in obstacles(release))
    if left_s is None:
        when = " once enough requests have come"
    elif round(left_s) > 0:
        when = f" in {words_duration(round(left_s))}{' at the earliest' if asked else ''}"
    else:
        when = "" if asked else _at_once(release)
    approval = ", once somebody approves (a)" if asked else ""
    return f"{onward}{when}{approval}{_blind_in_words(release, left_s)}"


def _blind_in_words(release: Release, left_s: float | None) -> str:
    """Say that the step comes before damage would show, where the plan lets it."""
    judge = release.plan.judge
    if judge is None or judge.low_traffic is not LowTraffic.PROCEED or left_s is None:
        return ""
    if release.judge_word is not Verdict.INSUFFICIENT:
        return ""
    shown_s = release.judge_left_s(Wait.HIDDEN, now=release.tick_at or 0.0)
    if shown_s is not None and shown_s <= left_s:
        return ""
    return ", blind, as the plan says (low_traffic: proceed)"


def step_in_s(release: Release, *, now: float) -> float | None:
    """Return the longest of the times that the step waits for; None where one of them is not known."""
    left = [_left_s(release, obstacle, now) for obstacle in obstacles(release) if obstacle.kind in WAITS]
    known = [each for each in left if each is not None]
    # One wait of unknown length makes the whole unknown: no time is better than one that passes in vain.
    return max(known, default=0.0) if len(known) == len(left) else None


def _left_s(release: Release, obstacle: Obstacle, now: float) -> float | None:
    match obstacle.kind:
        case Kind.HOLD:
            return obstacle.missing
        case Kind.HIDDEN:
            return release.judge_left_s(Wait.HIDDEN, now=now)
        case Kind.UNSCORED:
            return release.judge_left_s(Wait.UNSCORED, now=now)
        case Kind.INSUFFICIENT if _never_within_a_window(release, obstacle):
            return None
        case _:
            return _requests_s(release, obstacle.missing)


def _requests_s(release: Release, missing: float) -> float | None:
    """Say how long this number of requests takes at the canary's present rate; None where it has none."""
    canary, span_s = release.evidence.canary, release.evidence.span_s
    if not missing:
        return None
    return ratio(missing * span_s, canary.requests) if canary is not None else None


def _never_within_a_window(release: Release, obstacle: Obstacle) -> bool:
    """Whether a guard's window never holds as many requests as it wants, at the present rate."""
    canary, span_s, guard = release.evidence.canary, release.evidence.span_s, obstacle.guard
    if canary is None or guard is None or not span_s:
        return True
    return canary.requests / span_s * guard.window_s < guard.min_requests


def _at_once(release: Release) -> str:
    """Say when a release goes on that nothing stands before: its end waits for a look at the router."""
    at_its_end = release.index + 1 >= len(release.plan.stages)
    every = words_duration(release.plan.interval_s)
    return f" with the next look at the router, one each {every}" if at_its_end else " now"


def back_in_words(release: Release, *, left_s: float | None = None) -> str:
    """Say that it goes back if it stays so, and when where that is known."""
    when = "" if left_s is None else f" in {words_duration(max(0, round(left_s)))}"
    return f"back to {release.plan.stable.name}{when} if it stays so"


def patience_in_words(release: Release) -> str:
    """Say what comes when the patience ends, and when; empty while its clock does not run."""
    if not _patience_runs(release, now=release.tick_at or 0.0):
        return ""
    left_s = max(0.0, release.plan.patience_s - release.stalled_s)
    if goes_back_with_patience(release):
        return back_in_words(release, left_s=left_s)
    return f"ends held at {release.weight or 0}% in {words_duration(round(left_s))} if it stays so"


def patience_all_the_same(release: Release) -> str:
    """Say what comes when the patience ends although it would help nobody; empty while its clock stands."""
    words = patience_in_words(release)
    if not words or not goes_back_with_patience(release):
        return words
    left_s = max(0.0, release.plan.patience_s - release.stalled_s)
    after = f"after {words_duration(round(left_s))} more of it" if round(left_s) else "now"
    return f"{after} the plan goes back to {release.plan.stable.name} all the same"


def goes_back_with_patience(release: Release) -> bool:
    """Whether a patience that ends rolls back: not where the plan, or a shared outage, says else."""
    said = release.judge_says
    return release.plan.after_patience is Then.ROLLBACK and not (said is not None and said.shared)


def proof_in_words(release: Release) -> str:
    """Say about when the two keys would have proven what users feel now, if it stays so."""
    left_s = _proof_s(release)
    if left_s is None:
        return f"back to {release.plan.stable.name} once it is proven"
    nearly_s = ABOUT_S * max(1, round(left_s / ABOUT_S))
    return f"back to {release.plan.stable.name} in about {words_duration(nearly_s)} if it stays so"


def _proof_s(release: Release) -> float | None:
    known, now = release.memory.judge, felt(release)
    stable, canary = failure_rate(now.stable), failure_rate(now.canary)
    uplift = None if stable is None or canary is None else canary - stable
    return judge_of(known).proven_in_s(known, uplift=uplift)
