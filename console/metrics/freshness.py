"""How fresh samples are: when the newest was scraped, and whether it still moves; pure.

Two clocks take part. Prometheus' own tells how old a sample was when it answered; ours tells how long the
newest has not moved, which finds a cache that repeats an old answer.
"""

from __future__ import annotations

from dataclasses import dataclass

_STEPS_KEPT = 5
_STILL_STEPS = 3
_UNKNOWN_STEP_S = 20.0
_TELLING_STEPS = 3


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest sample, and the last steps by which the newest moved."""

    newest_s: float
    """When it was scraped, by Prometheus' clock."""
    moved_at_s: float
    """When we saw it move, by our clock."""
    steps_s: tuple[float, ...] = ()

    @property
    def every_s(self) -> float | None:
        """How often its samples come; None before a few steps have shown it."""
        return max(self.steps_s) if len(self.steps_s) >= _TELLING_STEPS else None

    def beat(
        self, *, newest_s: float, clock_s: float, interval_s: float, set_back: bool = False
    ) -> Freshness:
        """Look again. A step out of a standstill is a gap, and says nothing about the scrape interval.

        A sample that is older than the newest comes of a replica that is behind, and is no beat: but where
        Prometheus' clock was `set_back`, or nothing newer came for long.
        """
        still_s = clock_s - self.moved_at_s
        behind = newest_s < self.newest_s and not set_back and still_s <= self.limit_s(interval_s=interval_s)
        if newest_s == self.newest_s or behind:
            return self
        step_s = newest_s - self.newest_s
        regular = 0 < step_s <= self.limit_s(interval_s=interval_s)
        steps_s = (*self.steps_s, step_s)[-_STEPS_KEPT:] if regular else self.steps_s
        return Freshness(newest_s=newest_s, moved_at_s=clock_s, steps_s=steps_s)

    def age_s(self, *, asked_at_s: float, clock_s: float) -> float:
        """How old the newest sample is, by the less hopeful of the two clocks."""
        return max(0.0, asked_at_s - self.newest_s, clock_s - self.moved_at_s)

    def limit_s(self, *, interval_s: float) -> float:
        """Return the age from which the samples count as standing still: three of the longest recent steps.

        The longest, because two pods that are scraped shortly one after the other move the newest by a
        small and a large step in turn.
        """
        return _STILL_STEPS * max(interval_s, *(self.steps_s or (_UNKNOWN_STEP_S,)))
