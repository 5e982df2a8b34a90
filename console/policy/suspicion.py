"""What speaks against the canary now and is not proven: what users feel, how sure it is, what comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.judge.registry import judge_of
from console.judge.verdict import Why
from console.plan.model import Guard, Metric, Rule, Then
from console.plan.plan_words import limit_in_words
from console.plan.units import words_duration
from console.policy.felt_words import felt_in_words
from console.policy.judge_words import text_for
from console.policy.next_words import (
    WAITS,
    back_in_words,
    next_in_words,
    patience_in_words,
    proof_in_words,
    step_in_s,
)
from console.policy.obstacle_words import obstacle_in_words
from console.policy.reading_words import reading_in_words
from console.release.felt import failure_rate, felt, is_beyond, limit_of
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Release

ALIKE = 0.5
"""Errors of which stable has at least this part too are no sign against the canary."""
_BREACHES = (Kind.BREACH, Kind.HELD_BY_GUARD)
_UNPROVEN = (Kind.INSUFFICIENT, Kind.UNEVEN, Kind.MARGINAL)


class Suspicion(Struct, frozen=True, kw_only=True):
    """What users may get from the canary, and what comes of it."""

    felt: str
    """What users feel, with the limit that it is beyond, or what a guard reads."""
    follows: str
    """What happens next, and when."""


def suspicion(release: Release, *, now: float) -> Suspicion | None:
    """Say what speaks against the canary, the soonest consequence first; None where nothing does.

    What was not seen speaks for nobody; what was seen in part counts against the canary as far as it goes.
    """
    # The order is by how soon something follows, not by how loud it is: who reads the headline wants to know
    # what happens next, and the soonest consequence is what they can still prevent.
    found = obstacles(release)
    # Prometheus tells nothing now, but guards of pods go on: crashes are seen while it is away.
    if release.blind_because:
        return _breach(release, found)
    if not release.memory.recent or _is_no_damage(release):
        return None
    return (
        _about_to_be_proven(release)
        or _breach(release, found)
        or _climbing(release, now)
        or _beyond_limit(release, now)
        or _unproven(release, found, now)
    )


def _is_no_damage(release: Release) -> bool:
    """Whether stable suffers too, or what holds the release is no damage: then it is no suspicion."""
    said = release.judge_says
    other = said is not None and said.why in (Why.SHARED_BREACH, Why.SPLIT_OFF, Why.USES_MORE, Why.BLIND)
    return other or release.retreated


def _about_to_be_proven(release: Release) -> Suspicion | None:
    said = release.judge_says
    if said is None or not (said.confirming or said.why in (Why.WORSE, Why.BEYOND_LIMIT)):
        return None
    if said.why is Why.BEYOND_LIMIT and not said.confirming:
        # Without a sign against it the limit only holds the release, and the patience is what comes next.
        back = proof_in_words(release) if said.sign else patience_in_words(release)
        return Suspicion(felt=_seen(release), follows=_no_step(back))
    sure = f"{proof_in_words(release)}; one more block confirms it"
    return Suspicion(felt=_seen(release), follows=_no_step(sure))


def _breach(release: Release, found: Sequence[Obstacle]) -> Suspicion | None:
    """Tell of the guard that is beyond its limit, and goes back soonest."""
    breaches = [each for each in found if each.kind in _BREACHES and not is_shared(release, each)]
    if not breaches:
        return None
    # The one that goes back soonest, not the one that is farthest beyond its limit.
    first = min(breaches, key=_left_s)
    assert first.guard is not None
    assert first.reading is not None
    if first.guard.metric == Metric.ERROR_RATE:
        seen = f"{felt_in_words(release)} (limit {_limit(release, first.guard)}){_lasted(first)}"
    else:
        seen = reading_in_words(first.guard, first.reading, release.plan)
    if first.guard.then is Then.HOLD:
        return Suspicion(felt=seen, follows=_no_step(patience_in_words(release)))
    return Suspicion(felt=seen, follows=_no_step(back_in_words(release, left_s=_left_s(first))))


def _limit(release: Release, guard: Guard) -> str:
    limit, stable = limit_in_words(guard.metric, guard.rule, guard.limit), release.plan.stable.name
    match guard.rule:
        case Rule.MAX_RATIO:
            return f"{limit} {stable}'s"
        case Rule.MAX_INCREASE:
            return f"{limit} above {stable}'s"
        case _:
            return limit


def is_shared(release: Release, obstacle: Obstacle) -> bool:
    """Whether a guard that only holds is beyond its limit on errors that stable has too."""
    guard = obstacle.guard
    if guard is None or obstacle.kind not in _BREACHES:
        return False
    if guard.then is not Then.HOLD or guard.metric != Metric.ERROR_RATE:
        return False
    seen = felt(release)
    stable, canary = failure_rate(seen.stable), failure_rate(seen.canary)
    return stable is not None and canary is not None and stable >= ALIKE * canary


def both_suffer(release: Release) -> bool:
    """Whether both versions fail more than the limit lets, as of now."""
    seen, limit = felt(release), limit_of(release, Metric.ERROR_RATE)
    return is_beyond(seen.stable, limit) and is_beyond(seen.canary, limit)


def _left_s(obstacle: Obstacle) -> float:
    """Return the time until a guard rolls back; for ever where it only holds."""
    assert obstacle.guard is not None
    assert obstacle.reading is not None
    if obstacle.guard.then is Then.HOLD:
        return float("inf")
    return max(0.0, obstacle.guard.for_s - obstacle.reading.over_s)


def _lasted(obstacle: Obstacle) -> str:
    assert obstacle.guard is not None
    assert obstacle.reading is not None
    if not obstacle.guard.for_s:
        return ""
    lasted = words_duration(round(obstacle.reading.over_s))
    of = "" if obstacle.reading.ripe else f" of {words_duration(obstacle.guard.for_s)}"
    return f" for {lasted}{of}"


def _climbing(release: Release, now: float) -> Suspicion | None:
    """Tell that the first key climbs: for errors only while the canary is the worse one now, too."""
    said = release.judge_says
    if said is None or not said.sign:
        return None
    # The key remembers; what users feel is of now. A canary that was worse and is not any more would be
    # called suspect with a rate beside it that is better than stable's.
    if text_for(release.plan).is_about_errors(release) and not _is_worse_now(release):
        return None
    return Suspicion(felt=_seen(release), follows=_until_proven(release, now))


def _is_worse_now(release: Release) -> bool:
    seen = felt(release)
    stable, canary = failure_rate(seen.stable), failure_rate(seen.canary)
    return canary is not None and canary > (stable or 0.0)


def _beyond_limit(release: Release, now: float) -> Suspicion | None:
    """Tell that the canary fails more than the limit lets, and stable does not."""
    seen, limit = felt(release), limit_of(release, Metric.ERROR_RATE)
    stable = failure_rate(seen.stable)
    if not is_beyond(seen.canary, limit) or (stable is not None and limit is not None and stable > limit):
        return None
    foretold = release.judge_says is not None and judge_of(release.memory.judge).foretells
    follows = _until_proven(release, now) if foretold else _no_step(patience_in_words(release))
    return Suspicion(felt=felt_in_words(release, limit=True), follows=follows)


def _unproven(release: Release, found: Sequence[Obstacle], now: float) -> Suspicion | None:
    """Tell of what is beyond a limit, perhaps by chance, or was so before."""
    doubts = (each for each in found if each.kind in _UNPROVEN)
    # A guard that lacks requests and looks well is no doubt; one that looks bad by too few of them is.
    first = next((each for each in doubts if each.reading is None or each.reading.beyond), None)
    if first is None:
        return None
    words = obstacle_in_words(release, first, now=now)
    return Suspicion(felt=words, follows=_no_step(patience_in_words(release)))


def _seen(release: Release) -> str:
    """Say what users feel; where that is no error, what the judge has seen."""
    text = text_for(release.plan)
    if text.is_about_errors(release):
        return felt_in_words(release, limit=True)
    return text.shown_in_words(release)


def _until_proven(release: Release, now: float) -> str:
    """Say that the judge goes back once it is sure; that no step comes before only where that is so."""
    sure = proof_in_words(release)
    waits = {each.kind for each in obstacles(release)}
    # A time is promised only where nothing but time and traffic stands before the step.
    left_s = step_in_s(release, now=now) if waits <= WAITS else None
    if left_s is None:
        return _no_step(sure)
    return f"{sure}; {next_in_words(release)} in {words_duration(round(left_s))} if not"


def _no_step(back: str) -> str:
    return ", ".join(part for part in ("no step forward", back) if part)
