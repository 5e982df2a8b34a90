"""What should happen: the frozen records that a plan file becomes.

Units are the engine's own: seconds, milliseconds, ratios of 0..1. A weight is the exception that the
whole field makes: whole percent of requests sent to the canary, 0..100.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from console.errors import UsageError
from console.plan.access import Access
from console.plan.canary_config import Kayenta
from console.plan.exposure import Exposure, Percent
from console.plan.judges import judge_name_in, judge_settings_in
from console.plan.literal import literal
from console.plan.routed import Settings
from console.plan.routers import lock_of, name_in, read_in
from console.plan.series import Series

# The loader knows finer bounds and says how to mend a plan. These are for the plan in a journal, which a
# stranger may have sent: within them nothing that reads a plan can go wrong.
Seconds = Annotated[float, Meta(ge=0.0, le=366 * 86400.0)]
Interval = Annotated[float, Meta(ge=0.001, le=86400.0)]
Limit = Annotated[float, Meta(ge=-1e15, le=1e15)]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Share = Annotated[float, Meta(gt=0.0, le=0.5)]


class Then(StrEnum):
    """What a guard's breach leads to."""

    ROLLBACK = "rollback"
    HOLD = "hold"


class Rule(StrEnum):
    """How a guard compares."""

    MAX = "max"
    """The canary's value may not exceed the limit."""
    MIN = "min"
    """The canary's value may not fall below the limit."""
    MAX_RATIO = "max_ratio"
    """The canary's value may not exceed `limit` times stable's."""
    MAX_INCREASE = "max_increase"
    """The canary's value may not exceed stable's plus the limit."""

    @property
    def compares(self) -> bool:
        """Whether stable's value is needed."""
        return self in (Rule.MAX_RATIO, Rule.MAX_INCREASE)


class Metric(StrEnum):
    """What a guard can watch, beside the plan's own business metrics."""

    ERROR_RATE = "error_rate"
    """What users call errors by requests, ratio: 5xx, no answer, gRPC's server statuses, or the plan's."""
    ERROR_RATE_4XX = "error_rate_4xx"
    """4xx answers by requests, ratio."""
    NO_ANSWER = "no_answer"
    """Requests that nobody answered by all of them, ratio."""
    GRPC_ERRORS = "grpc_errors"
    """gRPC calls that failed by the server's fault, by requests, ratio."""
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    """Latency quantiles, milliseconds."""
    RPS = "rps"
    """Requests per second."""
    CPU = "cpu"
    """Cores used, all pods together."""
    MEMORY = "memory"
    """Bytes used, all pods together."""
    READY = "ready"
    """Ready pods by desired pods, ratio."""
    RESTARTS = "restarts"
    """Container restarts since the release began."""
    CRASH_LOOPS = "crash_loops"
    """Pods that crash-loop now."""


class Guard(Struct, frozen=True, kw_only=True):
    """A rule that is watched."""

    name: str
    """Unique within the plan; made from the rule where the plan gives none: `error_rate max 1%`."""
    metric: str
    """A `Metric`, or the name of one of the plan's business metrics."""
    rule: Rule
    limit: Limit
    """In the metric's unit (ratio, ms, rps, cores, bytes, count); a plain factor for `max_ratio`."""
    window_s: Seconds
    """The evidence of this long is looked at together."""
    for_s: Seconds
    """The breach must last this long before it counts."""
    min_requests: Count
    """Fewer requests in the window (of either version that is looked at) are insufficient evidence."""
    then: Then


class Stage(Struct, frozen=True, kw_only=True):
    """One weight, held for a time."""

    weight: Percent
    """Percent of requests to the canary, 0..100."""
    hold_s: Seconds
    """Healthy time wanted at this weight."""
    min_requests: Count
    """Canary requests wanted at this weight before the next stage."""
    approve: bool
    """Whether a person must approve the step *out of* this stage."""
    guards: Annotated[tuple[Guard, ...], Meta(max_length=5000)]
    """All guards that are watched in this stage: the plan's, then the stage's own."""

    @property
    def exposure(self) -> Exposure:
        """What part of the traffic meets the canary in it."""
        return Exposure(weight=self.weight)


class Version(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the two that are compared."""

    name: str
    """Shown on the screen, and `{{version}}` in queries: the value of the mesh's version label."""
    deployment: str
    workload: str = ""
    """What the mesh's metrics call it, where that is not the Deployment's name; like a Service's."""

    @property
    def in_metrics(self) -> str:
        """Return the name by which the mesh's metrics know it."""
        return self.workload or self.deployment


MOST_EVENTS = 10
"""Maximum number of event kinds: all of them share one part of the error budget."""


class MetricsSource(Struct, frozen=True, kw_only=True):
    """Where evidence comes from."""

    prometheus: str
    """Base URL, without credentials and without `/api`; empty where it is a Service of the cluster."""
    preset: str
    """The set of queries: `istio`."""
    business: dict[str, str]
    """PromQL by name; `{{version}}` and `{{namespace}}` are filled in."""
    events: Annotated[dict[str, str], Meta(max_length=MOST_EVENTS)] = {}
    """Counters of business events that must not drop, by name: PromQL selectors, filled in alike."""
    access: Access | UnsetType = UNSET
    """How it is reached, where the plan says more than a URL; unset and not None as `Plan.on_stop`."""
    series: Series | UnsetType = UNSET
    """Which series count, for the preset whose series a plan names."""

    @property
    def where(self) -> str:
        """Say where it is: its URL, or the Service."""
        service = self.access.service if self.access else None
        return f"the service {service.in_words}" if service else self.prometheus

    def at(self, url: str) -> MetricsSource:
        """Return the same source at this URL, which a person has named instead of the plan's."""
        if not self.access or self.access.service is None:
            return replace(self, prometheus=url)
        access = replace(self.access, service=None)
        return replace(self, prometheus=url, access=UNSET if access == Access() else access)


class Occasion(StrEnum):
    """The occasions on which a message goes out."""

    HOLD = "hold"
    """The release stands still until someone looks."""
    ROLLBACK = "rollback"
    APPROVAL = "approval"
    """Nothing but a person's approval is missing."""
    PROMOTED = "promoted"
    FAILED = "failed"
    """Refused by the preflight, ended where it stood, or a rollback that nobody confirmed."""


MOST_NOTICES = 20
"""Maximum number of targets of messages: each delivery runs in a process of its own."""


class Notice(Struct, frozen=True, kw_only=True):
    """One recipient, and the occasions on which it gets a message."""

    to: str
    """Where the address is found, never the address: `env:NAME` or `file:/PATH`."""
    on: tuple[Occasion, ...]


class Grafana(Struct, frozen=True, kw_only=True):
    """A Grafana that gets an annotation of each stage, rollback and end."""

    url: str
    """Base URL, without credentials."""
    token: str
    """Where the service account's token is found: `env:NAME` or `file:/PATH`."""


class LowTraffic(StrEnum):
    """What becomes of a stage whose traffic can't show what it should."""

    ASK = "ask"
    """It waits: for more requests, for a person's "advance blind", or for the end of patience."""
    PROCEED = "proceed"
    """Its hold is enough."""


class OnSharedBreach(StrEnum):
    """What both versions beyond a limit lead to, right after the canary's weight grew."""

    RETREAT = "retreat"
    """One weight back."""
    PAUSE = "pause"


class Alone(StrEnum):
    """What a limit leads to at 100%, where stable has no requests to compare with."""

    RETREAT = "retreat"
    """Back to the weight before, at which the two can be compared."""
    PAUSE = "pause"
    ROLLBACK = "rollback"


class GrpcFault(StrEnum):
    """Whose fault a gRPC status is."""

    SERVER = "server"
    """2, 4, 8, 13, 14 and 15."""
    CALLER = "caller"
    """All others but OK."""


class Errors(Struct, frozen=True, kw_only=True):
    """What the plan calls an error, where it says so itself."""

    http: tuple[str, ...] = ("5xx",)
    """Statuses like `429`, or all of a hundred: `5xx`."""
    grpc: tuple[str, ...] = (GrpcFault.SERVER,)
    """A `GrpcFault`, or statuses by their numbers."""
    no_answer: bool = True


class Slo(Struct, frozen=True, kw_only=True):
    """What no version should exceed, whatever the other one does."""

    error_rate: Share = 0.01
    """What users call errors by requests, ratio."""
    latency_ms: Limit | None = None
    """None: latency is only compared."""
    slower: Share = 0.01
    """At most this share of the requests may be slower than `latency_ms`, ratio."""


class Judge(Struct, frozen=True, kw_only=True):
    """The two keys: evidence that the canary is worse, and worse by more than is tolerated."""

    slo: Slo = Slo()
    tolerate: Share = 0.001
    """Tolerated increase of a share of bad requests, ratio."""
    block_s: Interval = 15.0
    """Evidence is weighed in blocks, none shorter than this or than a scrape."""
    low_traffic: LowTraffic = LowTraffic.ASK
    on_shared_breach: OnSharedBreach = OnSharedBreach.RETREAT
    alone: Alone = Alone.PAUSE
    """What a journal that does not say it means; a plan's file is read with `retreat`."""


class Plan(Struct, frozen=True, kw_only=True):
    """What should happen to one service."""

    service: str
    namespace: str
    """Where its objects are; empty only where a plan's file leaves it to the kubeconfig's context."""
    stable: Version
    canary: Version
    router: dict[str, Any]
    """What splits the traffic, as data: `kind`, and what the module of that name in `console.plan.routers`
    knows of it. A kind that only another version of pithead knows is kept as it stands."""
    metrics: MetricsSource
    interval_s: Interval
    """The worker's tick, at least 1."""
    patience_s: Seconds
    """How long the release may stand still for want of health or evidence before it ends."""
    after_patience: Then
    """`rollback`: the weights go back to stable. `hold`: they stay where they are."""
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1, max_length=5000)]
    judge: Judge | None = None
    """None: the guards alone are asked, or Kayenta's judge."""
    kayenta: Kayenta | None = None
    """Kayenta's judge instead, for teams who come from it."""
    judged_by: dict[str, Any] | UnsetType = UNSET
    """Another judge than these two, as data with its `kind`; unset where there is none."""
    notify: Annotated[tuple[Notice, ...], Meta(max_length=MOST_NOTICES)] = ()
    grafana: Grafana | None = None
    reasons: tuple[str, ...] = ()
    """The commands that are taken only with a reason; a rollback is taken without one all the same."""
    errors: Errors | UnsetType = UNSET
    """What is an error; unset: a 5xx, no answer, and the gRPC statuses that are the server's fault.

    Not None, for the reason that `on_stop` has.
    """
    on_stop: Then | UnsetType = UNSET
    """What SIGTERM leads to; unset: `rollback` in a pipeline, `hold` for a worker in the background.

    Not None, which would stand in the plan of every journal that is written again.
    """

    @property
    def judge_kind(self) -> str:
        """The judge's name: `two_keys`; `rules` where the guards alone are asked."""
        return judge_name_in(self)

    @property
    def judge_settings(self) -> Struct | None:
        """What the plan says of its judge; None for the guards alone, and for one not known here."""
        return judge_settings_in(self)

    @property
    def slo(self) -> Slo | None:
        """What no version should exceed, where the plan's judge holds the versions to it."""
        return getattr(self.judge_settings, "slo", None)

    @property
    def own_errors(self) -> Errors | None:
        """What the plan itself calls an error; None where it leaves that to the classes."""
        return None if self.errors is UNSET else self.errors

    def __post_init__(self) -> None:
        """Refuse a router that its kind can't read: raises ValueError, a DecodeError where it is decoded."""
        read_in(self.router)

    @property
    def known(self) -> Settings | None:
        """The router, for what tells of it; None where only another version of pithead knows its kind."""
        return read_in(self.router)

    @property
    def driven(self) -> Settings:
        """The router, for what drives it.

        Raises `UsageError` where only another version of pithead knows its kind.
        """
        if (settings := self.known) is not None:
            return settings
        raise UsageError(
            f"this pithead does not know the router {literal(self.kind)}",
            hint="drive the release with the version that began it; replay and report work here",
        )

    @property
    def kind(self) -> str:
        """The router's kind: `istio`."""
        return name_in(self.router)

    @property
    def route(self) -> str:
        """What is moved, as `--route` takes it: `istio:shop/checkout`."""
        known = self.known
        return f"{self.kind}:{self.namespace}/{known.target if known is not None else self.service}"

    @property
    def lock(self) -> str:
        """The name of the router's lease; raises as `driven` does."""
        return lock_of(self.kind, self.driven.target)
