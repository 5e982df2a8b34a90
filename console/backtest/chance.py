"""Draws: so many of so many, with the standard library's generator alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_SMOOTH = 12.0
"""From this variance on, a binomial draw is taken from the bell curve."""


def binomial(chance: Random, trials: float, share: float) -> int:
    """Draw how many of `trials` happen, each with the same `share`; fractions of a trial are rounded."""
    whole = round(trials)
    if whole <= 0 or share <= 0:
        return 0
    if share >= 1:
        return whole
    if share > 0.5:  # noqa: PLR2004 - the rarer of the two is counted, because that is quicker
        return whole - binomial(chance, whole, 1 - share)
    mean = whole * share
    if mean * (1 - share) > _SMOOTH:
        drawn = round(chance.gauss(mean, math.sqrt(mean * (1 - share))))
        return min(max(drawn, 0), whole)
    return _rare(chance, whole, share)


def _rare(chance: Random, trials: int, share: float) -> int:
    """Jump from one that happens to the next: as many steps as there are hits, not trials."""
    scale = 1 / math.log1p(-share)
    hits, at = 0, 0
    while True:
        at += int(math.log(1.0 - chance.random()) * scale) + 1
        if at > trials:
            return hits
        hits += 1
