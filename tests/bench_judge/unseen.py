"""Worlds that the judge was not tuned on: stickier, noisier, other skews, other buckets, other traffic."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from tests.bench_judge.worlds import (
    LONG,
    MILD,
    OUTAGE,
    POD_FIX,
    POD_NOISE,
    SKEWED_OUTAGE,
    STEEP,
    STICKY,
    WILD,
    Case,
    Change,
    Outage,
    PodSpread,
    Spikes,
    World,
)

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
_FURTHER: tuple[World, ...] = (
    replace(MILD, name="sticky 200, a tenth of the errors", burst=200.0, burst_share=0.1),
    replace(MILD, name="sticky 20 since the release", release_burst=20.0),
    replace(
        MILD,
        name="storms of retries",
        burst=4.0,
        spikes=Spikes(every_s=420, span_s=45, traffic_times=3, errors_plus=0.3),
        lead_s=10,
    ),
    replace(
        MILD,
        name="cron spikes",
        spikes=Spikes(every_s=300, span_s=30, traffic_times=5, latency_times=2),
        lead_s=5,
    ),
    replace(
        MILD,
        name="slow batches, jitter",
        spikes=Spikes(every_s=600, span_s=60, traffic_times=0.5, latency_times=4),
        jitter_s=10,
    ),
    replace(MILD, name="scrapes jitter by 15 s, latency sd 0.2", latency_sd=0.2, jitter_s=15),
    replace(WILD, name="wild, scrapes jitter by 15 s", jitter_s=15),
    replace(WILD, name="wild, 15 s behind", lead_s=-15),
    replace(WILD, name="wild, noisy pods, sticky 5", burst=5.0, pods=PodSpread()),
    replace(
        MILD,
        name="latency sd 0.3, 15 s behind, errors in gusts",
        errors_sd=1.0,
        latency_sd=0.3,
        lead_s=-15,
        tau_s=30,
    ),
    replace(MILD, name="latency sd 0.5 in gusts, 10 s ahead", latency_sd=0.5, tau_s=20, lead_s=10),
    replace(MILD, name="latency wanders for 5 min, 15 s ahead", latency_sd=0.4, tau_s=300, lead_s=15),
    replace(MILD, name="one pod of stable's", stable_pods=1),
    replace(MILD, name="one pod of stable's, sticky 10", stable_pods=1, burst=10.0),
    replace(MILD, name="two pods, sd 0.3", stable_pods=2, pods=PodSpread(errors_sd=0.3, latency_sd=0.05)),
    replace(
        MILD,
        name="pods wander for 20 min, sd 0.4",
        pods=PodSpread(errors_sd=0.4, latency_sd=0.06, tau_s=1200),
    ),
    replace(
        MILD, name="pods' moods of 30 s, sd 0.8", pods=PodSpread(errors_sd=0.8, latency_sd=0.1, tau_s=30)
    ),
    replace(
        MILD,
        name="the canary grows midway",
        canary=Change(latency_times=2, from_s=900, until_s=945),
        canary_grows_at_s=900,
    ),
    replace(
        MILD,
        name="stable grows midway",
        stable=Change(latency_times=2, errors_times=3, from_s=900, until_s=960),
    ),
    replace(MILD, name="stable recovers", stable=Change(latency_times=1.3, errors_times=2, until_s=1500)),
    replace(MILD, name="errors drift up 10 times", drift=2.3),
    replace(MILD, name="errors drift down 10 times", drift=-2.3),
    replace(MILD, name="traffic of a day in an hour", diurnal=0.9, traffic_sd=0.5),
    replace(
        MILD, name="outage +100pp for 60 s, jitter", outage=Outage(errors_plus=1.0, span_s=60), jitter_s=15
    ),
    replace(
        MILD,
        name="outage +50pp, 15 s behind, sticky 5",
        outage=Outage(errors_plus=0.5),
        lead_s=-15,
        burst=5.0,
    ),
    replace(MILD, name="outage and gap", outage=Outage(errors_plus=0.5), lead_s=15, gap_s=120),
    replace(MILD, name="cold 60 s, x20", canary=Change(latency_times=20, until_s=60)),
    replace(MILD, name="one bucket", bounds_ms=(50, 500)),
    replace(MILD, name="buckets by powers of two", bounds_ms=(16, 32, 64, 128, 256, 512, 1024, 2048, 4096)),
    replace(
        MILD,
        name="very fine buckets, latency sd 0.2, 10 s ahead",
        latency_sd=0.2,
        lead_s=10,
        bounds_ms=tuple(range(20, 620, 20)),
    ),
)
_LATER: tuple[World, ...] = (
    replace(MILD, name="the canary is scraped twice", canary_copies=2),
    replace(MILD, name="the canary is scraped twice, sticky 5", canary_copies=2, burst=5.0),
    replace(MILD, name="slower under load", load=0.7, traffic_sd=0.5, tau_s=120),
    replace(
        MILD, name="slower under load, in gusts, 15 s ahead", load=0.5, traffic_sd=0.6, tau_s=30, lead_s=15
    ),
    replace(MILD, name="the share wanders", share_sd=0.7),
    replace(WILD, name="wild, the share wanders, 10 s behind", share_sd=0.5, lead_s=-10),
    replace(MILD, name="processes restart every 2 min", restart_s=120),
    replace(WILD, name="wild, processes restart every minute, jitter", restart_s=60, jitter_s=10),
    replace(MILD, name="thirty noisy pods", stable_pods=30, pods=PodSpread(errors_sd=0.4, latency_sd=0.05)),
    replace(MILD, name="latency from 5 ms to 2 s", p50_ms=30, p99_ms=2000),
    replace(
        MILD, name="latency drifts for half an hour, 15 s behind", latency_sd=0.5, tau_s=1800, lead_s=-15
    ),
    replace(
        MILD,
        name="outages of 20 s, again and again, 15 s ahead",
        spikes=Spikes(every_s=300, span_s=20, errors_plus=0.5),
        lead_s=15,
    ),
    replace(
        MILD,
        name="the first outage after a calm hour, 15 s ahead",
        outage=Outage(errors_plus=0.9, span_s=120),
        lead_s=15,
    ),
    replace(MILD, name="sticky 10 since the release, jitter", release_burst=10.0, jitter_s=15),
    replace(
        MILD,
        name="everything at once",
        burst=4.0,
        traffic_sd=0.6,
        errors_sd=0.8,
        latency_sd=0.12,
        load=0.3,
        share_sd=0.3,
        jitter_s=10,
        restart_s=600,
        pods=PodSpread(errors_sd=0.3, latency_sd=0.04),
        spikes=Spikes(every_s=480, span_s=40, traffic_times=2, errors_plus=0.05),
    ),
)
_STAGED: tuple[World, ...] = (MILD, WILD, SKEWED_OUTAGE, STICKY, POD_NOISE)
_FIXED: tuple[World, ...] = (
    POD_FIX,
    replace(POD_FIX, name="podfix sd 0.4", pods=PodSpread(errors_sd=0.4, latency_sd=0.06, tau_s=inf)),
    replace(POD_FIX, name="podfix, two pods", stable_pods=2),
    replace(
        POD_FIX,
        name="podfix sd 0.4, eight pods",
        pods=PodSpread(errors_sd=0.4, latency_sd=0.06, tau_s=inf),
        stable_pods=8,
    ),
    replace(POD_FIX, name="podfix, sticky 5", burst=5.0),
    replace(POD_FIX, name="podfix, latency sd 0.1", pods=PodSpread(latency_sd=0.1, tau_s=inf)),
)


def unseen() -> tuple[Case, ...]:
    """Give the worlds at a small and a large traffic, and more error rates in the calm one."""
    worlds = tuple(Case(world=world, rps=rps) for world in _WORLDS for rps in (30.0, 2000.0))
    rates = tuple(Case(rps=200.0, errors=errors) for errors in (0.00005, 0.05, 0.2))
    return (*worlds, *rates)


def further() -> tuple[Case, ...]:
    """Give worlds made after the judge was mended for the ones above."""
    return tuple(Case(world=world, rps=rps) for world in _FURTHER for rps in (30.0, 300.0, 2000.0))


def later() -> tuple[Case, ...]:
    """Give worlds made when all of the above were held: other counters and stages, few requests or errors."""
    worlds = tuple(Case(world=world, rps=rps) for world in _LATER for rps in (30.0, 300.0, 3000.0))
    staged = tuple(
        Case(world=world, rps=rps, stages=stages)
        for world in _STAGED
        for stages in (LONG, STEEP)
        for rps in (50.0, 1000.0)
    )
    quiet = tuple(Case(world=world, rps=rps) for world in (MILD, STICKY, OUTAGE) for rps in (0.2, 1.0))
    flawless = tuple(
        Case(world=world, rps=rps, errors=0.000_003)
        for world in (WILD, STICKY, POD_NOISE, SKEWED_OUTAGE)
        for rps in (50.0, 1000.0)
    )
    failing = tuple(Case(world=STICKY, rps=rps, errors=0.3) for rps in (30.0, 300.0))
    return (*worlds, *staged, *quiet, *flawless, *failing)


def lasting() -> tuple[Case, ...]:
    """Give those whose pods keep their own level for ever."""
    return tuple(Case(world=world, rps=rps) for world in _FIXED for rps in (50.0, 500.0, 5000.0))
