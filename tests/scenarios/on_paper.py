"""The lab on paper: a scenario's traffic drawn at random, and the release that fold and policy make of it.

A run takes some 20 ms instead of two minutes, so that chance can be looked at. What matters for a fair
comparison is in it: Poisson arrivals, the services' own latency and errors, and scrapes of the two versions
that do not come at the same moment.
"""

from __future__ import annotations

import math
import random
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from console.evidence import Counts, Look, Pods, Sample
from console.lab.app import BASE_ERROR_RATIO, MEDIAN_S, SPREAD
from console.lab.envoy import BUCKETS_MS
from console.lab.faults import HEALTHY, Faults
from console.policy.decide import decide
from console.release import events as ev
from tests.releases import PREFLIGHT, Story

if TYPE_CHECKING:
    from console.lab.scenarios import Scenario
    from console.plan.model import Plan
    from console.release.state import Release

SLICE_S = 0.1
"""Weights and faults are looked at this often within a tick."""
ENDS_WITHIN_TICKS = 400
WELL = Pods(desired=1, ready=1, restarts=0, crash_looping=0)


def release_on_paper(plan: Plan, scenario: Scenario, *, seed: int, pace: float = 1.0) -> Release:
    """Run the plan through the scenario, a tick a second, until it ends."""
    paper = _Paper(scenario, seed=seed, pace=pace)
    story = Story(plan, attended=False, at=0.0)
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
    for _ in range(ENDS_WITHIN_TICKS):
        _settle(story, paper)
        if story.release.end is not None:
            return story.release
        story.tell(ev.SampleTaken(sample=paper.sample(story.at + 1)), after_s=1)
    raise AssertionError(f"no end after {ENDS_WITHIN_TICKS} s")


def _settle(story: Story, paper: _Paper) -> None:
    """Let the policy decide, and the router obey at once."""
    while events := decide(story.release, now=story.at):
        for event in events:
            story.tell(event)
            if isinstance(event, ev.WeightRequested):
                story.tell(ev.WeightConfirmed(number=event.number, weight=event.weight, took_ms=5.0))
                paper.weights.append((story.at, event.weight))


class _Paper:
    """Draws what the scrapes of each tick bring."""

    def __init__(self, scenario: Scenario, *, seed: int, pace: float) -> None:
        self.weights: list[tuple[float, int]] = []
        """Those in force so far, each with the time of its beginning."""
        self._scenario = scenario
        self._pace = pace
        self._random = random.Random(seed)
        self._scraped_at = [-self._random.random() for _ in range(2)]

    def sample(self, at: float) -> Sample:
        """Draw a tick that ends at `at`; each version was scraped up to a second earlier."""
        stable, canary = (Look(counts=self._counts(at, canary=canary), pods=WELL) for canary in (False, True))
        return Sample(span_s=1.0, bounds_ms=BUCKETS_MS, stable=stable, canary=canary)

    def _counts(self, at: float, *, canary: bool) -> Counts:
        latency, errors = [0] * (len(BUCKETS_MS) + 1), 0
        for faults, expected in self._expected(canary=canary).items():
            for bucket, share in enumerate(_shares(faults.latency_factor)):
                drawn = self._poisson(expected * share)
                latency[bucket] += drawn
                errors += self._poisson(drawn * (BASE_ERROR_RATIO + faults.error_ratio))
        assert self._scraped_at[canary] <= at
        return Counts(requests=sum(latency), errors_5xx=errors, latency=tuple(latency))

    def _expected(self, *, canary: bool) -> dict[Faults, float]:
        """How many requests a version is due between two scrapes, by the faults that they meet."""
        begin = self._scraped_at[canary]
        self._scraped_at[canary] = begin + 1
        expected: dict[Faults, float] = {}
        for part in range(round(1 / SLICE_S)):
            at = begin + (part + 0.5) * SLICE_S
            share = self._weight(at) if canary else 100 - self._weight(at)
            faults = self._faults(at, canary=canary)
            expected[faults] = expected.get(faults, 0.0) + self._scenario.rps * share / 100 * SLICE_S
        return expected

    def _weight(self, at: float) -> int:
        return next((weight for since, weight in reversed(self.weights) if since <= at), 0)

    def _faults(self, at: float, *, canary: bool) -> Faults:
        live_s = (at - self.weights[0][0]) * self._pace if self.weights else 0.0
        turns = [turn for turn in self._scenario.turns if turn.after_s <= live_s]
        if not turns:
            return HEALTHY
        return turns[-1].canary if canary else turns[-1].stable

    def _poisson(self, expected: float) -> int:
        """Draw a count, by the time that passes between events."""
        count = 0
        left = expected - self._random.expovariate(1.0)
        while left >= 0:
            count += 1
            left -= self._random.expovariate(1.0)
        return count


@lru_cache
def _shares(latency_factor: float) -> tuple[float, ...]:
    """Which share of the requests falls into each latency bucket."""
    below = [0.0, *(_below(bound, latency_factor) for bound in BUCKETS_MS), 1.0]
    return tuple(high - low for low, high in pairwise(below))


def _below(bound_ms: float, latency_factor: float) -> float:
    median_ms = MEDIAN_S * 1000 * latency_factor
    return 0.5 + 0.5 * math.erf(math.log(bound_ms / median_ms) / SPREAD / math.sqrt(2))
