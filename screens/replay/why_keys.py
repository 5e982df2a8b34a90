"""Why, for the two keys: what each asks, what every channel shows, and how it was asked."""

from __future__ import annotations

from collections.abc import Iterator

from console.judge.keys.channels import Kind
from console.plan.model import Metric
from console.policy.judge_words import NAME, channel_in_words, loudest
from console.policy.keys_told import Bearing, KeysTold, Told, keys_told
from console.release.state import Release
from console.replay.queries import query_of
from screens.replay.frame import Frame
from screens.replay.labelled import headed, labelled
from screens.replay.verdict_signs import INKS, sign_of
from screens.rows import Row
from themes.ink import Ink

_INKS = {
    Bearing.NONE: Ink.TEXT,
    Bearing.UNKNOWN: Ink.DIM,
    Bearing.SIGN: Ink.WAIT,
    Bearing.PROVEN: Ink.BAD,
    Bearing.UNTURNED: Ink.TEXT,
    Bearing.TURNED: Ink.BAD,
}


def why_keys(frame: Frame, release: Release, width: int) -> Iterator[Row]:
    """Write what the judge of the traffic says; nothing where the plan has none."""
    if release.plan.judge is None:
        return
    cut, told = frame.glyphs.cut, keys_told(release)
    yield ()
    if told is None:
        yield from headed(frame.glyphs.dot, "not asked", NAME, width, cut=cut, ink=Ink.DIM)
        return
    sign, ink = sign_of(frame.glyphs, told.verdict), INKS[told.verdict]
    yield from headed(sign, told.verdict, f"the {NAME}: {told.words}", width, cut=cut, ink=ink)
    said = release.memory.said
    if said is not None:
        line = channel_in_words(release, loudest(said), now=frame.now)
        yield from labelled("in short", line, width, cut=cut)
    for one in (*told.keys, *told.channels, *told.limits):
        yield from labelled(one.name, _words(one), width, cut=cut, ink=_INKS[one.bearing])
    for label, query in _queries(told, release):
        yield from labelled(label, query, width, cut=cut, ink=Ink.DIM)


def _words(one: Told) -> str:
    return f"{one.bearing}: {one.about} {one.words}"


def _queries(told: KeysTold, release: Release) -> Iterator[tuple[str, str]]:
    """Give each query once: all slow channels are counted from the same buckets."""
    kinds = {one.kind for one in told.channels}
    if kinds & {Kind.ERRORS, Kind.REFUSED}:
        yield "query", query_of(Metric.ERROR_RATE, release.plan)
    if Kind.SLOW in kinds:
        yield "buckets", query_of(Metric.P99, release.plan)
    for event in (one.name for one in told.channels if one.kind is Kind.EVENTS):
        if event in release.plan.metrics.events:
            yield event, query_of(event, release.plan)
