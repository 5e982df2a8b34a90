"""What was seen, in one tick or in the past: raw increments, so that another guard can be asked tomorrow.

Nothing in here is ever NaN or infinite: what is not known is None, and a ratio is made only where it is
looked at.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

# What evidence can be at all. A journal that says otherwise is refused: a stranger may have sent it.
Amount = Annotated[float, Meta(ge=0.0, le=1e18)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Number = Annotated[int, Meta(ge=0, le=10**12)]
Share = Annotated[int, Meta(ge=0, le=100)]


CLASSES = ("errors_4xx", "errors_5xx", "no_answer", "grpc_server", "grpc_caller", "errors_by_plan")
"""What `Counts` has beside its requests and its buckets."""

MINUTE_S = 60.0
"""A minute of a `History`, and of what the judge sums up by the minute."""


class Counts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Increments of one version's counters since the sample before."""

    requests: Amount = 0.0
    """All of them, with an answer or without one; each is in one of the classes below at most."""
    errors_4xx: Amount = 0.0
    errors_5xx: Amount = 0.0
    no_answer: Amount = 0.0
    """Nobody answered: refused, reset, given up before the first byte, or no pod to send it to."""
    grpc_server: Amount = 0.0
    """gRPC calls that ended with a status that is the server's fault, behind an HTTP status of 200."""
    grpc_caller: Amount = 0.0
    """gRPC calls that ended with any other status than OK."""
    errors_by_plan: Amount | None = None
    """What the plan calls an error, where it says so itself."""
    latency: tuple[Amount, ...] = ()
    """Requests by latency bucket (not cumulative): `latency[i]` lie between `bounds_ms[i-1]` and
    `bounds_ms[i]`; the last one is above all bounds. Empty, or one longer than the sample's bounds."""

    @property
    def errors(self) -> float:
        """What a user calls an error: what the plan says, or a 5xx, no answer, and gRPC's server statuses."""
        if self.errors_by_plan is not None:
            return self.errors_by_plan
        return self.errors_5xx + self.no_answer + self.grpc_server

    @property
    def refused(self) -> float:
        """What was answered as the caller's own fault: a 4xx, or a gRPC status of that kind."""
        return self.errors_4xx + self.grpc_caller

    @property
    def answered(self) -> float:
        """Requests that got an answer, whatever it said."""
        return max(0.0, self.requests - self.no_answer)

    def __add__(self, more: Counts) -> Counts:
        """Add up the plain counts; buckets are added by who knows both sides' bounds."""
        mine, its = self.errors_by_plan, more.errors_by_plan
        by_plan = None if mine is None and its is None else self.errors + more.errors
        return Counts(
            requests=self.requests + more.requests,
            errors_4xx=self.errors_4xx + more.errors_4xx,
            errors_5xx=self.errors_5xx + more.errors_5xx,
            no_answer=self.no_answer + more.no_answer,
            grpc_server=self.grpc_server + more.grpc_server,
            grpc_caller=self.grpc_caller + more.grpc_caller,
            errors_by_plan=by_plan,
        )


class Pods(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of one version's pods and what they use; None where it can't be had."""

    desired: Number | None = None
    ready: Number | None = None
    restarts: Number | None = None
    """Container restarts of the pods that exist now, as Kubernetes counts them."""
    crash_looping: Number | None = None
    cpu_cores: Amount | None = None
    memory_bytes: Amount | None = None


class Look(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything seen of one version in one tick."""

    counts: Counts | None = None
    """None: blind for this version. Zero requests are `Counts()`."""
    pods: Pods = Pods()
    business: dict[str, Finite] = {}
    """Business metrics by name; a name that has no finite value is absent."""
    events: dict[str, Amount] = {}
    """Business events since the sample before, by name; a name whose counter was not seen is absent."""


class Stretch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From one sample of the canary to its next one, and what stable can have had in that time at most.

    Where the canary has several pods, it is one interval of each, and the time that all of them touch.
    """

    ago_s: Amount = 0.0
    """How long before the look it ended."""
    span_s: Amount
    """Between the two samples; of several pods the mean."""
    canary: Counts
    """What was surely counted in that time."""
    stable: Counts | None = None
    """All that stable counted in every interval that touches that time; None where not all of its pods have
    been scraped since, or one of them began anew."""
    odds: Amount = 0.0
    """The canary's requests a second by stable's, each by its own intervals; 0 without `stable`."""


class Sample(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Both versions over the same span of time."""

    span_s: Amount
    """Seconds since the last sample that counted: a gap is merged into the sample after it."""
    data_age_s: Amount = 0.0
    """How old the newest scrape behind this sample was, beyond `lag_s`."""
    lag_s: Amount = 0.0
    """How far the store is always behind: what is seen now happened that much earlier."""
    bounds_ms: tuple[Amount, ...] = ()
    """Upper bounds of the latency buckets, ascending, without +Inf; both versions share them."""
    stable: Look = Look()
    canary: Look = Look()
    trouble: str = ""
    """Why a part is missing, in words; empty where all was seen."""
    stretches: tuple[Stretch, ...] = ()
    """The last minutes from sample to sample, oldest first, where something looked like gross damage; the
    first one may be several in one."""
    partial: bool = False
    """Whether there may be more than was seen, of either version: what was counted is true, what was not may
    be worse. It counts against the canary, and never for it."""
    split: Share | None = None
    """Percent of the requests that went to the canary when this was counted, where the release that looks at
    it stands at another weight: borrowed by a what-if, or observed by a backtest while someone else drove."""

    @property
    def blind(self) -> bool:
        """Whether traffic can't be judged from this tick: a version could not be seen at all."""
        return self.stable.counts is None or self.canary.counts is None

    @property
    def unsure(self) -> str:
        """Why nothing can go forward on this tick, in words; empty where traffic was seen, and all of it."""
        return (self.trouble or "no data") if self.blind or self.partial else ""

    @property
    def without_stretches(self) -> Sample:
        """The look without what only the keys take of it, at once."""
        return replace(self, stretches=()) if self.stretches else self

    @property
    def without_traffic(self) -> Sample:
        """The same look where nothing new was scraped: what the pods are, and no request."""
        stable, canary = (
            replace(look, counts=None if look.counts is None else Counts(), business={}, events={})
            for look in (self.stable, self.canary)
        )
        return replace(self, span_s=0.0, stable=stable, canary=canary, stretches=())


class PodMinute(Struct, frozen=True, kw_only=True):
    """What one pod counted in one minute."""

    pod: str
    counts: Counts
    events: dict[str, float] = {}


class History(Struct, frozen=True, kw_only=True):
    """Stable's recent past: minutes in order of time, oldest first.

    A pod that was not seen in a minute is absent from it.
    """

    bounds_ms: tuple[float, ...] = ()
    minutes: tuple[tuple[PodMinute, ...], ...] = ()
    since_start: bool = False
    """The series are too young for minutes: the one entry holds all that was counted since the pods began."""
