"""The sign and the ink of a verdict: colour is never alone."""

from __future__ import annotations

from console.judge.reading import Verdict
from screens.glyphs import Glyphs
from themes.ink import Ink

INKS = {
    Verdict.HEALTHY: Ink.GOOD,
    Verdict.BREACH: Ink.BAD,
    Verdict.INSUFFICIENT: Ink.WAIT,
    Verdict.BLIND: Ink.WAIT,
}


def sign_of(glyphs: Glyphs, verdict: Verdict) -> str:
    """Give the verdict's sign."""
    return {
        Verdict.HEALTHY: glyphs.done,
        Verdict.BREACH: glyphs.failed,
        Verdict.INSUFFICIENT: glyphs.few,
        Verdict.BLIND: glyphs.blind,
    }[verdict]
