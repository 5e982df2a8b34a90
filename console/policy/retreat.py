"""The retreat: one weight back where both versions suffer, and on again once that is over."""

from __future__ import annotations

from msgspec.structs import replace

from console.judge.verdict import Action, JudgeVerdict, Why
from console.plan.units import words_duration
from console.policy.judge_words import judge_in_words
from console.policy.repeated import can_be_taken_back
from console.release import events as ev
from console.release.state import Release

CALM_S = 60.0
"""Seconds for which both versions must keep a limit before the weight goes up again: a dependency that flaps
faster is not followed up and down."""
_PASSING = frozenset({Why.SHARED_BREACH, Why.BEYOND_LIMIT})
"""What can be over by itself."""


def follow_judge(release: Release) -> tuple[ev.AnyEvent, ...]:
    """Go back one weight where both versions suffer from the last step; go on once that is over."""
    said = release.judge_says
    if said is None or not release.judge_holds:
        return ()
    # One weight and not all: where both versions suffer, stable is no better a place, and the step that may
    # have caused it is what is taken back.
    if said.action is Action.RETREAT and not release.retreated and can_be_taken_back(release):
        reason = judge_in_words(release)
        # The fold's own answer to what is wanted then: the event and the write that follows can't differ.
        back = replace(release, retreated=True).wanted_weight or 0
        return (ev.Retreated(weight=back, reason=reason),)
    if not _is_over(release, said):
        return ()
    calm = words_duration(round(said.calm_s or 0.0))
    return (ev.JudgeResumed(reason=f"both versions have kept their limits for {calm}"),)


def _is_over(release: Release, said: JudgeVerdict) -> bool:
    """Whether a limit has been kept for long enough, by what is seen."""
    if said.why not in _PASSING:
        return False
    seen = not release.blind_because and not said.stale
    return seen and said.calm_s is not None and said.calm_s >= CALM_S
