"""One instant of a recording without a screen: as text to read, or as JSON for programs."""

from __future__ import annotations

import time
from typing import Any

from msgspec import to_builtins

from console.claims.moments import Course
from console.judge.reading import Reading, Verdict
from console.plan.literal import literal
from console.plan.model import Guard
from console.plan.plan_words import guard_in_words, value_in_words
from console.policy.explain import explain
from console.policy.headline import Line
from console.release.event_words import verdict_in_words
from console.release.state import Release
from screens.figure_words import UNKNOWN, stopwatch
from screens.judges import SHOWN, why_by, why_of

LONGEST_VALUE_CHARS = 400
"""Characters of one value; a recording of a stranger may hold any."""


def as_text(release: Release, *, at: float, course: Course) -> str:
    """Write the state at `at` in a few lines."""
    plan = release.plan
    line = _line(release, at)
    weight = UNKNOWN if release.weight is None else f"{release.weight}%"
    facts = (
        ("release", f"{release.name}: {plan.service} {plan.stable.name} to {plan.canary.name}"),
        ("time", f"{_clock(at)}, {stopwatch(at - course.begins_at)} since the start"),
        ("phase", f"{release.phase.replace('_', ' ')}{_outcome(release)}"),
        ("stage", f"{release.index + 1} of {len(plan.stages)}"),
        ("weight", f"{weight} to {plan.canary.name}"),
        ("line", f"{line.sentence}"),
    )
    lines = [f"{name:9}{literal(words, longest=LONGEST_VALUE_CHARS)}" for name, words in facts]
    return "\n".join([*lines, *why_of(plan).lines(release), *_guard_lines(release)])


def as_json(release: Release, *, at: float, course: Course) -> dict[str, Any]:
    """Give the state at `at` as it goes into JSON; ratios are 0..1, times are seconds."""
    line = _line(release, at)
    return {
        "release": release.name,
        "service": release.plan.service,
        "at": _clock(at),
        "since_start_s": round(at - course.begins_at, 3),
        "phase": release.phase,
        "outcome": release.end.outcome if release.end else None,
        "stage": release.index + 1,
        "stages": len(release.plan.stages),
        "weight": release.weight,
        "held_s": round(release.held_s, 3),
        "stalled_s": round(release.stalled_s, 3),
        "line": {"tone": line.tone, "word": line.word, "text": line.text},
        **_judges(release),
        "guards": [
            {"metric": guard.metric, "rule": guard.rule, "limit": guard.limit, "then": guard.then}
            | (to_builtins(reading) if reading else {"guard": guard.name, "verdict": None})
            for guard, reading in _readings(release)
        ],
    }


def _judges(release: Release) -> dict[str, Any]:
    """Give what the judge says under its own key; those that do not judge here say null."""
    own = why_of(release.plan)
    return {**{why_by(name).key: None for name in SHOWN}, own.key: own.as_json(release)}


def _line(release: Release, at: float) -> Line:
    """Give the line that stood on the screen; after the end it stands still."""
    return explain(release, now=release.end.at if release.end else at)


def _clock(at: float) -> str:
    whole, thousandths = divmod(round(at * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{thousandths:03}Z"


def _outcome(release: Release) -> str:
    return f": {release.end.outcome.replace('_', ' ')}" if release.end else ""


def _readings(release: Release) -> list[tuple[Guard, Reading | None]]:
    """Give the guards of the present stage with what they last said."""
    stage = release.stage or release.plan.stages[0]
    return [(guard, release.memory.reading(guard)) for guard in stage.guards]


def _guard_lines(release: Release) -> list[str]:
    readings = _readings(release)
    rules = [
        literal(guard_in_words(guard, release.plan), longest=LONGEST_VALUE_CHARS) for guard, _ in readings
    ]
    heads = ["guards", *[""] * len(rules)][: len(rules)]
    room = max((len(rule) for rule in rules), default=0)
    return [
        f"{head:9}{_verdict(reading):13}{rule:{room}}  {_seen(release, guard, reading)}"
        for head, rule, (guard, reading) in zip(heads, rules, readings, strict=True)
    ]


def _verdict(reading: Reading | None) -> str:
    return "not asked" if reading is None else verdict_in_words(reading.verdict)


def _seen(release: Release, guard: Guard, reading: Reading | None) -> str:
    """Write the values of both versions, and what they were made from."""
    if reading is None or reading.verdict is Verdict.BLIND:
        return ""
    plan = release.plan
    sides = ((plan.canary.name, reading.canary), (plan.stable.name, reading.stable))
    values = [f"{name} {value_in_words(guard.metric, value)}" for name, value in sides if value is not None]
    requests = [f"{reading.requests:.0f} requests"] if guard.min_requests else []
    over = [f"beyond for {reading.over_s:.0f}s"] if reading.over_s else []
    return ", ".join([*values, *requests, *over])
