"""How a judge looks on the release screen, with nothing but its verdict known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.plan.judges import RULES
from console.policy.judge_words import judge_in_words, text_for
from console.release.event_words import verdict_in_words
from screens.rows import Row, clip, column, span
from screens.verdict_signs import INKS, sign_of
from themes.ink import Ink

if TYPE_CHECKING:
    from console.release.state import Release
    from screens.view_state import ViewState

NAME_COLUMN = 12
WORD_COLUMN = 19
WIDE = 100
"""Cells from which on a judge has more than a row."""


class JudgePanel:
    """A judge's rows in the table of guards, and its words in the help."""

    words: tuple[tuple[str, str], ...] = ()
    """What stands on the screen, explained."""

    def rows(self, release: Release, *, wide: bool) -> int:
        """Count the rows that it takes."""
        _ = wide
        return int(release.plan.judge_kind != RULES)

    def paint(self, state: ViewState, width: int) -> list[Row]:
        """Paint them."""
        release = state.release
        if release is None or not self.rows(release, wide=width >= WIDE):
            return []
        word, glyphs = release.judge_word, state.glyphs
        sign, ink = (glyphs.dot, Ink.DIM) if word is None else (sign_of(glyphs, word), INKS[word])
        said = "not asked yet" if word is None else verdict_in_words(word)
        row = (
            span(" "),
            column(text_for(release.plan).name, NAME_COLUMN, Ink.STRONG, cut=glyphs.cut),
            column(f"{sign} {said}", WORD_COLUMN, ink),
            span(judge_in_words(release), Ink.DIM),
        )
        return [clip(row, width, cut=glyphs.cut)]


PANEL = JudgePanel()
