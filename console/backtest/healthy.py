"""A healthy release, drawn from stable's past: some of stable's own pods play the canary.

Whole pods play as far as the weight reaches, and the last one with a part of its requests: so the pods'
own differences and their bursts are in the release, as they would be in a real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from console.backtest.chance import binomial
from console.evidence import CLASSES, MINUTE_S, Counts, History, Look, Pods, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from console.evidence import PodMinute


Events = dict[str, float]


class Part(Struct, frozen=True):
    """What one version did in a stretch of time."""

    counts: Counts = Counts()
    events: Events = {}


class Cast(Struct, frozen=True):
    """What is left of a minute's counts, given to the two versions at a weight."""

    minute: int
    weight: int
    stable: Part
    canary: Part
    left_s: float


class HealthyRelease:
    """Gives the samples of one release, from a minute of the past on.

    Where the past ends before the release does, it begins again: its first minute follows its last.
    """

    def __init__(
        self, history: History, *, chance: Random, begin: int | None = None, latency: bool = True
    ) -> None:
        """Begin with the minute `begin`, or one that chance chooses.

        Without `latency` the buckets are left out, where no rule asks for them.
        """
        self._minutes = history.minutes
        self._bounds_ms = history.bounds_ms if latency else ()
        self._chance = chance
        first = chance.randrange(len(history.minutes)) if begin is None else begin
        self._at_s = first * MINUTE_S
        self._rank: dict[str, float] = {}
        self._cast: Cast | None = None

    def sample(self, *, weight: int, span_s: float) -> Sample:
        """Draw the next `span_s` at the weight."""
        pods = len(self._minutes[self._minute()])
        stable, canary, end_s = Part(), Part(), self._at_s + span_s
        while self._at_s < end_s:
            of_stable, of_canary = self._draw(weight, upto_s=end_s)
            stable, canary = _together(stable, of_stable), _together(canary, of_canary)
        return Sample(
            span_s=span_s,
            bounds_ms=self._bounds_ms,
            stable=Look(counts=stable.counts, events=stable.events, pods=_pods(pods)),
            canary=Look(
                counts=canary.counts,
                events=canary.events,
                pods=_pods(max(1, round(pods * weight / 100))),
            ),
        )

    def _minute(self) -> int:
        return int(self._at_s // MINUTE_S) % len(self._minutes)

    def _draw(self, weight: int, *, upto_s: float) -> tuple[Part, Part]:
        """Take from the minute what falls before `upto_s`; what is taken is gone.

        Drawing each tick from the whole minute would add a chance of its own to the one that is in the past
        already, and a service would look twice as noisy as it is.
        """
        cast = self._casting(weight)
        part_s = min(upto_s - self._at_s, cast.left_s)
        share = part_s / cast.left_s
        stable, canary = self._thinned(cast.stable, share), self._thinned(cast.canary, share)
        self._at_s += part_s
        self._cast = Cast(
            cast.minute,
            weight,
            _left(cast.stable, stable),
            _left(cast.canary, canary),
            cast.left_s - part_s,
        )
        return stable, canary

    def _casting(self, weight: int) -> Cast:
        """Go on with the minute's cast; a new weight has a new one, of what is left of the minute."""
        cast, minute = self._cast, self._minute()
        if cast is not None and (cast.minute, cast.weight) == (minute, weight) and cast.left_s > 0:
            return cast
        left_s = MINUTE_S - self._at_s % MINUTE_S
        stable, canary = self._new_cast(self._minutes[minute], weight / 100)
        left = left_s / MINUTE_S
        return Cast(minute, weight, self._thinned(stable, left), self._thinned(canary, left), left_s)

    def _new_cast(self, pods: Sequence[PodMinute], share: float) -> tuple[Part, Part]:
        wanted = share * sum(each.counts.requests for each in pods)
        stable, canary = Part(), Part()
        for each in sorted(pods, key=self._rank_of):
            part = min(1.0, wanted / each.counts.requests) if each.counts.requests > 0 else 0.0
            wanted -= part * each.counts.requests
            whole = Part(each.counts, each.events)
            played = self._thinned(whole, part)
            canary, stable = _together(canary, played), _together(stable, _left(whole, played))
        return stable, canary

    def _rank_of(self, each: PodMinute) -> float:
        """Keep the pods in one order for the whole release, those that come later too."""
        return self._rank.setdefault(each.pod, self._chance.random())

    def _thinned(self, part: Part, share: float) -> Part:
        """Let each request and each event take part with the same chance."""
        events = {
            name: count if share >= 1 else binomial(self._chance, count, share)
            for name, count in part.events.items()
        }
        return Part(self._fewer(part.counts, share), events)

    def _fewer(self, counts: Counts, share: float) -> Counts:
        if share >= 1 and (self._bounds_ms or not counts.latency):
            return counts
        chance = self._chance
        latency = tuple(binomial(chance, each, share) for each in counts.latency) if self._bounds_ms else ()
        requests = sum(latency) if latency else binomial(chance, counts.requests, share)
        return Counts(
            requests=requests,
            latency=latency,
            **{
                name: min(requests, binomial(chance, count, share))
                for name, count in _by_class(counts).items()
            },
        )


def _pods(number: int) -> Pods:
    return Pods(desired=number, ready=number)


def _together(first: Part, second: Part) -> Part:
    names = dict.fromkeys((*first.events, *second.events))
    events = {name: first.events.get(name, 0.0) + second.events.get(name, 0.0) for name in names}
    return Part(_sum(first.counts, second.counts), events)


def _left(whole: Part, part: Part) -> Part:
    events = {name: max(0.0, count - part.events.get(name, 0.0)) for name, count in whole.events.items()}
    return Part(_rest(whole.counts, part.counts), events)


def _sum(first: Counts, second: Counts) -> Counts:
    if not first.requests:
        return second
    latency = (
        tuple(a + b for a, b in zip(first.latency, second.latency, strict=True))
        if first.latency and second.latency
        else first.latency or second.latency
    )
    return structs.replace(first + second, latency=latency)


def _by_class(counts: Counts) -> dict[str, float]:
    """Give what is counted of each class; what the plan does not call anything of its own is left out."""
    named = {name: getattr(counts, name) for name in CLASSES}
    return {name: count for name, count in named.items() if count is not None}


def _rest(whole: Counts, part: Counts) -> Counts:
    """Give what is left of the whole; without buckets where the part was drawn without them."""
    return Counts(
        requests=max(0.0, whole.requests - part.requests),
        **{name: max(0.0, count - (getattr(part, name) or 0.0)) for name, count in _by_class(whole).items()},
        latency=tuple(max(0.0, a - b) for a, b in zip(whole.latency, part.latency, strict=True))
        if part.latency
        else (),
    )
