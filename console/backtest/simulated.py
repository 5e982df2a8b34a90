"""A past for a service that has none at hand: a calm one, with a little of the noise that all services have.

Its traffic, errors and latency wander by themselves, and its pods share what they go through.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from console.backtest.chance import binomial
from console.evidence import MINUTE_S, Counts, History, PodMinute

if TYPE_CHECKING:
    from random import Random

PODS = 4
MINUTES = 24 * 60
BOUNDS_MS = (5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0)
MEDIAN_MS = 60.0
SPREAD = math.log(5) / 2.326
"""Of the latency's logarithm: P99 is five times the median."""
_WANDER_S = 60.0


class Service(Struct, frozen=True, kw_only=True):
    """What is assumed of a service."""

    rps: float = 50.0
    error_ratio: float = 0.002

    traffic_sd: float = 0.2
    errors_sd: float = 0.3
    latency_sd: float = 0.05


def simulated_history(service: Service, *, chance: Random, minutes: int = MINUTES) -> History:
    """Draw the past of a service, minute by minute."""
    traffic, errors, latency = (
        _Wander(chance, sd) for sd in (service.traffic_sd, service.errors_sd, service.latency_sd)
    )
    drawn = []
    for _ in range(minutes):
        expected = service.rps * MINUTE_S / PODS * traffic.step()
        ratio = min(1.0, service.error_ratio * errors.step())
        shares = _shares(latency.step())
        drawn.append(
            tuple(
                PodMinute(pod=f"pod-{pod}", counts=_counts(chance, expected, ratio, shares))
                for pod in range(PODS)
            )
        )
    return History(bounds_ms=BOUNDS_MS, minutes=tuple(drawn))


class _Wander:
    """A factor around 1 that forgets where it was within a minute or so."""

    def __init__(self, chance: Random, sd: float) -> None:
        self._chance = chance
        self._sd = sd
        self._log = 0.0

    def step(self) -> float:
        kept = math.exp(-MINUTE_S / _WANDER_S)
        fresh = self._sd * math.sqrt(1 - kept * kept)
        self._log = self._log * kept + self._chance.gauss(0.0, fresh)
        return math.exp(self._log)


def _counts(chance: Random, expected: float, error_ratio: float, shares: tuple[float, ...]) -> Counts:
    # A Poisson draw, as the binomial of many trials.
    latency = tuple(binomial(chance, 100 * expected, share / 100) for share in shares)
    requests = sum(latency)
    return Counts(requests=requests, errors_5xx=binomial(chance, requests, error_ratio), latency=latency)


def _shares(slower: float) -> tuple[float, ...]:
    """Give the share of the requests that falls into each bucket."""
    below = (
        0.5 + 0.5 * math.erf(math.log(bound / (MEDIAN_MS * slower)) / SPREAD / math.sqrt(2))
        for bound in BOUNDS_MS
    )
    return tuple(high - low for low, high in pairwise((0.0, *below, 1.0)))
