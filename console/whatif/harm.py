"""How many requests failed, and how many would have at other weights: an estimate, and what it can't know.

A tick in which both releases had the same weight counts as it was. In any other, all requests of
the tick are split by the simulated weight, and each version fails its part at its own rate in that tick.
Where the recorded canary got no requests nobody knows its rate: that time is counted as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from msgspec import Struct

from console.evidence import Counts, Sample
from console.judge.tally import ratio
from console.release import events as ev
from console.whatif.simulation import Simulation, Tick


class Toll(Struct, frozen=True, kw_only=True):
    """What one release cost, or a part of it."""

    failed: float = 0.0
    """Requests answered with 5xx, by either version."""
    served: float = 0.0
    """Requests that the canary served."""
    failed_on_canary: float = 0.0
    """Those of them that failed."""


class Harm(Struct, frozen=True, kw_only=True):
    """What the recorded release cost, and what the simulated one would have."""

    recorded: Toll
    simulated: Toll
    unknown_s: float = 0.0
    """Time in which the simulated canary would have had requests and the recorded one had none."""
    exact: bool = False
    """Whether both had the same weights all the time: then the simulated figures are the recorded ones."""

    @property
    def fewer_failed(self) -> float:
        """How many fewer requests would have failed; negative where more would."""
        return self.recorded.failed - self.simulated.failed


def harm(records: Sequence[ev.Record], simulated: Simulation) -> Harm:
    """Estimate what both releases cost."""
    recorded, told, unknown_s, exact = Toll(), Toll(), 0.0, True
    for sample, tick in _pairs(records, simulated):
        was = _as_it_was(sample)
        would = _as_it_would(sample, tick)
        recorded = _plus(recorded, was)
        told = _plus(told, was if would is None else would)
        unknown_s += sample.span_s if would is None else 0.0
        exact &= would == was
    return Harm(recorded=recorded, simulated=told, unknown_s=unknown_s, exact=exact)


def _pairs(records: Sequence[ev.Record], simulated: Simulation) -> Iterator[tuple[Sample, Tick | int | None]]:
    """Give each recorded sample with its simulated tick; behind its end with the weight that stayed."""
    samples = (record.event.sample for record in records if isinstance(record.event, ev.SampleTaken))
    after = simulated.release.weight if simulated.release.end else None
    for sample, tick in zip_longest(samples, simulated.ticks):
        if not sample.blind:
            yield sample, after if tick is None else tick


def _as_it_was(sample: Sample) -> Toll:
    stable, canary = _both(sample)
    return Toll(failed=stable.errors + canary.errors, served=canary.requests, failed_on_canary=canary.errors)


def _as_it_would(sample: Sample, tick: Tick | int | None) -> Toll | None:
    """Give the tick's toll at the simulated weight; None where it can't be known."""
    if isinstance(tick, Tick):
        return _as_it_was(sample) if tick.recorded == tick.simulated else _at_weight(sample, tick.simulated)
    return _at_weight(sample, tick)


def _at_weight(sample: Sample, weight: int | None) -> Toll | None:
    stable, canary = _both(sample)
    if weight is None or (weight > 0 and canary.requests == 0):
        return None
    served = (stable.requests + canary.requests) * weight / 100
    others = stable.requests + canary.requests - served
    on_canary = served * _rate(canary)
    return Toll(failed=on_canary + others * _rate(stable), served=served, failed_on_canary=on_canary)


def _rate(counts: Counts) -> float:
    return ratio(counts.errors, counts.requests) or 0.0


def _both(sample: Sample) -> tuple[Counts, Counts]:
    return sample.stable.counts or Counts(), sample.canary.counts or Counts()


def _plus(total: Toll, more: Toll) -> Toll:
    return Toll(
        failed=total.failed + more.failed,
        served=total.served + more.served,
        failed_on_canary=total.failed_on_canary + more.failed_on_canary,
    )
