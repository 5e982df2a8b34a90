"""Worlds that the judge was not tuned on: stickier, noisier, other skews, other buckets, other traffic."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from tests.bench_judge.worlds import MILD, POD_FIX, SKEWED_OUTAGE, Case, Change, Outage, PodSpread, World

_COARSE_MS = (40, 90, 200, 450, 1000, 3000)
_FINE_MS = (20, 40, 60, 80, 100, 120, 150, 200, 300, 400, 600, 800, 1200, 2000)
_FEW_MS = (50, 200, 1000)

FINE_BUCKETS = replace(MILD, name="fine buckets", bounds_ms=_FINE_MS)
_WORLDS: tuple[World, ...] = (
    replace(MILD, name="sticky 20", burst=20.0),
    replace(MILD, name="sticky 50", burst=50.0),
    replace(MILD, name="sticky 10, noisy pods", burst=10.0, pods=PodSpread(errors_sd=0.3)),
    replace(MILD, name="sticky 10, outage +30pp", burst=10.0, outage=Outage(errors_plus=0.3)),
    replace(MILD, name="pods' errors sd 0.5", pods=PodSpread(errors_sd=0.5)),
    replace(MILD, name="pods' latency sd 0.08", pods=PodSpread(latency_sd=0.08)),
    replace(MILD, name="pods wander for 15 min", pods=PodSpread(errors_sd=0.3, latency_sd=0.05, tau_s=900)),
    replace(MILD, name="two noisy pods", pods=PodSpread(), stable_pods=2),
    replace(MILD, name="twelve noisy pods", pods=PodSpread(errors_sd=0.3), stable_pods=12),
    replace(SKEWED_OUTAGE, name="outage +50pp, 15 s behind", lead_s=-15),
    replace(SKEWED_OUTAGE, name="outage +50pp, 5 s ahead", lead_s=5),
    replace(
        SKEWED_OUTAGE,
        name="outage +90pp for 30 s, 10 s ahead",
        lead_s=10,
        outage=Outage(errors_plus=0.9, span_s=30),
    ),
    replace(
        SKEWED_OUTAGE, name="slow outage x20, 15 s ahead", outage=Outage(errors_plus=0.0, latency_times=20)
    ),
    replace(
        SKEWED_OUTAGE,
        name="outage +30pp for 10 min, 10 s behind",
        lead_s=-10,
        outage=Outage(errors_plus=0.3, span_s=600),
    ),
    replace(MILD, name="traffic in gusts", traffic_sd=1.0, tau_s=20),
    replace(MILD, name="errors in gusts", errors_sd=1.5, tau_s=15),
    replace(MILD, name="errors in gusts, 15 s ahead", errors_sd=1.0, tau_s=30, lead_s=15),
    replace(MILD, name="errors drift for 10 min", errors_sd=1.5, tau_s=600),
    replace(MILD, name="latency sd 0.3", latency_sd=0.3),
    replace(MILD, name="latency sd 0.3, 15 s ahead", latency_sd=0.3, lead_s=15),
    replace(MILD, name="gap of 10 min", gap_s=600),
    replace(MILD, name="cold 55 s, x10", canary=Change(latency_times=10, until_s=55)),
    replace(MILD, name="coarse buckets", bounds_ms=_COARSE_MS),
    FINE_BUCKETS,
    replace(MILD, name="three buckets", bounds_ms=_FEW_MS),
    replace(MILD, name="heavy tail", p50_ms=40, p99_ms=900),
    replace(MILD, name="fine buckets, noisy pods", bounds_ms=_FINE_MS, pods=PodSpread(latency_sd=0.05)),
)
_FIXED: tuple[World, ...] = (
    POD_FIX,
    replace(POD_FIX, name="podfix sd 0.4", pods=PodSpread(errors_sd=0.4, latency_sd=0.06, tau_s=inf)),
    replace(POD_FIX, name="podfix, two pods", stable_pods=2),
)


def unseen() -> tuple[Case, ...]:
    """Give the worlds at a small and a large traffic, and more error rates in the calm one."""
    worlds = tuple(Case(world=world, rps=rps) for world in _WORLDS for rps in (30.0, 2000.0))
    rates = tuple(Case(rps=200.0, errors=errors) for errors in (0.00005, 0.05, 0.2))
    return (*worlds, *rates)


def lasting() -> tuple[Case, ...]:
    """Give those whose pods keep their own level for ever."""
    return tuple(Case(world=world, rps=rps) for world in _FIXED for rps in (50.0, 500.0, 5000.0))
