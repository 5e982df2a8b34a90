"""What the evidence says, worked out once more and as plainly as can be: nothing here asks the judge."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from console.evidence import Counts, Sample
from console.plan.model import Guard, Rule, Stage


class Says(Enum):
    """What one guard says of what was seen."""

    WELL = "well"
    BEYOND = "beyond its limit"
    TOO_LITTLE = "too little seen"


class Glance(Struct, frozen=True, kw_only=True):
    """One tick of a stage."""

    at: float
    sample: Sample

    @property
    def clear(self) -> bool:
        """Whether both versions were seen, and all of them."""
        return not (self.sample.blind or self.sample.partial)


def says(guard: Guard, seen: list[Glance]) -> Says:
    """Read an error rate over the guard's window, up to the last glance.

    A comparison that is beyond its limit may be chance: that is too little seen, and no reason to go on.
    """
    within = [each.sample for each in seen if each.at > seen[-1].at - guard.window_s]
    canary = _total([sample.canary.counts for sample in within])
    stable = _total([sample.stable.counts for sample in within])
    compares = guard.rule is Rule.MAX_INCREASE
    requests = min(canary[0], stable[0]) if compares else canary[0]
    if requests < guard.min_requests or requests == 0:
        return Says.TOO_LITTLE
    allowed = guard.limit + (stable[1] / stable[0] if compares else 0.0)
    return Says.BEYOND if canary[1] / canary[0] > allowed else Says.WELL


def _total(looks: list[Counts | None]) -> tuple[float, float]:
    """Add up requests and errors."""
    seen = [look for look in looks if look is not None]
    return sum(look.requests for look in seen), sum(look.errors for look in seen)


def answers(glance: Glance) -> float:
    """Count what the canary answered in one glance."""
    counts = glance.sample.canary.counts
    return counts.requests if counts else 0.0


def asked_of_both(glance: Glance) -> float:
    """Count the requests of both versions."""
    stable = glance.sample.stable.counts
    return answers(glance) + (stable.requests if stable else 0.0)


def since(seen: list[Glance], at: float) -> list[Glance]:
    """Give what was seen whole, and holds nothing of before that time."""
    return [each for each in seen if each.clear and each.at - each.sample.span_s >= at]


def owed(glances: list[Glance], weight: int, *, rps: float) -> float:
    """Give the requests that the weight asks for: beside stable's, or of `rps` where stable has none."""
    if weight == 100:
        return rps * sum(each.sample.span_s for each in glances)
    stable = _total([each.sample.stable.counts for each in glances])[0]
    return stable * weight / (100 - weight)


def silent_at_the_end(glances: list[Glance]) -> list[Glance]:
    """Give the last glances in a row in which the canary answered nothing."""
    silent: list[Glance] = []
    for glance in reversed(glances):
        if answers(glance):
            break
        silent.append(glance)
    return silent


def watched(stage: Stage) -> tuple[Guard, ...]:
    """Give the guards that have something to look at: two versions to compare, or one that is served."""
    return tuple(
        guard
        for guard in stage.guards
        if stage.weight > 0 and not (guard.rule is Rule.MAX_INCREASE and stage.weight == 100)
    )


def served(seen: list[Glance]) -> float:
    """Count the canary's requests."""
    return _total([each.sample.canary.counts for each in seen])[0]
