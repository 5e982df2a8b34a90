"""The refusal of a step that a person wants now: the first obstacle that no person may skip."""

from __future__ import annotations

from console.policy.explain import explain_obstacle
from console.policy.headline import NEXT
from console.policy.obstacle_words import way_out_in_words
from console.release.obstacles import Kind, obstacles
from console.release.state import Release


def in_the_way(release: Release, *, beside: frozenset[Kind], now: float) -> str:
    """Return the first obstacle that the step does not skip, with its way out; empty where there is none.

    `beside` are the kinds that it skips.
    """
    first = next((each for each in obstacles(release) if each.kind not in beside), None)
    if first is None:
        return ""
    line = explain_obstacle(release, first, now=now)
    seen, _, _ = line.text.partition(NEXT)  # what comes next is the headline's to say: it knows all obstacles
    way_out = way_out_in_words(release, first.kind)
    return f"{line.word.lower()}: {seen}{f'; {way_out}' if way_out else ''}"
