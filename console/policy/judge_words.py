"""What the judge of the traffic says, one line a channel: on the screen, and as the reason of a rollback."""

from __future__ import annotations

from console.judge.keys.channels import Kind
from console.judge.keys.gate import gate, horizon, shown_uplift
from console.judge.keys.judge import KeysState
from console.judge.keys.verdict import Action, ChannelVerdict, KeysVerdict, Why
from console.judge.keys.words import about, beside_the_channels, line
from console.judge.reading import Verdict
from console.plan.units import words_points
from console.policy.error_words import ErrorClass, class_in
from console.release.state import Release

NOTHING_TO_COMPARE = (0, 100)
"""At these weights one of the versions has no requests."""
NAME = "two keys"
"""What the judge is called where guards are called by their names."""


def judge_in_words(release: Release, *, now: float) -> str:
    """Say what holds the release, or what the loudest channel shows; empty where nothing was looked at."""
    said = release.memory.said
    if said is None:
        return ""
    return beside_the_channels(said) or channel_in_words(release, loudest(said), now=now)


def loudest(said: KeysVerdict) -> ChannelVerdict:
    """Give the channel that turned the last key, or the one that turns them furthest."""
    named = [channel for channel in said.channels if channel.name == said.culprit]
    return named[0] if named else max(said.channels, key=lambda each: each.weight * each.worse)


def channel_in_words(release: Release, channel: ChannelVerdict, *, now: float) -> str:
    """Say one channel's estimate, its evidence, and what comes of it or could still be hidden."""
    keys, said = release.memory.keys, release.memory.said
    assert keys is not None
    assert said is not None
    began_at = release.stage_starts[0] if release.stage_starts else release.opened_at
    shown = gate(keys, at_s=now, stage_s=now - release.stage_at)
    return line(
        said,
        channel,
        after_s=now - began_at,
        gate=shown,
        elsewhere=_next_weight(release, keys),
        mostly=_mostly(release, channel),
    )


def _mostly(release: Release, channel: ChannelVerdict) -> str:
    """Name what most of the errors are, where they are of another class than 5xx."""
    if channel.kind is not Kind.ERRORS:
        return ""
    what = class_in(release)
    return what if what in (ErrorClass.NO_ANSWER, ErrorClass.GRPC) else ""


def hidden_in_words(release: Release) -> str:
    """Say how long damage can hide here and at the next weight; empty without a judge."""
    keys, stage = release.memory.keys, release.stage
    if keys is None or stage is None or keys.course.rps <= 0:
        return ""
    uplift = shown_uplift(keys.settings)
    needed = about(horizon(keys, uplift=uplift))
    here = f"blind for +{words_points(uplift)} at {stage.weight}%: {needed}"
    following = _next_weight(release, keys)
    return f"{here}; at {following[0]}%: {about(following[1])}" if following else here


def shown_after_in_words(release: Release) -> str:
    """Say within what time such damage would show at the weight in force; empty where unknown."""
    keys = release.memory.keys
    if keys is None or keys.course.rps <= 0 or keys.course.weight in NOTHING_TO_COMPARE:
        return ""
    uplift = shown_uplift(keys.settings)
    needed_s = horizon(keys, uplift=uplift)
    when = "never show" if needed_s is None else f"show in {about(needed_s)}"
    return f"+{words_points(uplift)} would {when}"


def judged(release: Release) -> Verdict | None:
    """Give the judge's word as one of the four verdicts; None before its first look."""
    keys, said = release.memory.keys, release.memory.said
    if keys is None or said is None:
        return None
    if said.why is Why.BLIND:
        return Verdict.BLIND
    if said.action is not Action.GO_ON or said.agreeing:
        return Verdict.BREACH
    at = release.tick_at or release.stage_at
    seen = keys.course.weight in NOTHING_TO_COMPARE or gate(keys, at_s=at, stage_s=at - release.stage_at).open
    return Verdict.HEALTHY if seen else Verdict.INSUFFICIENT


def _next_weight(release: Release, keys: KeysState) -> tuple[int, float | None] | None:
    following = release.index + 1
    if following >= len(release.plan.stages):
        return None
    weight = release.plan.stages[following].weight
    if weight in NOTHING_TO_COMPARE:
        return None
    return weight, horizon(keys, uplift=shown_uplift(keys.settings), weight=weight)
