"""Why the release stands where it stands: reasons, the next act, and each guard with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.evidence import Counts
from console.judge.memory import watched
from console.judge.reading import Reading, Verdict
from console.judge.tally import Tally, tally_of
from console.judge.value import QUANTILES
from console.plan.kinds import OF_PODS
from console.plan.model import Guard, Metric
from console.plan.units import words_duration
from console.plan.words import guard_in_words
from console.policy.decide import decide
from console.policy.obstacle_words import obstacle_in_words
from console.policy.reading_words import reading_in_words
from console.release.obstacles import Kind, Obstacle, obstacles
from console.release.state import Release
from console.release.words import event_in_words
from console.replay.queries import query_of
from screens.replay.shot import Shot
from screens.rows import Row, span, wrap
from screens.words import clock
from themes.ink import Ink

INDENT = 4
LONGEST_ROWS = 6
_INKS = {
    Verdict.HEALTHY: Ink.GOOD,
    Verdict.BREACH: Ink.BAD,
    Verdict.INSUFFICIENT: Ink.WAIT,
    Verdict.BLIND: Ink.WAIT,
}


def why(shot: Shot, width: int) -> Sequence[Row]:
    """Write all of it for the playhead's instant."""
    release = shot.release
    assert release is not None
    return [
        _title(shot, f"why, at {clock(shot.at)}", width),
        *_reasons(shot, release, width),
        *_next_acts(shot, release, width),
        *(row for guard in _guards(release) for row in _guard(shot, release, guard, width)),
    ]


def _title(shot: Shot, words: str, width: int) -> Row:
    rule = shot.glyphs.rule
    head = f"{rule}{rule} "
    return (
        span(head, Ink.RULE),
        span(words, Ink.STRONG),
        span(" " + rule * (width - len(head) - len(words) - 1), Ink.RULE),
    )


def _said(label: str, words: str, width: int, *, cut: str, ink: Ink = Ink.TEXT) -> Iterator[Row]:
    """Write a label and its words, which may take several rows."""
    size = 10
    texts = wrap(words, max(10, width - size - 2), rows=LONGEST_ROWS, cut=cut)
    labels = [label, *[""] * (len(texts) - 1)]
    for name, text in zip(labels, texts, strict=True):
        yield span(f" {name:{size}}", Ink.DIM), span(text, ink)


def _reasons(shot: Shot, release: Release, width: int) -> Iterator[Row]:
    """Say what the policy sees in the way, the most pressing first."""
    cut = shot.glyphs.cut
    yield from _said("line", f"{shot.line.word}: {shot.line.text}", width, cut=cut, ink=Ink.STRONG)
    if release.rollback is None:
        for place, obstacle in enumerate(obstacles(release)):
            words = _obstacle(release, obstacle, now=shot.now)
            yield from _said("reasons" if place == 0 else "", words, width, cut=cut)


def _obstacle(release: Release, obstacle: Obstacle, *, now: float) -> str:
    if obstacle.kind is Kind.HOLD and release.stage is not None:
        held, wanted = words_duration(round(release.held_s)), words_duration(release.stage.hold_s)
        return f"hold: {held} of {wanted} healthy time at this weight"
    return f"{obstacle.kind.replace('_', ' ')}: {obstacle_in_words(release, obstacle, now=now)}"


def _next_acts(shot: Shot, release: Release, width: int) -> Iterator[Row]:
    """Say what the worker does now, and what is next on record."""
    acts = [event_in_words(event, release) for event in decide(release, now=shot.now)]
    cut = shot.glyphs.cut
    ended = "nothing: the release has ended" if release.end else "nothing: it waits for the next look"
    yield from _said("acts now", "; ".join(acts) or ended, width, cut=cut)
    following = next((event for event in shot.events if event.at > shot.at), None)
    if following is not None:
        after = words_duration(round(following.at - shot.at, 1))
        yield from _said("then", f"{clock(following.at)}, in {after}: {following.words}", width, cut=cut)


def _guards(release: Release) -> tuple[Guard, ...]:
    return (release.stage or release.plan.stages[0]).guards


def _guard(shot: Shot, release: Release, guard: Guard, width: int) -> Iterator[Row]:
    """Write one guard: its rule, what it says, what that was made from, and how it was asked."""
    cut, reading = shot.glyphs.cut, release.memory.reading(guard)
    verdict, ink = ("not asked", Ink.DIM) if reading is None else (reading.verdict, _INKS[reading.verdict])
    yield ()
    sign = _sign(shot, reading)
    yield (
        span(f" {sign} {verdict.upper():10}", ink),
        span(f" {guard_in_words(guard, release.plan)}", Ink.STRONG),
    )
    if reading is not None:
        yield from _said("  says", reading_in_words(guard, reading, release.plan), width, cut=cut)
        yield from _said("  since", _since(reading), width, cut=cut)
        yield from _said("  from", _evidence(release, guard), width, cut=cut)
    elif release.stage is not None and guard not in watched(release.stage):
        yield from _said("  says", f"it can't be judged at {release.stage.weight}%", width, cut=cut)
    yield from _said("  query", query_of(guard, release.plan), width, cut=cut, ink=Ink.DIM)


def _sign(shot: Shot, reading: Reading | None) -> str:
    glyphs = shot.glyphs
    if reading is None:
        return glyphs.dot
    return {
        Verdict.HEALTHY: glyphs.done,
        Verdict.BREACH: glyphs.failed,
        Verdict.INSUFFICIENT: glyphs.few,
        Verdict.BLIND: glyphs.blind,
    }[reading.verdict]


def _since(reading: Reading) -> str:
    chance = (
        "" if reading.chance is None else f"; by chance alone once in {1 / max(reading.chance, 1e-99):.2g}"
    )
    ripe = "; it counts" if reading.ripe else ""
    return f"{clock(reading.since)}{ripe}{chance}"


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
    errors = counts.errors_4xx if guard.metric == Metric.ERROR_RATE_4XX else counts.errors_5xx
    what = "4xx" if guard.metric == Metric.ERROR_RATE_4XX else "5xx"
    return requests if guard.metric == Metric.RPS else f"{errors:,.0f} {what} of {requests}"
