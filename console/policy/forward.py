"""The way forward: when a stage may be left, and when its weight may be written."""

from __future__ import annotations

from console.errors import ExitCode
from console.plan.exposure import Compares, Exposure
from console.policy.elsewhere_words import not_moved_in_words
from console.policy.ending import end
from console.policy.retries import too_early
from console.policy.silence import left_without_users
from console.policy.take_back import may_take_back
from console.release import events as ev
from console.release.events.evidence import GAP_TICKS
from console.release.obstacles import Kind, obstacles
from console.release.state import Release

SKIPPED_BY_A_PERSON = frozenset({Kind.HOLD, Kind.REQUESTS, Kind.APPROVAL})
"""The obstacles that `promote` skips: waiting and asking; no breach, and no want of evidence."""


def write(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Ask for the wanted weight, unless it is in force, on its way, or not ours to write just now."""
    wanted = release.wanted_weight
    # A weight that is in force without our mark is written again: another driver must see whose it is.
    in_force = release.weight == wanted and not release.unmarked
    # One write at a time on the way forward: only a rollback sends a second one beside one that hangs
    # (`retries`).
    if wanted is None or release.writes or in_force or too_early(release, now):
        return ()
    if why_not_write(release, weight=wanted, now=now):
        return ()
    return (ev.WeightRequested(number=release.last_number + 1, weight=wanted),)


def why_not_write(release: Release, *, weight: int, now: float) -> str:
    """Return why this weight must not be written now; empty where it may be.

    Asked twice for each write, by the policy when it is ordered and by the worker when it is sent: much can
    happen on the way.
    """
    if release.left_to_a_person:
        return "only a person moves it: it is not known to be as the last worker left it"
    # Behind the beginning of a rollback only 0% is written, and nothing speaks against that.
    if release.rollback is not None:
        return "a rollback has begun" if weight else ""
    # Standing still forbids every change but the one that undoes what made it stand still.
    wanted = Exposure(weight=weight)
    less = weight == release.back_to and release.exposure.reaches_beyond(wanted)
    # Where even 0% comes out as more, a write would follow each answer at once, and come out so again.
    in_vain = release.altered is not None and release.altered.none_was_asked
    taken_back = less and may_take_back(release) and not in_vain
    if release.stands_still and not taken_back:
        return "the release stands still"
    # Only more exposure needs evidence. Less of it, or the same again with our mark, is never held back.
    forward = wanted.reaches_beyond(release.exposure)
    return "the evidence speaks against it" if forward and _speaks_against(release, now) else ""


def _speaks_against(release: Release, now: float) -> bool:
    """Whether more weight would go forward on evidence that is bad, or old, or gone since the stage began."""
    # `beyond`, not `breach`: a guard with `for: 1m` is no reason to go back in its first second, but reason
    # enough not to go forward.
    bad = any(reading.beyond for reading in release.memory.readings)
    old = release.tick_at is not None and not is_fresh(release, now)
    unserved = release.canary_is_gone or release.none_came
    return bad or old or unserved or release.judge_doubts or bool(release.blind_because)


def go_forward(release: Release, now: float) -> tuple[ev.AnyEvent, ...]:
    """Leave the stage where nothing stands in the way, on evidence of now."""
    if release.stage is None or not may_go_forward(release) or not is_fresh(release, now):
        return ()
    # Entering a stage is no write yet: its weight is asked for in the next turn, and its reasons are looked
    # at again then and when it is sent.
    if release.index + 1 < len(release.plan.stages):
        return (ev.StageEntered(stage=release.index + 1, left=left_without_users(release)),)
    if not release.just_read:
        return ()  # what the router said a while ago, or before somebody asked, is no promotion
    return (end(ev.Outcome.PROMOTED, ExitCode.PROMOTED, _passed(release)),)


def _passed(release: Release) -> str:
    without_users = left_without_users(release)
    left = f"; {without_users}" if without_users else ""
    passed = f"{release.plan.canary.name} passed every stage{shown_in_words(release)}"
    return f"{passed}{left}{not_moved_in_words(release)}"


def shown_in_words(release: Release) -> str:
    """Say at which weights it is shown not to be worse, and which were waited out; empty without a judge."""
    said = release.judge_says
    if said is None or said.harmless is None:
        return ""
    stages = [stage.weight for stage in release.plan.stages if stage.exposure.compares is Compares.BOTH]
    proven = [f"{weight}%" for weight in stages if weight in release.shown_harmless]
    waited = [f"{weight}%" for weight in stages if weight not in release.shown_harmless]
    parts = [
        *([f"shown not worse at {' and '.join(proven)}"] if proven else []),
        *([f"waited out at {' and '.join(waited)}"] if waited else []),
    ]
    return "".join(f", {part}" for part in parts)


def may_go_forward(release: Release, *, by_person: bool = False) -> bool:
    """Whether nothing stands in the way, or nothing that the person who promotes may skip."""
    # The same list of obstacles is what the headline tells, so that nothing holds a release which is not
    # said.
    kinds = {obstacle.kind for obstacle in obstacles(release)}
    return kinds <= SKIPPED_BY_A_PERSON if by_person or release.promoted_by else not kinds


def is_fresh(release: Release, now: float) -> bool:
    """Whether the evidence is of now: behind a machine's sleep it is not, until the next look."""
    return release.tick_at is not None and now <= release.tick_at + GAP_TICKS * release.plan.interval_s
