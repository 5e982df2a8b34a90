"""The headline of a release: which of the closed list of words it is, what users feel, what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from console.judge.memory import FELT_S, watched
from console.judge.reading import Verdict
from console.judge.value import is_traffic
from console.judge.verdict import Why
from console.plan.exposure import Compares
from console.plan.units import words_duration
from console.policy.back_words import ended, rolling_back
from console.policy.felt_words import both_suffer_in_words, felt_in_words
from console.policy.headline import Line, Tone, Word, headline
from console.policy.judge_words import text_for
from console.policy.next_words import (
    WAITS,
    comes_before_patience,
    patience_all_the_same,
    patience_in_words,
    step_in_words,
)
from console.policy.obstacle_words import obstacle_in_words, quote_in_words, way_out_in_words
from console.policy.suspicion import both_suffer, is_shared, suspicion
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Phase, Release

SLOW_S = 3.0
"""A write without an answer for longer than this is said with what comes if it stays so."""
_STANDING_STILL = frozenset(
    {
        Kind.WITHHELD,
        Kind.STRANGER,
        Kind.UNREAD,
        Kind.LEASE,
        Kind.UNRECORDED,
        Kind.CHANGED,
        Kind.ALTERED,
    }
)
"""These are the headline whatever the canary does: what it does is not known, or not for us to move."""
_BY_A_PERSON = frozenset({Kind.PAUSED, Kind.TAKEN_UP})
"""A person knows of these: they hold the release and are no alarm."""


def explain(release: Release, *, now: float) -> Line:
    """Say what the release is doing, what users feel, and what happens next and when."""
    match release.phase:
        case Phase.PREPARING:
            return headline(Word.LOOKING, _preparing(release, now))
        case Phase.RUNNING:
            return _running(release, now)
        case Phase.ROLLING_BACK if release.stranger is not None:
            return explain_obstacle(release, Obstacle(kind=Kind.STRANGER), now=now)
        case Phase.ROLLING_BACK:
            return rolling_back(release, now=now)
        case Phase.ENDED:
            return ended(release)


def _preparing(release: Release, now: float) -> str:
    lease = release.lease
    if lease is not None and lease.free_at is not None:
        left = words_duration(max(0, round(lease.free_at - now)))
        return f"the lease was taken over and is ours in {left}: {lease.why}"
    if not release.checks:
        return "preflight: at the cluster, the router and the metrics; nothing is written before all is well"
    return f"preflight: {sum(check.ok for check in release.checks)} of {len(release.checks)} checks passed"


def _running(release: Release, now: float) -> Line:
    found = obstacles(release)
    if found and _stands_still(release, found[0]):
        return explain_obstacle(release, found[0], now=now)
    # Behind what stands still and before all else: what users suffer is the headline before it is proven.
    doubt = suspicion(release, now=now)
    if doubt is None and found and found[0].kind is Kind.BLIND:
        return explain_obstacle(release, found[0], now=now)
    if doubt is not None:
        held = found and found[0].kind in _BY_A_PERSON
        paused = obstacle_in_words(release, found[0], now=now) if held else ""
        return headline(Word.SUSPECT, doubt.felt, doubt.follows, paused)
    # Said of both versions, or a reader would blame the canary.
    alike = both_suffer(release) or any(is_shared(release, each) for each in found)
    if alike and not any(each.kind is Kind.JUDGE for each in found):
        return _both(release, found, now)
    # Nothing in the way, nothing felt, nothing shared: only then it goes well.
    if not found:
        return headline(Word.GOING_WELL, _well(release), step_in_words(release, now=now))
    return explain_obstacle(release, found[0], now=now)


def _both(release: Release, found: Sequence[Obstacle], now: float) -> Line:
    """Say first that it is not this release: held where somebody holds it, and else looked at."""
    suffer = f"{both_suffer_in_words(release)}: a rollback would not help"
    held = [each for each in found if each.kind in (*_BY_A_PERSON, Kind.HELD_BY_GUARD, Kind.BREACH)]
    if not held:
        return headline(Word.LOOKING, suffer, step_in_words(release, now=now), tone=Tone.ALARM)
    why = obstacle_in_words(release, held[0], now=now) if held[0].kind in _BY_A_PERSON else "no step forward"
    return headline(Word.HOLDING, suffer, f"{why}{_then(patience_all_the_same(release))}")


def _then(words: str) -> str:
    return f"; {words}" if words else ""


def _stands_still(release: Release, first: Obstacle) -> bool:
    """Whether this is the headline whatever users feel."""
    not_ours = first.kind is Kind.TAKEN_UP and release.unseen
    failing = first.kind is Kind.WEIGHT and release.failure is not None
    return first.kind in _STANDING_STILL or not_ours or failing


def explain_obstacle(release: Release, obstacle: Obstacle, *, now: float) -> Line:
    """Say one thing that stands in the way, and how long it may."""
    word = _word(release, obstacle, now=now)
    if obstacle.kind in WAITS or (word is Word.LOOKING and obstacle.kind is not Kind.WEIGHT):
        said = _well(release) if word is Word.GOING_WELL else _looking(release, obstacle, now)
        return headline(word, said, _onward(release, obstacle, now))
    if word is Word.WAITING_FOR_APPROVAL:
        return headline(word, _well(release), step_in_words(release, now=now))
    seen = felt_in_words(release) if obstacle.kind in _BY_A_PERSON and release.memory.recent else ""
    tone = Tone.WAIT if obstacle.kind in _BY_A_PERSON else None
    quote = quote_in_words(release, obstacle.kind)
    ahead = _ahead(release, obstacle)
    parts = (obstacle_in_words(release, obstacle, now=now), seen, ahead)
    # The quote goes last: it may be long, and is what a narrow screen may cut.
    line = headline(word, *parts, tone=tone)
    return headline(word, f"{line.text}: {quote}", tone=tone) if quote else line


def _ahead(release: Release, obstacle: Obstacle) -> str:
    """Say what opens the way again, and what comes if nothing does."""
    patience = "" if _just_asked(release, obstacle) else patience_in_words(release)
    no_step = "no step forward" if obstacle.kind in (Kind.BLIND, Kind.UNREAD, Kind.LEASE) else ""
    parts = (no_step, way_out_in_words(release, obstacle.kind), patience)
    return "; ".join(part for part in parts if part)


def _just_asked(release: Release, obstacle: Obstacle) -> bool:
    """Whether the router was asked a moment ago: no news, and no matter of patience."""
    return obstacle.kind is Kind.WEIGHT and release.failure is None and not _is_slow(release)


def _is_slow(release: Release) -> bool:
    return bool(release.writes) and (release.tick_at or 0.0) - release.writes[0].at > SLOW_S


def _onward(release: Release, obstacle: Obstacle, now: float) -> str:
    """Say when the next step comes, or what comes before it: a patience that ends first, or a person."""
    first = step_in_words(release, now=now)
    # The patience ends first, so that is what happens next.
    if not comes_before_patience(release, now=now) and _has_looked(release):
        first = patience_in_words(release)
    return "; ".join(part for part in (first, way_out_in_words(release, obstacle.kind)) if part)


def _word(release: Release, obstacle: Obstacle, *, now: float) -> Word:
    """Choose the word for the most pressing obstacle."""
    match obstacle.kind:
        # A hold that runs is no proof of health: it is called well once both were compared at this weight.
        case Kind.HOLD if not _too_early(release):
            return Word.GOING_WELL
        case Kind.HOLD | Kind.UNSCORED:
            return Word.LOOKING
        case Kind.WEIGHT:
            return Word.LOOKING if release.failure is None else Word.HOLDING
        case Kind.BLIND:
            return Word.BLIND if _has_looked(release) else Word.LOOKING
        case Kind.STOPPED:
            return Word.TOO_FEW_REQUESTS
        case Kind.INSUFFICIENT | Kind.REQUESTS | Kind.UNANSWERED | Kind.HIDDEN:
            return Word.LOOKING if _is_young(release, now=now) else Word.TOO_FEW_REQUESTS
        case Kind.JUDGE:
            return _judges_word(release)
        case Kind.APPROVAL:
            return Word.WAITING_FOR_APPROVAL
        case Kind.HELD_BY_GUARD | Kind.BREACH | Kind.MARGINAL | Kind.UNEVEN:
            return Word.SUSPECT
        case _:
            return Word.HOLDING


def _judges_word(release: Release) -> Word:
    """Tell damage, which goes back once proven, from what the judge holds for and never goes back for."""
    said = release.judge_says
    if release.retreated or said is None:
        return Word.HOLDING
    if said.why is Why.BLIND:
        return Word.BLIND
    return Word.HOLDING if said.why in (Why.SHARED_BREACH, Why.SPLIT_OFF, Why.USES_MORE) else Word.SUSPECT


def _has_looked(release: Release) -> bool:
    return bool(release.memory.recent or release.blind_because)


def _is_young(release: Release, *, now: float) -> bool:
    """Whether the stage has not had its time yet: until then too little is no news, if enough can come."""
    stage, lasted_s = release.stage, release.shown_s(release.tick_at or 0.0)
    if stage is None or lasted_s >= stage.hold_s:
        return False
    return lasted_s < FELT_S or comes_before_patience(release, now=now)


def _too_early(release: Release) -> bool:
    """Whether nobody can say yet that the canary is well here, although nothing speaks against it."""
    return not _has_compared(release) or release.judge_word is Verdict.INSUFFICIENT


def _has_compared(release: Release) -> bool:
    """Whether the judge, or the guards without one, have compared both versions at this weight."""
    stage, memory = release.stage, release.memory
    if stage is None or not memory.recent:
        return False
    if stage.exposure.compares is not Compares.BOTH:
        return True
    if (compared := release.judge_compared) is not None:
        return compared
    traffic = {guard.name for guard in watched(stage) if is_traffic(guard.metric)}
    read = {reading.guard for reading in memory.readings if reading.verdict is Verdict.HEALTHY}
    return not traffic or bool(traffic & read)


def _well(release: Release) -> str:
    """Say what users feel, and how many of all that watch say healthy."""
    verdicts = [reading.verdict for reading in release.memory.readings]
    verdicts += [] if (word := release.judge_word) is None else [word]
    healthy = sum(verdict is Verdict.HEALTHY for verdict in verdicts)
    watching = f"; {healthy} of {len(verdicts)} healthy" if verdicts else ""
    return f"{felt_in_words(release)}{watching}"


def _looking(release: Release, obstacle: Obstacle, now: float) -> str:
    """Say what is compared so far, and what is awaited."""
    if obstacle.kind not in (Kind.HOLD, Kind.HIDDEN):
        return obstacle_in_words(release, obstacle, now=now)
    if not _has_compared(release):
        return f"nothing compared yet at {release.weight}%"
    shown = text_for(release.plan).shown_after_in_words(release)
    return f"{felt_in_words(release)}; too early to say{f', {shown}' if shown else ''}"
