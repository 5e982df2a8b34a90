"""What refuses a step that a person wants now: the first obstacle which no person may skip."""

from __future__ import annotations

from console.policy.explain import explain_obstacle
from console.policy.headline import NEXT
from console.policy.obstacle_words import way_out_in_words
from console.release.obstacles import Kind, obstacles
from console.release.state import Release


def in_the_way(release: Release, *, beside: frozenset[Kind], now: float) -> str:
    """Say what stands in the way beside what this step skips, and the way out; empty where nothing does."""
    first = next((each for each in obstacles(release) if each.kind not in beside), None)
    if first is None:
        return ""
    line = explain_obstacle(release, first, now=now)
    seen, _, _ = line.text.partition(NEXT)  # what comes next is the headline's to say: it knows all obstacles
    way_out = way_out_in_words(release, first.kind)
    return f"{line.word.lower()}: {seen}{f'; {way_out}' if way_out else ''}"
