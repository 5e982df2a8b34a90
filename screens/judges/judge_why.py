"""How the replay explains a judge, with nothing but its verdict known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.judges import RULES
from console.policy.judge_words import judge_in_words, text_for
from console.release.event_words import verdict_in_words
from screens.replay.labelled import headed
from screens.verdict_signs import INKS, sign_of
from themes.ink import Ink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.release.state import Release
    from screens.replay.frame import Frame
    from screens.rows import Row

LABEL = 9
"""Cells of the labels in text."""
MOST_CHARS = 400
"""Characters of one line in text: what a judge quotes may be long."""


class JudgeWhy:
    """A judge's part of `w`, of `replay --print` and of its JSON."""

    key = "judge"
    """The key in JSON."""

    def rows(self, frame: Frame, release: Release, width: int) -> Iterator[Row]:
        """Write what it said last; nothing where the guards alone are asked."""
        if release.plan.judge_kind == RULES:
            return
        cut, word, name = frame.glyphs.cut, release.judge_word, text_for(release.plan).name
        yield ()
        if word is None:
            yield from headed(frame.glyphs.dot, "not asked", name, width, cut=cut, ink=Ink.DIM)
        else:
            sign, words = sign_of(frame.glyphs, word), judge_in_words(release)
            yield from headed(sign, word, words, width, cut=cut, ink=INKS[word])

    def lines(self, release: Release) -> list[str]:
        """Write the same as text."""
        word = release.judge_word
        if word is None:
            return []
        name = text_for(release.plan).name
        return [f"{name:{LABEL}}{verdict_in_words(word):13}{judge_in_words(release)}"]

    def as_json(self, release: Release) -> Any:
        """Give the same for programs; None where it has said nothing."""
        word = release.judge_word
        return None if word is None else {"verdict": word, "words": judge_in_words(release)}


WHY = JudgeWhy()
