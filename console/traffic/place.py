"""Where two versions stand among all that share a route's requests. Pure."""

from __future__ import annotations

from msgspec import Struct

from console.plan.exposure import FULL


class Place(Struct, frozen=True, kw_only=True):
    """Where stable and canary stand in one object, and the weights as stored."""

    weights: tuple[int, ...]
    """Of all destinations that share the requests, in their order."""
    stable: int
    canary: int
    """Indices in them."""
    parts: int = 1
    """Units of `weights` in one of the object's own: more than 1 where it takes fractions."""

    @property
    def stored(self) -> tuple[float, ...]:
        """The weights in the object's own numbers."""
        return tuple(self.own(weight) for weight in self.weights)

    def own(self, weight: int) -> float:
        """Return a weight in the object's own numbers: a whole one where it is one."""
        whole, rest = divmod(weight, self.parts)
        return weight / self.parts if rest else whole

    @property
    def exact_percent(self) -> float:
        """The canary's share of all weights, 0..100."""
        return FULL * self.weights[self.canary] / sum(self.weights)

    @property
    def percent(self) -> int:
        """The canary's share in whole percent; 0 and 100 are said only where they are exactly so."""
        exact = self.exact_percent
        return int(exact) if exact in (0, FULL) else min(FULL - 1, max(1, round(exact)))

    @property
    def stable_percent(self) -> int:
        """Stable's share in whole percent."""
        return round(FULL * self.weights[self.stable] / sum(self.weights))

    @property
    def others(self) -> int:
        """The weight of destinations that are neither of ours."""
        return sum(self.weights) - self.weights[self.stable] - self.weights[self.canary]

    def weights_for(self, percent: int) -> tuple[int, int]:
        """Return stable's weight and the canary's where shares of the sum count, and not percent.

        Their sum stays where it can say the percent, and where others share the requests: theirs would change
        with it. The canary never gets more than was asked then, and may get a little less.
        """
        total = self.weights[self.stable] + self.weights[self.canary]
        if self.others or (total and total * percent % FULL == 0):
            canary = total * percent // FULL
            return total - canary, canary
        return (FULL - percent) * self.parts, percent * self.parts
