"""What a service's traffic can be like: clocks, stages, noise, outages, gaps, and what a canary changes.

Nothing is drawn here: `releases` makes counts of these records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from console.metrics.outcomes import Ended

TICK_S = 5
HISTORY_MINUTES = 60
STAGE_S = 600
FEW_PODS_BELOW = 0.5
UNAVAILABLE = Ended("503")
SLOW_MS = 300
"""A response slower than this is a bad one: the healthy P99."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The canary's share of the traffic, one weight each ten minutes; nobody holds a stage."""

    name: str
    weights: tuple[float, ...]
    stage_s: int = STAGE_S

    @property
    def ticks(self) -> int:
        """Give the whole release, the last stage at 100 % included."""
        return len(self.weights) * self.stage_s // TICK_S

    @property
    def judged_ticks(self) -> int:
        """Give how long both versions have traffic, so that there is something to compare."""
        return sum(weight < 1 for weight in self.weights) * self.stage_s // TICK_S


LONG = Stages(name="long", weights=(0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0), stage_s=900)
"""Two hours that are judged: 480 looks at the evidence."""
STEEP = Stages(name="steep", weights=(0.1, 0.5, 1.0), stage_s=300)
A = Stages(name="A", weights=(0.01, 0.05, 0.25, 0.50, 1.0))
B = Stages(name="B", weights=(0.05, 0.20, 0.50, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How the canary differs from stable while `from_s <= time < until_s`."""

    errors_times: float = 1.0
    errors_plus: float = 0.0
    refused_plus: float = 0.0
    latency_times: float = 1.0
    tail: float = 0.0
    """This share of its requests takes two seconds."""
    from_s: float = 0.0
    until_s: float = inf


SAME = Change()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A dependency that both versions need fails for a while, at a random time."""

    errors_plus: float
    latency_times: float = 2.0
    span_s: int = 180
    from_s: float | None = None
    """When it begins; None: at a random time."""
    canary_longer_s: int = 0
    """The canary comes back so much later: its connections are cold."""
    canary_unseen: bool = False
    """While it lasts the canary is not scraped, and its counters catch up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spikes:
    """What comes again and again to both versions: cron jobs, batches, storms of retries."""

    every_s: int
    span_s: int
    traffic_times: float = 1.0
    errors_plus: float = 0.0
    latency_times: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSpread:
    """Pods that differ: log-normal levels of errors and latency that wander with `tau_s`, or never."""

    errors_sd: float = 0.2
    latency_sd: float = 0.03
    tau_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How a service behaves; the defaults are the calm one that most measurements are made in."""

    name: str
    traffic_sd: float = 0.2
    diurnal: float = 0.3
    errors_sd: float = 0.3
    latency_sd: float = 0.05
    tau_s: float = 60.0
    refused: float = 0.0
    """Both versions answer this share with 4xx."""
    burst: float = 1.0
    """Mean length of a run of errors that one client meets on one version: sticky sessions, retries."""
    burst_share: float = 1.0
    """So much of the errors comes in such runs; the rest one by one."""
    release_burst: float | None = None
    """The same during the release, where the hour before was another."""
    drift: float = 0.0
    """By the end of the release both versions' errors have grown by this power of e."""
    spikes: Spikes | None = None
    outage: Outage | None = None
    lead_s: int = 0
    """How much fresher the canary's samples are than stable's; negative where they are older."""
    jitter_s: int = 0
    """Each scrape of a version may come so much later than it should, by chance."""
    gap_s: int = 0
    """Prometheus can't be reached for so long, once, at a random time; its counters catch up."""
    pods: PodSpread | None = None
    stable_pods: int = 4
    odd_pod: Change = SAME
    """By which factors the first of stable's pods differs from the others, for good."""
    load: float = 0.0
    """Latency grows with this power of the traffic's level."""
    share_sd: float = 0.0
    """The canary's share wanders about its weight: connections that live long, few clients."""
    canary_copies: int = 1
    """The canary's series are scraped by so many jobs, and added up."""
    restart_s: float = inf
    """A version's processes start again once in so long, and what they counted since the scrape is lost."""
    canary: Change = SAME
    canary_blip: float = 0.0
    """So many more of the canary's requests fail, ratio, in the first tick of each stage."""
    canary_grows_at_s: float = inf
    """The canary gets one more pod then, whatever its weight."""
    stable: Change = SAME
    """What stable goes through alone: its own new pods, its own deployments."""
    bounds_ms: tuple[float, ...] = (25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
    """Istio's latency buckets, less the lowest three, which hold next to nothing of this latency."""
    p50_ms: float = 60.0
    p99_ms: float = 300.0


MILD = World(name="mild")
IID = World(name="iid", traffic_sd=0, diurnal=0, errors_sd=0, latency_sd=0)
WILD = World(name="wild", traffic_sd=0.4, diurnal=0.5, errors_sd=1.0, latency_sd=0.15)
OUTAGE = replace(MILD, name="outage3m", outage=Outage(errors_plus=0.10))
SKEWED_OUTAGE = replace(MILD, name="skewed-outage50%", outage=Outage(errors_plus=0.50), lead_s=15)
STICKY = replace(MILD, name="sticky5", burst=5.0)
POD_NOISE = replace(MILD, name="podnoise", pods=PodSpread())
POD_FIX = replace(MILD, name="podfix", pods=PodSpread(tau_s=inf))
COLD = replace(MILD, name="cold45s", canary=Change(latency_times=3.0, until_s=45))
GAP = replace(MILD, name="gap3m", gap_s=180)
HARMLESS = replace(MILD, name="harmless", canary=Change(errors_times=1.1, latency_times=1.03))
AT_TOLERANCE = replace(MILD, name="at the tolerance", canary=Change(errors_plus=0.001, latency_times=1.05))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the study: a world, its traffic, its error rate, the stages, and what the canary breaks."""

    world: World = MILD
    rps: float = 500.0
    errors: float = 0.002
    stages: Stages = A
    defect: Change | None = None
    failure: Ended = UNAVAILABLE
    """How the mesh writes down a request that is an error."""
    title: str = ""

    @property
    def name(self) -> str:
        """Name it uniquely: its random numbers are seeded with this."""
        what = self.title or self.world.name
        return f"{what} at {self.rps:g} rps, p0 {100 * self.errors:g} %, stages {self.stages.name}"

    @property
    def change(self) -> Change:
        """Give what the canary changes: its defect, or what is normal in this world."""
        return self.defect or self.world.canary


def canary_pods_at(world: World, *, weight: float, at_s: float) -> int:
    """Give how many pods the canary has at a time of the release: one, from half of the requests on two."""
    return (1 if weight < FEW_PODS_BELOW else 2) + (at_s >= world.canary_grows_at_s)


RATES = (5.0, 50.0, 500.0, 5000.0)
BASE_ERRORS = (0.0005, 0.002, 0.01)
_NOT_WORSE = (WILD, OUTAGE, SKEWED_OUTAGE, STICKY, POD_NOISE, COLD, GAP, HARMLESS)


def healthy() -> tuple[Case, ...]:
    """Give the 52 cases in which nothing should be rolled back (F1)."""
    mild = [Case(rps=rps, errors=errors) for errors in BASE_ERRORS for rps in RATES]
    iid = [Case(world=IID, rps=rps, errors=errors) for errors in BASE_ERRORS[:2] for rps in RATES]
    others = [Case(world=world, rps=rps) for world in _NOT_WORSE for rps in RATES]
    return (*mild, *iid, *others)


def at_tolerance() -> tuple[Case, ...]:
    """Give the canary that is exactly as much worse as is tolerated: neither answer would be wrong."""
    return tuple(Case(world=AT_TOLERANCE, rps=rps) for rps in RATES)
