"""A healthy release, drawn from stable's past: some of stable's own pods play the canary.

Whole pods play as far as the weight reaches, and the last one with a part of its requests: so the pods'
own differences and their bursts are in the release, as they would be in a real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.backtest.chance import binomial
from console.evidence import Counts, History, Look, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from console.evidence import PodMinute

MINUTE_S = 60.0


class Cast(Struct, frozen=True):
    """One minute's counts, given to the two versions."""

    stable: Counts
    canary: Counts


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
        self._cast: tuple[int, int, Cast] | None = None

    def sample(self, *, weight: int, span_s: float) -> Sample:
        """Draw the next `span_s` at the weight."""
        parts = list(self._parts(weight, span_s))
        self._at_s += span_s
        return Sample(
            span_s=span_s,
            bounds_ms=self._bounds_ms,
            stable=Look(counts=self._drawn([(cast.stable, share) for cast, share in parts])),
            canary=Look(counts=self._drawn([(cast.canary, share) for cast, share in parts])),
        )

    def _parts(self, weight: int, span_s: float) -> Iterator[tuple[Cast, float]]:
        """Give the minutes that the span touches, each with the share of it that the span covers."""
        at_s, end_s = self._at_s, self._at_s + span_s
        while at_s < end_s:
            minute = int(at_s // MINUTE_S)
            upto_s = min(end_s, (minute + 1) * MINUTE_S)
            yield self._casting(minute % len(self._minutes), weight), (upto_s - at_s) / MINUTE_S
            at_s = upto_s

    def _casting(self, minute: int, weight: int) -> Cast:
        if self._cast is None or self._cast[:2] != (minute, weight):
            self._cast = (minute, weight, self._new_cast(self._minutes[minute], weight / 100))
        return self._cast[2]

    def _new_cast(self, pods: Sequence[PodMinute], share: float) -> Cast:
        wanted = share * sum(each.counts.requests for each in pods)
        stable, canary = Counts(), Counts()
        for each in sorted(pods, key=self._rank_of):
            part = min(1.0, wanted / each.counts.requests) if each.counts.requests > 0 else 0.0
            wanted -= part * each.counts.requests
            played = self._thinned(each.counts, part)
            canary, stable = _sum(canary, played), _sum(stable, _rest(each.counts, played))
        return Cast(stable, canary)

    def _rank_of(self, each: PodMinute) -> float:
        """Keep the pods in one order for the whole release, those that come later too."""
        return self._rank.setdefault(each.pod, self._chance.random())

    def _drawn(self, parts: Sequence[tuple[Counts, float]]) -> Counts:
        drawn = Counts()
        for counts, share in parts:
            drawn = _sum(drawn, self._thinned(counts, share))
        return drawn

    def _thinned(self, counts: Counts, share: float) -> Counts:
        """Let each request take part with the same chance."""
        if share >= 1 and (self._bounds_ms or not counts.latency):
            return counts
        chance = self._chance
        latency = tuple(binomial(chance, each, share) for each in counts.latency) if self._bounds_ms else ()
        requests = sum(latency) if latency else binomial(chance, counts.requests, share)
        return Counts(
            requests=requests,
            errors_4xx=min(requests, binomial(chance, counts.errors_4xx, share)),
            errors_5xx=min(requests, binomial(chance, counts.errors_5xx, share)),
            latency=latency,
        )


def _sum(first: Counts, second: Counts) -> Counts:
    if not first.requests:
        return second
    return Counts(
        requests=first.requests + second.requests,
        errors_4xx=first.errors_4xx + second.errors_4xx,
        errors_5xx=first.errors_5xx + second.errors_5xx,
        latency=tuple(a + b for a, b in zip(first.latency, second.latency, strict=True))
        if first.latency and second.latency
        else first.latency or second.latency,
    )


def _rest(whole: Counts, part: Counts) -> Counts:
    """Give what is left of the whole; without buckets where the part was drawn without them."""
    return Counts(
        requests=max(0.0, whole.requests - part.requests),
        errors_4xx=max(0.0, whole.errors_4xx - part.errors_4xx),
        errors_5xx=max(0.0, whole.errors_5xx - part.errors_5xx),
        latency=tuple(max(0.0, a - b) for a, b in zip(whole.latency, part.latency, strict=True))
        if part.latency
        else (),
    )
