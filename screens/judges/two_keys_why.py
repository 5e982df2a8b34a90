"""Why, for the two keys: what each asks, what every channel shows, and how it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from console.judge.keys.channels import Kind
from console.plan.judges.two_keys import NAME
from console.plan.literal import literal
from console.plan.model import Metric
from console.policy.judge_text import Bearing
from console.policy.judges.two_keys.keys_told import KeysPart, KeysTold, keys_told
from console.policy.judges.two_keys.keys_words import channel_in_words, keys_of, loudest
from console.release.event_words import verdict_in_words
from console.release.state import Release
from console.replay.queries import query_of
from screens.judges.judge_why import LABEL, MOST_CHARS, JudgeWhy
from screens.replay.frame import Frame
from screens.replay.labelled import headed, labelled
from screens.rows import Row
from screens.verdict_signs import INKS, sign_of
from themes.ink import Ink

_INKS = {
    Bearing.NONE: Ink.TEXT,
    Bearing.UNKNOWN: Ink.DIM,
    Bearing.SIGN: Ink.WAIT,
    Bearing.PROVEN: Ink.BAD,
    Bearing.UNTURNED: Ink.TEXT,
    Bearing.TURNED: Ink.BAD,
}


class TwoKeysWhy(JudgeWhy):
    """What each key asks, and what every channel and limit shows."""

    key = "keys"

    def rows(self, frame: Frame, release: Release, width: int) -> Iterator[Row]:
        """Write it with the queries."""
        cut, told = frame.glyphs.cut, keys_told(release)
        yield ()
        if told is None:
            yield from headed(frame.glyphs.dot, "not asked", NAME, width, cut=cut, ink=Ink.DIM)
            return
        sign, ink = sign_of(frame.glyphs, told.verdict), INKS[told.verdict]
        yield from headed(sign, told.verdict, f"the {NAME}: {told.words}", width, cut=cut, ink=ink)
        said = keys_of(release).said
        if said is not None:
            line = channel_in_words(release, loudest(said), now=frame.now)
            yield from labelled("in short", line, width, cut=cut)
        for one in (*told.keys, *told.channels, *told.limits):
            yield from labelled(one.name, _words(one), width, cut=cut, ink=_INKS[one.bearing])
        for label, query in _queries(told, release):
            yield from labelled(label, query, width, cut=cut, ink=Ink.DIM)

    def lines(self, release: Release) -> list[str]:
        """Write it as text."""
        told = keys_told(release)
        if told is None:
            return []
        parts = (*told.keys, *told.channels, *told.limits)
        room = max(len(one.name) for one in parts)
        lines = [f"{one.bearing:13}{one.name:{room}}  {one.about} {one.words}" for one in parts]
        return [
            f"{'keys':{LABEL}}{verdict_in_words(told.verdict):13}{literal(told.words, longest=MOST_CHARS)}",
            *(" " * LABEL + literal(line, longest=MOST_CHARS) for line in lines),
        ]

    def as_json(self, release: Release) -> Any:
        """Give all that they say."""
        return to_builtins(keys_told(release))


WHY = TwoKeysWhy()


def _words(one: KeysPart) -> str:
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
