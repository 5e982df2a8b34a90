"""Why the release stands where it stands: reasons, the next act, and each guard with its evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from console.evidence import Counts
from console.judge.memory import watched
from console.judge.reading import Reading
from console.judge.tally import Tally, tally_of
from console.judge.value import QUANTILES, errors_of
from console.plan.kinds import OF_PODS
from console.plan.model import Guard, Metric
from console.plan.plan_words import guard_in_words
from console.plan.units import clock, words_duration
from console.policy.decide import decide
from console.policy.obstacle_words import obstacle_in_words
from console.policy.reading_words import reading_in_words
from console.release.event_words import event_in_words, verdict_in_words
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Release
from console.replay.queries import query_of
from screens.judges import why_of
from screens.replay.frame import Frame
from screens.replay.labelled import headed, labelled
from screens.rows import Row, span
from screens.verdict_signs import INKS, sign_of
from themes.ink import Ink

_BEYOND_BELIEF = 1e9


def why(frame: Frame, width: int) -> Sequence[Row]:
    """Write all of it for the playhead's instant."""
    release = frame.release
    assert release is not None
    return [
        _title(frame, f"why, at {clock(frame.at)}", width),
        *_reasons(frame, release, width),
        *_next_acts(frame, release, width),
        *why_of(release.plan).rows(frame, release, width),
        *(row for guard in _guards(release) for row in _guard(frame, release, guard, width)),
    ]


def _title(frame: Frame, words: str, width: int) -> Row:
    rule = frame.glyphs.rule
    head = f"{rule}{rule} "
    return (
        span(head, Ink.RULE),
        span(words, Ink.STRONG),
        span(" " + rule * (width - len(head) - len(words) - 1), Ink.RULE),
    )


def _reasons(frame: Frame, release: Release, width: int) -> Iterator[Row]:
    """Say what the policy sees in the way, the most pressing first; where nothing is, what the line says."""
    found = () if release.rollback is not None else obstacles(release)
    words = [_obstacle(release, one, now=frame.now) for one in found] or [f"{frame.line.sentence}"]
    for place, reason in enumerate(words):
        ink = Ink.STRONG if place == 0 else Ink.TEXT
        yield from labelled("" if place else "reasons", reason, width, cut=frame.glyphs.cut, ink=ink)


def _obstacle(release: Release, obstacle: Obstacle, *, now: float) -> str:
    if obstacle.kind is Kind.HOLD and release.stage is not None:
        held, wanted = words_duration(round(release.held_s)), words_duration(release.stage.hold_s)
        return f"hold: {held} of {wanted} healthy time at this weight"
    return f"{obstacle.kind.replace('_', ' ')}: {obstacle_in_words(release, obstacle, now=now)}"


def _next_acts(frame: Frame, release: Release, width: int) -> Iterator[Row]:
    """Say what the worker does now, and what is next on record."""
    acts = [event_in_words(event, release) for event in decide(release, now=frame.now)]
    cut = frame.glyphs.cut
    ended = "nothing: the release has ended" if release.end else "nothing: it waits for the next look"
    yield from labelled("acts now", "; ".join(acts) or ended, width, cut=cut)
    following = next((event for event in frame.events if event.at > frame.at), None)
    if following is not None:
        after = words_duration(max(1, round(following.at - frame.at)))
        yield from labelled("then", f"{clock(following.at)}, in {after}: {following.words}", width, cut=cut)


def _guards(release: Release) -> tuple[Guard, ...]:
    return (release.stage or release.plan.stages[0]).guards


def _guard(frame: Frame, release: Release, guard: Guard, width: int) -> Iterator[Row]:
    """Write one guard: its rule, what it says, what that was made from, and how it was asked."""
    cut, reading = frame.glyphs.cut, release.memory.reading(guard)
    yield ()
    rule = guard_in_words(guard, release.plan)
    if reading is None:
        yield from headed(frame.glyphs.dot, "not asked", rule, width, cut=cut, ink=Ink.DIM)
    else:
        sign = sign_of(frame.glyphs, reading.verdict)
        yield from headed(
            sign, verdict_in_words(reading.verdict), rule, width, cut=cut, ink=INKS[reading.verdict]
        )
    if reading is not None:
        yield from labelled("  says", reading_in_words(guard, reading, release.plan), width, cut=cut)
        yield from labelled("  since", _since(reading), width, cut=cut)
        yield from labelled("  from", _evidence(release, guard), width, cut=cut)
    elif release.stage is not None and guard not in watched(release.stage):
        yield from labelled("  says", f"it can't be judged at {release.stage.weight}%", width, cut=cut)
    yield from labelled("  query", query_of(guard.metric, release.plan), width, cut=cut, ink=Ink.DIM)


def _since(reading: Reading) -> str:
    chance = "" if reading.chance is None else f"; chance alone makes it once in {_times(reading.chance)}"
    ripe = "; it counts" if reading.ripe else ""
    return f"{clock(reading.since)}{ripe}{chance}"


def _times(chance: float) -> str:
    """Write how rare a chance is, to two digits: `once in 8,300`."""
    if chance * _BEYOND_BELIEF <= 1:
        return "more than a billion"
    times = 1 / chance
    return f"{round(times, 1 - math.floor(math.log10(times))):,.0f}"


def _evidence(release: Release, guard: Guard) -> str:
    """Say what was counted within the guard's window, for both versions."""
    at = release.tick_at or 0.0
    samples = [seen.sample for seen in release.memory.recent if seen.at > at - guard.window_s]
    if guard.metric in OF_PODS or guard.metric not in tuple(Metric):
        return f"the last of {len(samples)} looks within {words_duration(guard.window_s)}"
    tally = tally_of(samples)
    sides = ((release.plan.canary.name, tally.canary), (release.plan.stable.name, tally.stable))
    counted = "; ".join(f"{name} {_counts(guard, counts, tally)}" for name, counts in sides)
    return f"{len(samples)} looks within {words_duration(guard.window_s)}: {counted}"


def _counts(guard: Guard, counts: Counts | None, tally: Tally) -> str:
    if counts is None:
        return "unseen"
    requests = f"{counts.requests:,.0f} requests"
    if guard.metric in QUANTILES:
        return f"{requests} in {len(tally.bounds_ms) + 1} latency buckets"
    if guard.metric == Metric.RPS:
        return requests
    return f"{errors_of(guard.metric, counts):,.0f} {_ERRORS[guard.metric]} of {requests}"


_ERRORS: dict[str, str] = {
    Metric.ERROR_RATE: "errors",
    Metric.ERROR_RATE_4XX: "4xx",
    Metric.NO_ANSWER: "without an answer",
    Metric.GRPC_ERRORS: "gRPC failures",
}
