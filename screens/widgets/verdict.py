"""The verdict: a sign, a word and a sentence; what an eye finds first, also at three in the morning."""

from __future__ import annotations

from collections.abc import Sequence

from console.plan.units import words_duration
from console.policy.headline import NEXT, Line, Tone, Word
from console.release.state import Phase, Release
from screens.figure_words import stopwatch
from screens.glyphs import Glyphs
from screens.layout import AIR
from screens.rows import Row, Span, cells, fill, span, wrap
from screens.view_state import ViewState
from screens.widgets.panel import Panel
from themes.ink import Ink

BIG = 3
"""From this many rows on, an end is shown large."""
MARGIN = 2
MOST_ROWS = 12
"""No sentence is counted beyond this."""
NARROW = 56
"""In fewer columns a spaced word does not fit."""


class Verdict(Panel):
    """The word and the sentence on a field of their tone."""

    def __init__(self, *, id: str | None = None, plain: bool = False) -> None:  # noqa: A002 - textual's name for it
        """`plain`: an end is not shown large."""
        super().__init__(id=id)
        self._is_plain = plain

    def paint(self, state: ViewState, width: int, height: int) -> Sequence[Row]:
        """Fill the rows; what the sentence leaves free tells where the release stands."""
        if state.ended and not self._is_plain and height >= BIG and width >= NARROW:
            return _large(state, width, height)
        return _plain(state, width, height)


def rows_wanted(state: ViewState, width: int) -> int:
    """Count the rows that the whole sentence takes, with the word's own row where it has one."""
    if state.ended and width >= NARROW:
        return 1 + len(wrap(_text(state), width - 2 * MARGIN, rows=MOST_ROWS))
    return plain_rows(state, width)


def plain_rows(state: ViewState, width: int) -> int:
    """Count the rows of the sentence beside its word, as a page over the release shows it."""
    beside = width - cells((_word(state),)) - 2
    if beside < width // 2:
        return 1 + len(wrap(_text(state), width - MARGIN, rows=MOST_ROWS))
    return len(wrap(_text(state), beside, rows=MOST_ROWS))


def _word(state: ViewState) -> Span:
    return span(f" {_sign(state.line, state.glyphs)} {state.line.word} ", _inks(state.line.tone)[0])


def _sign(line: Line, glyphs: Glyphs) -> str:
    """Give the sign of a headline: the word's own, as the help tells it, or else its tone's."""
    if line.word == Word.BLIND:
        return glyphs.blind
    if line.word == Word.WAITING_FOR_APPROVAL or (line.word == Word.HOLDING and line.tone is Tone.WAIT):
        return glyphs.pause
    match line.tone:
        case Tone.CALM | Tone.DONE:
            return glyphs.done
        case Tone.WAIT:
            return glyphs.few
        case Tone.ALARM:
            return glyphs.failed
        case Tone.BACK:
            return glyphs.back


def _inks(tone: Tone) -> tuple[Ink, Ink]:
    return Ink(f"{tone}_word"), Ink(f"{tone}_line")


def _plain(state: ViewState, width: int, height: int) -> list[Row]:
    line, said = state.line, _text(state)
    _, line_ink = _inks(line.tone)
    word = _word(state)
    indent = cells((word,)) + 1
    beside = width - indent - 1
    if beside < width // 2:
        texts = wrap(said, width - MARGIN, rows=height - 1, cut=state.glyphs.cut)
        rows: list[Row] = [(word,), *((span(f" {text}", line_ink),) for text in texts)]
    else:
        texts = wrap(said, beside, rows=height, cut=state.glyphs.cut)
        gaps = [span(" ", line_ink), *[span(" " * indent, line_ink)] * (height - 1)]
        rows = [(gap, span(text, line_ink)) for gap, text in zip(gaps, texts, strict=False)]
        rows[0] = (word, *rows[0])
        if len(rows) < height:
            rows.append((gaps[-1], span(_facts(state, beside), line_ink)))
    return _field(rows, width, height, line_ink)


def _large(state: ViewState, width: int, height: int) -> list[Row]:
    line = state.line
    word_ink, line_ink = _inks(line.tone)
    spaced = "   ".join(" ".join(word) for word in line.word.split())
    word = span(f"   {_sign(line, state.glyphs)}  {spaced}   ", word_ink)
    above: list[Row] = [()] if height >= rows_wanted(state, width) + AIR else []
    texts = wrap(_text(state), width - 2 * MARGIN, rows=height - 1 - 2 * len(above), cut=state.glyphs.cut)
    rows: list[Row] = [*above, (span(" " * MARGIN, line_ink), word)]
    rows += [(span(" " * MARGIN + text, line_ink),) for text in texts]
    return _field(rows, width, height, line_ink)


def _text(state: ViewState) -> str:
    """Give the sentence in the signs that the terminal has."""
    return state.line.text.replace(NEXT, f" {state.glyphs.dot} ")


def _field(rows: Sequence[Row], width: int, height: int, ink: Ink) -> list[Row]:
    whole = [*rows, *[()] * (height - len(rows))]
    return [fill(row, width, ink=ink) for row in whole[:height]]


def _facts(state: ViewState, width: int) -> str:
    """Say where the release stands, as far as it fits, for the row that the sentence leaves free."""
    release = state.release
    if release is None or release.stage is None or release.phase is not Phase.RUNNING:
        return ""
    dot = f" {state.glyphs.dot} "
    facts = _standing(release)
    if state.line.word is not Word.GOING_WELL:
        facts += _stalled(release)
    while facts and len(dot.join(facts)) > width:
        facts.pop()
    return dot.join(facts)


def _standing(release: Release) -> list[str]:
    stage = release.stage
    assert stage is not None
    facts = [
        f"stage {release.index + 1} of {len(release.plan.stages)}",
        f"{release.weight if release.weight is not None else '?'}% to {release.plan.canary.name}",
        f"held {stopwatch(release.held_s)} of {stopwatch(stage.hold_s)}",
    ]
    if stage.approve:
        approved = release.approved_by
        facts.append(f"approved by {approved.login}" if approved else "a person must approve the next step")
    return facts


def _stalled(release: Release) -> list[str]:
    if not release.stalled_s:
        return []
    return [f"stalled {stopwatch(release.stalled_s)} of {words_duration(release.plan.patience_s)} patience"]
