"""Plans, samples and records for tests: each with what matters given and the rest ordinary."""

from __future__ import annotations

from collections.abc import Iterable

from console.evidence import Counts, Look, Pods, Sample
from console.person import Person
from console.plan.model import (
    Guard,
    Metric,
    MetricsSource,
    Plan,
    Rule,
    Stage,
    Then,
    Version,
)
from console.plan.routers import written
from console.plan.routers.istio import Destination, Settings
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release

BOUNDS_MS = (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
ANA = Person(login="ana", host="bastion")


def guard(
    metric: str = Metric.ERROR_RATE,
    rule: Rule = Rule.MAX,
    limit: float = 0.05,
    *,
    window_s: float = 10.0,
    for_s: float = 0.0,
    min_requests: int = 50,
    then: Then = Then.ROLLBACK,
    name: str = "",
) -> Guard:
    return Guard(
        name=name or f"{metric} {rule}",
        metric=metric,
        rule=rule,
        limit=limit,
        window_s=window_s,
        for_s=for_s,
        min_requests=min_requests,
        then=then,
    )


def stage(
    weight: int,
    *guards: Guard,
    hold_s: float = 10.0,
    min_requests: int = 0,
    approve: bool = False,
) -> Stage:
    return Stage(weight=weight, hold_s=hold_s, min_requests=min_requests, approve=approve, guards=guards)


def plan(
    *stages: Stage,
    interval_s: float = 1.0,
    patience_s: float = 30.0,
    after_patience: Then = Then.ROLLBACK,
) -> Plan:
    return Plan(
        service="checkout",
        namespace="shop",
        stable=Version(name="v1", deployment="checkout-v1"),
        canary=Version(name="v2", deployment="checkout-v2"),
        router=written(
            Settings(
                virtual_service="checkout",
                route=None,
                stable=Destination(subset="v1"),
                canary=Destination(subset="v2"),
            )
        ),
        metrics=MetricsSource(prometheus="http://127.0.0.1:9090", preset="istio", business={}),
        interval_s=interval_s,
        patience_s=patience_s,
        after_patience=after_patience,
        stages=stages or (stage(10, guard()), stage(50, guard()), stage(100, guard())),
    )


def counts(requests: float, *, errors: float = 0.0, slow: float = 0.0) -> Counts:
    """Requests of which `errors` are 5xx and `slow` take 250 to 500 ms; the rest take 10 to 25 ms."""
    latency = [0.0] * (len(BOUNDS_MS) + 1)
    latency[1], latency[5] = requests - slow, slow
    return Counts(requests=float(requests), errors_5xx=float(errors), latency=tuple(latency))


def sample(
    stable: Counts | None = None,
    canary: Counts | None = None,
    *,
    stable_pods: Pods | None = None,
    canary_pods: Pods | None = None,
    stable_events: dict[str, float] | None = None,
    canary_events: dict[str, float] | None = None,
    span_s: float = 1.0,
) -> Sample:
    return Sample(
        span_s=span_s,
        bounds_ms=BOUNDS_MS,
        stable=Look(counts=stable or counts(1000), pods=stable_pods or Pods(), events=stable_events or {}),
        canary=Look(counts=canary or counts(100), pods=canary_pods or Pods(), events=canary_events or {}),
    )


def blind(trouble: str = "Prometheus does not answer") -> Sample:
    return Sample(span_s=0.0, trouble=trouble)


def opened(of: Plan, *, attended: bool = True) -> ev.ReleaseOpened:
    return ev.ReleaseOpened(
        format=ev.FORMAT,
        release="checkout-1",
        plan=of,
        person=ANA,
        pithead="0",
        cluster="lab",
        attended=attended,
    )


PREFLIGHT = ev.PreflightDone(checks=(Check(name="everything", ok=True, words="is there"),))


class Story:
    """A release that is told event by event, a second apart unless said otherwise."""

    def __init__(self, of: Plan, *, attended: bool = True, at: float = 1000.0) -> None:
        self.at = at
        self.records: list[ev.Record] = []
        self.release: Release = self._tell(opened(of, attended=attended), None)

    def _tell(self, event: ev.AnyEvent, release: Release | None) -> Release:
        record = ev.Record(n=len(self.records) + 1, at=self.at, event=event)
        self.records.append(record)
        return fold(release, record)

    def tell(self, *events: ev.AnyEvent, after_s: float = 0.0) -> Release:
        """Let events happen, all at one instant."""
        self.at += after_s
        for event in events:
            self.release = self._tell(event, self.release)
        return self.release

    def ticks(self, samples: Iterable[Sample], *, every_s: float = 1.0) -> Release:
        """Take samples, one a tick."""
        for taken in samples:
            self.tell(ev.SampleTaken(sample=taken), after_s=every_s)
        return self.release

    def enter(self, index: int, *, weight: int | None = None) -> Release:
        """Enter a stage and have its weight confirmed at once."""
        asked = self.release.plan.stages[index].weight if weight is None else weight
        number = self.release.last_number + 1
        return self.tell(
            ev.StageEntered(stage=index),
            ev.WeightRequested(number=number, weight=asked),
            ev.WeightConfirmed(number=number, weight=asked, took_ms=3.0),
        )


def running(of: Plan | None = None, *, attended: bool = True) -> Story:
    """A release whose first stage has its weight in force."""
    story = Story(of or plan(), attended=attended)
    story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
    story.enter(0)
    return story
