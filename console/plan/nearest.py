"""What somebody may have meant by a word that is not known here."""

from __future__ import annotations

from difflib import get_close_matches

from console.plan.literal import literal


def nearest(text: str, options: tuple[str, ...]) -> str:
    """Guess the option that `text` meant; an empty string where there is none."""
    plain = literal(text).lower().replace("-", "_").replace(" ", "_")
    near = get_close_matches(plain, options, n=1, cutoff=0.6)
    return near[0] if near else ""
