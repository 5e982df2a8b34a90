"""The judge of the traffic as rows: how far each key has turned, and what its channels show."""

from __future__ import annotations

from collections.abc import Sequence

from console.judge.keys.channel_words import SHORT, in_p99, odds
from console.judge.keys.channels import Kind
from console.judge.keys.verdict import ChannelVerdict, KeysVerdict
from console.judge.reading import Verdict
from console.judge.verdict import Why
from console.plan.judges.two_keys import NAME
from console.policy.judges.two_keys.keys_words import keys_of, loudest, shown_after_in_words
from console.release.state import Release
from screens.figure_words import ago
from screens.glyphs import Glyphs
from screens.judges.judge_panel import NAME_COLUMN, WIDE, WORD_COLUMN, JudgePanel
from screens.rows import Row, cells, clip, column, span
from screens.view_state import ViewState
from themes.ink import Ink

ESTIMATE_COLUMN = 44
NOTABLE = 10.0
"""Evidence from which on a channel catches the eye."""
METER = 8
"""Cells of a key's meter: both turned all the way roll back."""
NARROW_METER = 5
SHOWN_CHANNELS = 2
"""The errors, and the latency that says most."""
SHOWN_EVENTS = 3


WORDS = (
    ("two keys", "the judge of the traffic: rolls back once both are turned, two blocks running"),
    ("worse", "key 1: evidence that the canary is worse than stable at all; turned at 100:1"),
    ("beyond", "key 2: evidence that it is worse by more than the plan tolerates; turned at 10:1"),
    ("5:1", "evidence, not probability: one healthy canary in 100 ever reaches 100:1"),
    ("95%", "where the difference lies, however often one looks; before that: of how many requests"),
    ("would show", "so long that many more errors can hide; b goes on all the same"),
    ("slow>50ms", "requests slower than this; below it what must not become rarer"),
    (
        "BOTH SUFFER",
        "a shared outage: it waits or goes back one weight; a rollback would not help",
    ),
    ("NEEDS MORE", "CPU for a request or memory for a pod is beyond 1.3 times stable's; it only pauses"),
    ("SPLIT IS OFF", "the canary gets another share of the requests than was asked; it only pauses"),
    ("O", "goes on against all this, with a reason: another judge begins, with nothing proven"),
)


class TwoKeysPanel(JudgePanel):
    """The keys, and where there is room the channels that say most."""

    words = WORDS

    def rows(self, release: Release, *, wide: bool) -> int:
        """Count the rows that it takes."""
        if wide:
            return 1 + SHOWN_CHANNELS + min(len(release.plan.metrics.events), SHOWN_EVENTS)
        return 1 + (_notable(keys_of(release).said) is not None)

    def paint(self, state: ViewState, width: int) -> list[Row]:
        """Paint them."""
        release = state.release
        if release is None:
            return []
        said = keys_of(release).said
        wide = width >= WIDE
        if said is None:
            waiting = (
                span(" "),
                column(NAME, NAME_COLUMN),
                span(f"{state.glyphs.dot} not asked yet", Ink.DIM),
            )
            return [waiting, *[()] * (self.rows(release, wide=wide) - 1)]
        rows = [_keys(state, release, said, width)]
        notable = _notable(said)
        if not wide and notable is not None:
            rows.append(_channel(notable, said, state.glyphs)[:-1])
        if wide:
            rows += [_channel(channel, said, state.glyphs) for channel in _telling(said)]
            rows += [()] * (self.rows(release, wide=wide) - len(rows))
        return [clip(row, width, cut=state.glyphs.cut) for row in rows]


PANEL = TwoKeysPanel()


def _notable(said: KeysVerdict | None) -> ChannelVerdict | None:
    """Give the channel that has proven something, or may be about to: it is seen also where room is short."""
    if said is None:
        return None
    first = loudest(said)
    return first if first.worse >= NOTABLE else None


def _telling(said: KeysVerdict) -> Sequence[ChannelVerdict]:
    """Choose the errors, and beside them the latency and the events that speak loudest."""
    errors = [_failing(said)]
    slow = [channel for channel in said.channels if channel.kind is Kind.SLOW]
    events = [channel for channel in said.channels if channel.kind is Kind.EVENTS]
    first = loudest(said)
    latency = [first] if first in slow else [max(slow, key=lambda each: each.worse)] if slow else []
    if len(events) > SHOWN_EVENTS:
        events = sorted(events, key=lambda each: -each.worse)[:SHOWN_EVENTS]
    return (*errors, *latency, *events)


def _failing(said: KeysVerdict) -> ChannelVerdict:
    """Choose the errors, or what is refused where that speaks louder."""
    kinds = (Kind.ERRORS, Kind.REFUSED)
    return max((each for each in said.channels if each.kind in kinds), key=lambda each: each.worse)


def _keys(state: ViewState, release: Release, said: KeysVerdict, width: int) -> Row:
    size = METER if width >= WIDE else NARROW_METER
    first, second = said.turned
    sign, words, ink = _word(state.glyphs, release, said)
    if state.verdicts_age_s is not None:
        sign, words, ink = state.glyphs.blind, f"{ago(state.verdicts_age_s)} old", Ink.WAIT
    shown = shown_after_in_words(release) if said.why is Why.NOTHING else ""
    worse, beyond = (odds(key, many=SHORT) for key in (said.k1, said.k2))
    row = (
        span(" "),
        column(NAME, NAME_COLUMN, Ink.STRONG),
        column(f"{sign} {words}", WORD_COLUMN, ink, cut=state.glyphs.cut),
        span("worse ", Ink.DIM),
        *_meter(first, size, state.glyphs),
        span(f" {worse}", Ink.BAD if first >= 1 else Ink.TEXT),
        span(f"/{said.k1_needed:.0f}", Ink.DIM),
        span("  beyond tolerance " if width >= WIDE else "  beyond ", Ink.DIM),
        *_meter(second, size, state.glyphs),
        span(f" {beyond}", Ink.BAD if second >= 1 else Ink.TEXT),
        span(f"/{said.k2_needed:.0f}", Ink.DIM),
    )
    more = (*row, span(f"  {shown}", Ink.DIM))
    return more if cells(more) <= width else row


def _meter(turned: float, size: int, glyphs: Glyphs) -> Row:
    full = round(turned * size)
    ink = Ink.BAD if turned >= 1 else Ink.WAIT
    return (span(glyphs.run * full, ink), span(glyphs.rest * (size - full), Ink.RULE))


def _word(glyphs: Glyphs, release: Release, said: KeysVerdict) -> tuple[str, str, Ink]:
    match release.judge_word:
        case Verdict.HEALTHY | None:
            return glyphs.done, "no damage", Ink.GOOD
        case Verdict.INSUFFICIENT if not release.judge_compared:
            return glyphs.few, "nothing compared", Ink.WAIT
        case Verdict.INSUFFICIENT:
            return glyphs.few, "too early to say", Ink.WAIT
        case Verdict.BLIND:
            return glyphs.blind, "blind", Ink.WAIT
        case Verdict.BREACH:
            return glyphs.failed, _BREACHES[said.why], Ink.BAD


_BREACHES = {
    Why.NOTHING: "confirming",
    Why.WORSE: "PROVEN",
    Why.SHARED_BREACH: "BOTH SUFFER",
    Why.BEYOND_LIMIT: "BEYOND THE SLO",
    Why.SPLIT_OFF: "SPLIT IS OFF",
    Why.USES_MORE: "NEEDS MORE",
    Why.BLIND: "blind",
}


def _channel(channel: ChannelVerdict, said: KeysVerdict, glyphs: Glyphs) -> Row:
    return (
        span(" "),
        column(channel.name, NAME_COLUMN, cut=glyphs.cut),
        column(_estimate(channel, said, glyphs), ESTIMATE_COLUMN, cut=glyphs.cut),
        span(f"worse {odds(channel.worse, many=SHORT)}", _alarm(channel, said)),
        span(f" {glyphs.dot} beyond tolerance {odds(channel.beyond)}", Ink.DIM),
    )


def _alarm(channel: ChannelVerdict, said: KeysVerdict) -> Ink:
    """Ink the channel that has proven something, and before that one that may be about to."""
    if channel.name == said.culprit and said.why is Why.WORSE:
        return Ink.BAD
    return Ink.WAIT if channel.worse >= NOTABLE else Ink.DIM


def _estimate(channel: ChannelVerdict, said: KeysVerdict, glyphs: Glyphs) -> str:
    uplift = channel.uplift
    if uplift is None:
        return "nothing to compare yet"
    rates = f"{uplift.stable:.2%} {glyphs.arrow} {uplift.canary:.2%}"
    if not uplift.enough:
        return f"{rates}  {100 * uplift.uplift:+z.2f}pp  of {uplift.requests:,.0f}"
    if channel.kind is Kind.SLOW and said.p99_times is not None:
        return f"{rates}  {in_p99(said.p99_times)}"
    shown = f"{rates}  {100 * uplift.uplift:+z.2f}pp"
    return f"{shown}  95% {100 * uplift.low:+z.2f}..{100 * uplift.high:+z.2f}"
