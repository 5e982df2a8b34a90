"""Whether the requests that a weight asks for come to the canary and are answered. Pure.

Errors, latency and the two keys speak of requests that were answered. A canary that no request reaches has
none of them, and looks well. So what arrives is counted here beside what the weight asks for: below 100% by
stable's requests in the same samples, at 100% by what both versions had before.
"""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import Sample
from console.plan.exposure import FULL
from console.plan.routed import SETTLE_S

ABOUT = 0.5
"""Part of the requests asked for that must have been answered: half. Traffic may fall by a third within an
hour of an ordinary evening, and some callers go round the route; it rarely falls by half, and a way that
loses more than that is broken."""
DEVIATIONS = 3.0
"""Standard deviations of a Poisson count by which chance may take away from that part: fewer come by chance
once in 740 times, so that few requests are no obstacle because they are few."""
ENOUGH = 20.0
"""Requests that must have been expected before none of them is no chance: it is one once in 5e8."""
RAREST = 1e-6
"""How rarely the draw of the weights alone may have sent all requests to stable. It matters above 50% only:
at 99% one request of stable stands for 99 of the canary's, and comes first once in a hundred times."""
HALF_LIFE_S = 300.0
"""Seconds after which a request counts half in what is usual: some minutes, so that a rate is one of today,
and a pause of a minute does not make a quiet service of a busy one."""
LOOKS = 2
"""Samples in a row without an answer before it is silence: one may be a scrape that came late."""
MUCH_LONGER = 2.0
"""Times the longest pause so far that a pause must last before it is a silence that takes the weight back."""


class Usual(Struct, frozen=True, kw_only=True):
    """What both versions have together; older requests count less and less."""

    requests: float = 0.0
    seconds: float = 0.0
    idle_s: float = 0.0
    """Since the last request to either; not in `seconds` yet."""
    idle_looks: int = 0
    longest_idle_s: float = 0.0

    @property
    def rps(self) -> float:
        """Requests a second that both have at least, by what was seen: 0 where that is next to nothing."""
        # Three deviations down: an hour with one request would else promise a rate, and each quiet minute
        # after it would look like traffic that has stopped.
        certain = self.requests - DEVIATIONS * math.sqrt(self.requests)
        return max(0.0, certain) / self.seconds if self.seconds > 0 else 0.0

    @property
    def stopped(self) -> bool:
        """Whether neither version has had a request for longer than chance explains."""
        return self.idle_looks >= LOOKS and self.rps * self.idle_s >= ENOUGH

    def after(self, requests: float, *, span_s: float) -> Usual:
        """Take a stretch in; seconds without a request count once the next one has come.

        While they last they may be a pause, or the end of all traffic.
        """
        idle_s = self.idle_s + span_s
        if requests <= 0:
            return replace(self, idle_s=idle_s, idle_looks=self.idle_looks + 1)
        # The pause counts now that it is over, and only now: while it lasted it may have been the end of all
        # traffic, and a rate that sinks with it would never call it that.
        kept = math.exp2(-idle_s / HALF_LIFE_S)
        return Usual(
            requests=self.requests * kept + requests,
            seconds=self.seconds * kept + idle_s,
            longest_idle_s=max(self.longest_idle_s, self.idle_s),
        )


class Quiet(Struct, frozen=True, kw_only=True):
    """The stretch since the canary's last answer."""

    s: float = 0.0
    looks: int = 0
    expected: float = 0.0
    """Requests that it should have had."""
    stable: float = 0.0
    """Requests that stable answered meanwhile."""
    surprise: float = 0.0
    """Minus the logarithm of the chance that the draw of the weights gave it none of them."""


class Arrivals(Struct, frozen=True, kw_only=True):
    """What came of what was asked for, at the weight in force."""

    began_at: float = 0.0
    """When the weight came into force."""
    weight: int = 0
    """Percent to the canary at the last look."""
    weight_before: int = 0
    """Percent that was in force before."""
    expected: float = 0.0
    """Requests to the canary at this weight, as many as the weight asks for."""
    answered: float = 0.0
    """Those that it answered."""
    quiet: Quiet = Quiet()
    usual: Usual = Usual()
    before: Usual = Usual()
    """What was usual when this weight came into force: at 100% the canary should have all of it."""

    @property
    def wanted(self) -> float:
        """Answered requests without which this weight shows nothing: one at least, about its share."""
        part = ABOUT * self.expected
        return max(1.0, part - DEVIATIONS * math.sqrt(part))

    @property
    def none_came(self) -> bool:
        """Whether none of the requests asked for was answered, where enough were expected to tell.

        A pause of all traffic like those before it is none.
        """
        usual, quiet = self.usual, self.quiet
        # A shop that sells nothing from two to three each night has had such pauses. Only one that lasts
        # much longer than any before takes a weight back.
        a_pause = 0 < usual.idle_s <= MUCH_LONGER * usual.longest_idle_s
        enough = quiet.looks >= LOOKS and quiet.expected >= ENOUGH
        return enough and quiet.surprise >= -math.log(RAREST) and not a_pause


def begin_at_weight(arrivals: Arrivals, *, at: float) -> Arrivals:
    """Begin to count at a weight; what both versions had before is kept."""
    # At 100% stable has nothing to be measured by, so what both had before the step is the measure. It is
    # kept from before the step there: what is "usual" at 100% is what the canary answers itself, and would
    # excuse a canary that loses half.
    full = arrivals.weight >= FULL
    return Arrivals(
        began_at=at,
        weight=arrivals.weight,
        weight_before=arrivals.weight,
        usual=arrivals.usual,
        before=arrivals.before if full else arrivals.usual,
    )


def arrive(
    arrivals: Arrivals, sample: Sample, *, at: float, weight: int, settle_s: float = SETTLE_S
) -> Arrivals:
    """Take one sample into account; one that did not cover both versions whole tells nothing of arrivals.

    Until `settle_s` behind a write the canary is only expected to have what it had before.
    """
    stable, canary = sample.stable.counts, sample.canary.counts
    if stable is None or canary is None or sample.partial or sample.span_s <= 0:
        return replace(arrivals, weight=weight)
    usual = arrivals.usual.after(stable.answered + canary.answered, span_s=sample.span_s)
    seen = replace(arrivals, weight=weight, usual=usual)
    # The whole sample must lie behind the write: its first second may hold requests of the weight before.
    since_s = at - sample.lag_s - sample.data_age_s - sample.span_s - arrivals.began_at
    if since_s < 0:  # it holds requests of the weight before
        return seen
    split = weight if sample.split is None else sample.split
    # Versions are scraped one after the other: the canary's part of a sample may be older by all of its span.
    spread = sample.split is not None or since_s - sample.span_s >= settle_s
    least = split if spread else min(split, arrivals.weight_before)
    asked = _asked(split, stable.answered, all_rps=arrivals.before.rps, span_s=sample.span_s)
    due = _asked(least, stable.answered, all_rps=usual.rps, span_s=sample.span_s, full=split >= FULL)
    return replace(
        seen,
        # The share is asked of all that came since the step, while for silence (`due`, below) the smaller of
        # both weights counts until the mesh has had its time: asking for too much costs time, and a false
        # silence costs the release.
        expected=arrivals.expected + asked,
        answered=arrivals.answered + canary.answered,
        quiet=Quiet()
        if canary.answered > 0
        else Quiet(
            s=arrivals.quiet.s + sample.span_s,
            looks=arrivals.quiet.looks + 1,
            expected=arrivals.quiet.expected + due,
            stable=arrivals.quiet.stable + stable.answered,
            surprise=arrivals.quiet.surprise + _surprise(least, stable.answered, due),
        ),
    )


def _asked(split: int, stable: float, *, all_rps: float, span_s: float, full: bool = False) -> float:
    """Return the requests that a canary with `split` percent should have had, beside stable's.

    With `full`, or at 100%, stable has none to measure by: then it is a part of what both have.
    """
    if full or split >= FULL:
        return all_rps * span_s * split / FULL
    return stable * split / (FULL - split)


def _surprise(split: int, stable: float, due: float) -> float:
    """Return minus the logarithm of the chance that none of the requests went to the canary."""
    return -stable * math.log1p(-split / FULL) if stable > 0 and split < FULL else due
