"""Synthetic releases for the screens' tests: the real policy decides, only the evidence is made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from msgspec.structs import replace

from console.evidence import Counts, History, Look, PodMinute, Pods, Sample
from console.judge.terms import terms_of
from console.person import Person
from console.plan.canary_config import Direction, Kayenta, MetricConfig
from console.plan.model import (
    Guard,
    Judge,
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
from console.policy.announce import announce
from console.policy.decide import decide
from console.preflight import Check
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Phase, Release

BEGIN = 1_760_000_000.0
BOUNDS_MS = (5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0)
PERSON = Person(login="ana", host="bastion", via="10.1.2.3")
_SPREAD = (0.1, 0.25, 0.3, 0.2, 0.1, 0.04, 0.01)
"""Shares of requests by latency bucket; a slower version's are moved to the right."""


def guard(
    metric: Metric,
    rule: Rule,
    limit: float,
    *,
    for_s: float = 10.0,
    min_requests: int = 50,
    then: Then = Then.ROLLBACK,
) -> Guard:
    """A guard as a plan would give it."""
    return Guard(
        name=f"{metric} {rule} {limit:g}",
        metric=metric,
        rule=rule,
        limit=limit,
        window_s=30.0,
        for_s=for_s,
        min_requests=min_requests,
        then=then,
    )


GUARDS = (
    guard(Metric.ERROR_RATE, Rule.MAX, 0.01),
    guard(Metric.P99, Rule.MAX, 500.0, for_s=20.0),
    guard(Metric.P99, Rule.MAX_RATIO, 1.5, for_s=60.0, then=Then.HOLD),
    guard(Metric.CRASH_LOOPS, Rule.MAX, 0, for_s=0.0, min_requests=0),
)


SOLD = 0.3


def plan(
    *,
    weights: Sequence[int] = (1, 5, 25, 50, 100),
    hold_s: float = 60.0,
    interval_s: float = 5.0,
    approve: bool = False,
    service: str = "checkout",
    names: tuple[str, str] = ("v1", "v2"),
    guards: tuple[Guard, ...] = GUARDS,
) -> Plan:
    """A plan with the same hold everywhere."""
    stages = (
        Stage(weight=weight, hold_s=hold_s, min_requests=20, approve=approve, guards=guards)
        for weight in weights
    )
    return Plan(
        service=service,
        namespace="shop",
        stable=Version(name=names[0], deployment="checkout-v1"),
        canary=Version(name=names[1], deployment="checkout-v2"),
        router=written(
            Settings(
                virtual_service="checkout",
                route=None,
                stable=Destination(subset="v1"),
                canary=Destination(subset="v2"),
            )
        ),
        metrics=MetricsSource(prometheus="http://prometheus:9090", preset="istio", business={}),
        interval_s=interval_s,
        patience_s=1800.0,
        after_patience=Then.ROLLBACK,
        stages=tuple(stages),
    )


def look(rng: Random, *, requests: float, errors: float = 0.001, slow: int = 0, ready: int = 3) -> Look:
    """One version in one tick; `slow` moves its latencies that many buckets up."""
    latency = [0.0] * (len(BOUNDS_MS) + 1)
    for place, share in enumerate(_SPREAD):
        latency[min(len(BOUNDS_MS), place + slow)] += requests * share * rng.uniform(0.8, 1.2)
    counts = Counts(
        requests=requests,
        errors_5xx=requests * errors * rng.uniform(0.5, 1.5),
        latency=tuple(latency),
    )
    pods = Pods(desired=3, ready=ready, restarts=0, crash_looping=0, cpu_cores=0.41, memory_bytes=212e6)
    return Look(counts=counts, pods=pods)


class Teller:
    """Plays the worker in virtual time: journals, decides, and answers its own writes."""

    def __init__(self, told: Plan, *, seed: int = 7, rps: float = 600.0) -> None:
        self.plan = told
        self.at = BEGIN
        self.records: list[ev.Record] = []
        self.release: Release | None = None
        self.errors: Callable[[float], float] = lambda _elapsed_s: 0.001
        self.slow: Callable[[float], int] = lambda _elapsed_s: 0
        self.blind: Callable[[float], bool] = lambda _elapsed_s: False
        self.sells: Callable[[float], float] | None = None
        """To this share of its users the canary sells; None: nobody counts."""
        self.confirms = True
        self._rng = Random(seed)
        self._rps = rps

    @property
    def state(self) -> Release:
        """The release so far."""
        assert self.release is not None
        return self.release

    def add(self, event: ev.AnyEvent, *, after_s: float = 0.0) -> None:
        """Journal one event."""
        self.at += after_s
        record = ev.Record(n=len(self.records) + 1, at=self.at, event=event)
        self.records.append(record)
        self.release = fold(self.release, record)

    def open(self, *checks: Check) -> None:
        """Take up the plan, pass the preflight, and see the router at 0%; or fail one of these checks."""
        self.add(
            ev.ReleaseOpened(
                format=ev.FORMAT,
                release="checkout-1",
                plan=self.plan,
                person=PERSON,
                pithead="0.1.0",
                cluster="prod-eu-1",
            )
        )
        found = Check(name="virtual service shop/checkout", ok=True, words="found")
        self.add(ev.PreflightDone(checks=(found, *checks), metrics="Prometheus 2.53"), after_s=0.4)
        if all(check.ok for check in checks):
            self.add(ev.RouterSeen(weight=0), after_s=0.1)
        if self.plan.judge is not None:
            events = tuple(self.plan.metrics.events)
            terms = terms_of(self.plan.judge, self._past(), scrape_s=None, events=events)
            self.add(ev.JudgeBegun(terms=terms))
        self._go_on()

    def _past(self) -> History:
        """An hour of stable's one pod."""
        rng = Random(3)
        minutes = ((PodMinute(pod="a", counts=look(rng, requests=60 * self._rps).counts or Counts()),),)
        return History(bounds_ms=BOUNDS_MS, minutes=minutes * 60)

    def run(self, seconds: float) -> None:
        """Let time pass, a tick an interval, until the release ends."""
        until = self.at + seconds
        while self.at + self.plan.interval_s <= until and self.state.phase is not Phase.ENDED:
            self.at += self.plan.interval_s
            before = self.state
            self.add(ev.SampleTaken(sample=self._sample()))
            for turned in announce(before, self.state):
                self.add(turned)
            self._go_on()

    def ask(self, event: ev.AnyEvent) -> None:
        """A person's key press."""
        self.add(event, after_s=0.2)
        self._go_on()

    def _sample(self) -> Sample:
        elapsed_s = self.at - BEGIN
        span_s = self.plan.interval_s
        if self.blind(elapsed_s):
            return Sample(span_s=span_s, trouble="Prometheus does not answer: connection refused")
        weight = (self.state.weight or 0) / 100
        requests = self._rps * span_s * self._rng.uniform(0.95, 1.05)
        stable = look(self._rng, requests=requests * (1 - weight))
        canary = look(
            self._rng,
            requests=requests * weight,
            errors=self.errors(elapsed_s),
            slow=self.slow(elapsed_s),
        )
        if self.sells is not None:
            stable = replace(stable, events={"orders": SOLD * requests * (1 - weight)})
            canary = replace(canary, events={"orders": self.sells(elapsed_s) * requests * weight})
        return Sample(span_s=span_s, data_age_s=0.6, bounds_ms=BOUNDS_MS, stable=stable, canary=canary)

    def _go_on(self) -> None:
        """Journal what the policy decides, until it has nothing more to say."""
        while events := decide(self.state, now=self.at):
            for event in events:
                self.add(event)
                if isinstance(event, ev.WeightRequested):
                    self._answer(event)

    def _answer(self, event: ev.WeightRequested) -> None:
        if self.confirms:
            self.add(
                ev.WeightConfirmed(number=event.number, weight=event.weight, took_ms=34.0), after_s=0.034
            )
        else:
            trouble = "the API server does not answer: connect to 10.0.0.1:6443 timed out"
            self.add(ev.WriteFailed(number=event.number, trouble=trouble), after_s=1.0)


def told(seconds: float, *, of: Plan | None = None) -> Teller:
    """A release that has run for so long and is well."""
    teller = Teller(of or plan())
    teller.open()
    teller.run(seconds)
    return teller


def healthy() -> Teller:
    """In its third stage, all well."""
    return told(160)


def breach() -> Teller:
    """Errors over the limit, not yet for long enough; the latency has risen too."""
    teller = told(140)
    teller.errors = lambda elapsed_s: 0.04 + 0.0001 * elapsed_s
    teller.slow = lambda _elapsed_s: 2
    teller.run(10)
    return teller


def judged() -> Teller:
    """The two keys watch: errors have come that one of them takes for damage already."""
    of = replace(plan(guards=GUARDS[3:], weights=(5, 25, 100)), judge=Judge())
    teller = told(45, of=of)
    teller.errors = lambda _elapsed_s: 0.025
    teller.run(60)
    return teller


def unsold() -> Teller:
    """The canary answers as well as stable, and has begun to sell less."""
    of = plan(guards=GUARDS[3:], weights=(5, 25, 100))
    orders = {"orders": 'orders_total{version="{{version}}"}'}
    teller = Teller(replace(of, judge=Judge(), metrics=replace(of.metrics, events=orders)))
    teller.sells = lambda _elapsed_s: SOLD
    teller.open()
    teller.run(45)
    teller.sells = lambda _elapsed_s: 0.6 * SOLD
    teller.run(25)
    return teller


def scored() -> Teller:
    """Kayenta's judge has found the errors higher: marginal, and the release waits."""
    errors = MetricConfig(name="error_rate", groups=("errors",), direction=Direction.INCREASE)
    slower = MetricConfig(name="p99", groups=("latency",), direction=Direction.INCREASE)
    judged_by = Kayenta(metrics=(errors, slower), marginal_score=50.0, every_s=300.0)
    of = plan(guards=GUARDS[3:], weights=(25, 100), hold_s=300.0)
    teller = Teller(replace(of, kayenta=judged_by))
    teller.errors = lambda _elapsed_s: 0.004
    teller.open()
    teller.run(400)
    return teller


def hidden() -> Teller:
    """The hold is over, and so few requests have come that damage could still be hidden."""
    teller = Teller(replace(plan(guards=GUARDS[3:], weights=(5, 25, 100)), judge=Judge()), rps=40.0)
    teller.open()
    teller.run(120)
    return teller


def rolled_back() -> Teller:
    """Three minutes: well, then errors, then back on stable, ended by the guard."""
    teller = breach()
    teller.run(120)
    return teller


def not_confirmed() -> Teller:
    """A rollback that the router does not take."""
    teller = breach()
    teller.confirms = False
    teller.ask(ev.RollbackAsked(person=PERSON, reason="dashboards look bad"))
    return teller


def blind() -> Teller:
    """Prometheus has gone away."""
    teller = told(140)
    teller.blind = lambda _elapsed_s: True
    teller.run(40)
    return teller


def paused() -> Teller:
    """A person has stopped the clock."""
    teller = healthy()
    teller.ask(ev.Paused(person=PERSON))
    teller.run(20)
    return teller


def wants_approval() -> Teller:
    """The hold is over and a person must say so."""
    return told(80, of=plan(approve=True))


def refused() -> Teller:
    """Never begun: the preflight has found something wrong."""
    teller = Teller(plan())
    words = (
        "v2 has no ready pod (0 of 3); wait until it has: kubectl -n shop rollout status deploy/checkout-v2"
    )
    teller.open(Check(name="pods of v2", ok=False, words=words))
    return teller


def promoted() -> Teller:
    """All stages passed."""
    return told(600, of=plan(weights=(5, 50, 100), hold_s=20.0))


class ListFeed:
    """Gives records that a test puts in."""

    def __init__(self, records: Sequence[ev.Record] = ()) -> None:
        self._waiting = list(records)
        self.polls = 0

    def put(self, records: Sequence[ev.Record]) -> None:
        """Make records available for the next poll."""
        self._waiting += records

    unread_bytes = 0
    """Every poll gives all there is."""

    def poll(self) -> Sequence[ev.Record]:
        """Give what is new."""
        self.polls += 1
        given, self._waiting = self._waiting, []
        return given


STORIES: dict[str, Callable[[], Teller]] = {
    "healthy": healthy,
    "breach": breach,
    "rolled-back": rolled_back,
    "not-confirmed": not_confirmed,
    "blind": blind,
    "paused": paused,
    "wants-approval": wants_approval,
    "promoted": promoted,
    "judged": judged,
    "hidden": hidden,
}


def stories() -> Iterator[tuple[str, Teller]]:
    """Every story, told."""
    return ((name, tell()) for name, tell in STORIES.items())
