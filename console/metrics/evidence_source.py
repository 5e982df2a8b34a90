"""One sample a tick out of Prometheus: the `Source` that the worker asks."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from msgspec import structs

from console.errors import EvidenceError
from console.evidence import Counts, History, Look, Pods, Sample
from console.metrics.checks import check_all, slowest_scrape_s
from console.metrics.counters import UNSURE_S
from console.metrics.events import EventTally
from console.metrics.freshness import Freshness
from console.metrics.history import stable_history
from console.metrics.lateness import Lateness
from console.metrics.named import GivenNames, Lately
from console.metrics.narrowed import narrowed
from console.metrics.presets import preset_of
from console.metrics.prometheus import Prometheus
from console.metrics.proposals import propose
from console.metrics.query_round import Questions, look, perhaps_a_part
from console.metrics.recordable import refuse_what_cannot_be
from console.metrics.stretches import SUSPECTED_SCRAPES, is_suspicious, raw_samples, window_s
from console.metrics.tally import Tally
from console.preflight import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from console.metrics.events import Serving
    from console.metrics.named import Names, PodNames
    from console.metrics.query_round import Api, View
    from console.plan.model import Plan, Version
    from console.plan.series import Series

FORGET_S = 300.0
"""Seconds for which an idle version whose series vanished is blind; later it had no requests."""

CLOCKS_APART_S = 5.0
"""Two replicas' clocks are no further apart, seconds: a clock that goes back by more was set."""

UNKNOWN_LAG_S = 60.0
"""Samples this old blind nothing before it is known how far the store is behind, seconds: twice what
VictoriaMetrics is. That is known after a few scrapes."""

MEND = "Prometheus' page Status > Targets shows what is scraped"


@dataclass(frozen=True, slots=True)
class _Counted:
    """The look that counted last: what the next one is compared with."""

    tally: Tally = field(default_factory=Tally)
    events: EventTally = field(default_factory=EventTally)
    newest_s: Mapping[str, float] = field(default_factory=dict)
    dimensions: frozenset[str] = frozenset()
    """Labels of the mesh's owners that tell requests apart, found until now."""
    busy: frozenset[str] = frozenset()
    """The workloads that had requests."""
    at_s: float = 0.0
    """When it was, by our clock."""


class PrometheusSource:
    """Gives one sample a tick, with the increments of both versions over the same span.

    Spans are measured between scrapes, by the scrapes' own timestamps. A tick counts when each version
    that has series was scraped since the last tick that counted; any other tick gives zero counts with
    `span_s` 0, and its increments come with the next that counts. So rates are true even where a scrape
    takes three ticks to come, and a gap is made good by the sample after it. The first sample has `span_s`
    0 too: it only notes where the counters stand.

    A version that never had a series had no request yet: zero counts. A version whose series vanish or
    stand still is blind: its counts are None, `trouble` says why, and both versions wait for its return.
    Where Prometheus warns, or a counter has no number, the sample is partial.
    """

    def __init__(
        self,
        plan: Plan,
        prometheus: Api,
        *,
        pods: PodNames | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask what `pods` use; where nobody knows them, nothing is asked of pods."""
        self._plan = plan
        self._pods = pods or GivenNames()
        self._versions = (plan.stable, plan.canary)
        self._prometheus = prometheus
        self._clock = clock
        self._preset = preset_of(plan.metrics)
        self._lately = Lately()
        self._counted = _Counted(tally=Tally(errors=plan.own_errors))
        self._pulses: dict[str, Freshness] = {}
        self._asked_at_s = 0.0
        self._suspects_until_s = -inf
        self._met: set[str] = set()
        """The pods that were made in our time, and have been counted."""
        self.program = ""
        self.scrape_s: float | None = None
        self._lateness = Lateness(prometheus, plan)

    @classmethod
    def connect(cls, plan: Plan) -> PrometheusSource:
        """Make a source that asks the plan's Prometheus; nothing is asked yet."""
        return cls(plan, Prometheus.of(plan.metrics))

    async def preflight(self, *, deadline_s: float = 5.0) -> tuple[Check, ...]:
        """Ask every query once, and say what came."""
        try:
            self.program = await self._prometheus.build(deadline_s=deadline_s)
        except EvidenceError as error:
            return (Check(name="prometheus", ok=False, words=error.with_hint),)
        found = Check(name="prometheus", ok=True, words=f"{self.program} at {self._plan.metrics.where}")
        await self._pods.learn(deadline_s=deadline_s)
        try:
            questions = self._questions()
        except EvidenceError as error:
            return (found, Check(name="pods in metrics", ok=False, words=error.with_hint))
        with suppress(EvidenceError):  # it is asked once more below, and said there
            self.scrape_s = await slowest_scrape_s(
                self._prometheus, self._plan, questions, deadline_s=deadline_s
            )
        late = await self._lateness.measure(questions, deadline_s=deadline_s)
        checks = await check_all(
            self._prometheus, self._plan, questions, pods=self._pods.known, deadline_s=deadline_s
        )
        return (found, *checks, *((late,) if late else ()))

    async def proposals(self, *, deadline_s: float) -> tuple[Series, ...]:
        """Find what else the versions' pods count."""
        await self._pods.learn(deadline_s=deadline_s)
        return await propose(self._prometheus, self._plan, pods=self._pods.known, deadline_s=deadline_s)

    async def sample(self, *, deadline_s: float) -> Sample:
        """Take one sample of both versions.

        Raises `EvidenceError` where the counters can't be had, are absent for both versions, or stand
        still for all that have any.
        """
        if self._preset.by_pods:
            await self._pods.learn(deadline_s=deadline_s)
        questions, began_s = self._questions(), self._clock()
        view = await look(
            self._prometheus,
            questions,
            deadline_s=deadline_s,
            pods=self._pods.known,
            dimensions=self._counted.dimensions,
        )
        clock_s = self._clock()
        sample = await self._counted_in(view, questions, clock_s=clock_s, deadline_s=deadline_s)
        left_s = deadline_s - (self._clock() - began_s)
        return await self._closer(sample, view, questions, clock_s=clock_s, left_s=left_s)

    async def _counted_in(
        self, view: View, questions: Questions, *, clock_s: float, deadline_s: float
    ) -> Sample:
        """Make the sample of what was counted."""
        self._feel(view, clock_s=clock_s)
        await self._lateness.feel(view, questions, every_s=self._every_s, deadline_s=deadline_s)
        blind = self._blind(view, clock_s=clock_s)
        if not view.newest_s or blind.keys() >= view.newest_s.keys():
            raise self._nothing_to_judge(blind, questions)
        if blind or not self._moved(view):
            counts = {each.in_metrics: Counts() for each in self._versions if each.in_metrics not in blind}
            return self._sample(view, counts=counts, blind=blind, clock_s=clock_s)
        return self._count(view, clock_s=clock_s)

    async def _closer(
        self, sample: Sample, view: View, questions: Questions, *, clock_s: float, left_s: float
    ) -> Sample:
        """Look from sample to sample where something looks like gross damage, and for some scrapes after."""
        every_s = self.scrape_s or self._every_s or self._plan.interval_s
        stable, canary = sample.stable.counts, sample.canary.counts
        if stable is not None and canary is not None and is_suspicious(stable, canary):
            self._suspects_until_s = clock_s + SUSPECTED_SCRAPES * every_s
        whole = not (sample.unsure or view.warnings)
        if not (whole and questions.raw and clock_s <= self._suspects_until_s and left_s > 0):
            return sample
        back_s = window_s(every_s)
        try:
            answer = await self._prometheus.samples(questions.raw, back_s=back_s, deadline_s=left_s)
        except EvidenceError:
            return sample  # the blocks show it, only later
        stable_name, canary_name = (each.in_metrics for each in self._versions)
        raw = raw_samples(
            answer,
            preset=questions.preset,
            stable=stable_name,
            canary=canary_name,
            began_s=view.asked_at_s - back_s,
            errors=self._plan.own_errors,
            dimensions=view.reading.dimensions,
        )
        if answer.warnings:
            return sample
        bounds_ms = sample.bounds_ms or raw.bounds_ms
        if raw.bounds_ms != bounds_ms:
            raw = replace(raw, bounds_ms=())  # the latencies of one sample are told by the same buckets
        stretches = raw.stretches(at_s=view.asked_at_s)
        closer = structs.replace(sample, bounds_ms=bounds_ms, stretches=stretches)
        refuse_what_cannot_be(closer, hint=MEND)
        return closer

    async def history(self, *, deadline_s: float) -> History | None:
        """Look back at stable's last hour; None where it can't be had in time."""
        try:
            return await stable_history(
                self._prometheus, self._plan, deadline_s=deadline_s, pods=self._asked_about()
            )
        except EvidenceError:
            return None

    def _questions(self) -> Questions:
        """Fill the queries, by the pods that are there or were a moment ago."""
        return Questions.of(self._plan, self._preset, self._asked_about() if self._preset.by_pods else {})

    def _asked_about(self) -> Mapping[str, Names]:
        """Give what the counters are asked by: names of now and of a moment ago, or addresses of now.

        An address may be another pod's a moment later, a name never is.
        """
        known = self._pods.known
        if not self._preset.by_address:
            return self._lately.see(known, clock_s=self._clock())
        return {deployment: self._counted_as(names) for deployment, names in known.items()}

    def _counted_as(self, names: Iterable[str]) -> Names:
        """Name pods as their counters do."""
        if not self._preset.by_address:
            return tuple(names)
        addresses = self._pods.addresses
        return tuple(sorted(addresses[name] for name in names if name in addresses))

    def _feel(self, view: View, *, clock_s: float) -> None:
        interval_s = self._plan.interval_s
        known = (self.scrape_s,) if self.scrape_s else ()
        set_back = view.asked_at_s < self._asked_at_s - CLOCKS_APART_S
        self._asked_at_s = view.asked_at_s or self._asked_at_s
        for workload, newest_s in view.newest_s.items():
            pulse = self._pulses.get(workload) or Freshness(newest_s, clock_s, known)
            self._pulses[workload] = pulse.beat(
                newest_s=newest_s, clock_s=clock_s, interval_s=interval_s, set_back=set_back
            )

    def _blind(self, view: View, *, clock_s: float) -> dict[str, str]:
        """Find the workloads that can't be judged, each with the sentence that says why."""
        reasons = {}
        for version in self._versions:
            if reason := self._blindness(version, view, clock_s=clock_s):
                reasons[version.in_metrics] = reason
        return reasons

    def _blindness(self, version: Version, view: View, *, clock_s: float) -> str:
        pulse = self._pulses.get(version.in_metrics)
        if pulse is None:
            return ""
        still_s = clock_s - pulse.moved_at_s
        if version.in_metrics not in view.newest_s:
            forgotten = still_s > FORGET_S and version.in_metrics not in self._counted.busy
            return f"{version.name} vanished from Prometheus {still_s:.0f} s ago" * (not forgotten)
        asked_at_s = view.asked_at_s - self._lateness.lag_s
        age_s = max(
            pulse.age_s(asked_at_s=asked_at_s, clock_s=clock_s),
            asked_at_s - view.newest_s[version.in_metrics],
        )
        limit_s = pulse.limit_s(interval_s=self._plan.interval_s)
        if not self._lateness.known:
            limit_s = max(limit_s, UNKNOWN_LAG_S)
        if age_s <= limit_s:
            return ""
        if still_s <= limit_s:
            return f"{version.name}: samples come late, the newest is {age_s:.0f} s old by Prometheus' clock"
        return f"{version.name}: samples no longer move, the newest is {age_s:.0f} s old"

    def _nothing_to_judge(self, blind: Mapping[str, str], questions: Questions) -> EvidenceError:
        if blind:
            return EvidenceError("; ".join(blind.values()), hint=MEND)
        names = " or ".join(version.in_metrics for version in self._versions)
        return EvidenceError(
            f"Prometheus has no series for {names} in namespace {self._plan.namespace}",
            hint=f"this was asked{narrowed(self._plan.metrics)}: {questions.requests}",
        )

    def _moved(self, view: View) -> bool:
        before = self._counted.newest_s
        return all(
            newest_s != before.get(each) and newest_s == self._pulses[each].newest_s
            for each, newest_s in view.newest_s.items()
        )

    def _count(self, view: View, *, clock_s: float) -> Sample:
        before, span_s = self._counted, self._span_s(view, clock_s=clock_s)
        anew = any(newest_s < before.newest_s.get(each, newest_s) for each, newest_s in view.newest_s.items())
        new = self._first_seen(view)
        tally, increments = before.tally.add(
            view.reading, now_s=clock_s, stamped_anew=anew, new=new, apart_s=self._apart_s
        )
        events, happened = before.events.add(
            view.events, reading=view.reading, now_s=clock_s, serving=self._serving
        )
        busy = (each.in_metrics for each in self._versions if increments.of(each.in_metrics).requests)
        whole = not self._partial(view)  # else nobody knows which requests the events belong to
        events_then = events if whole else EventTally()
        self._counted = _Counted(
            tally, events_then, view.newest_s, view.reading.dimensions, frozenset(busy), clock_s
        )
        if span_s <= 0:  # the first look
            counts = {each.in_metrics: Counts() for each in self._versions}
            return self._sample(view, counts=counts, clock_s=clock_s)
        return self._sample(
            view,
            counts={each.in_metrics: increments.of(each.in_metrics) for each in self._versions},
            events={each.in_metrics: happened.of(each.in_metrics) for each in self._versions if whole},
            unknown=tuple(
                f"{event}: {each.name} serves, but not all of its counters are seen"
                for event, workload in sorted(happened.unknown)
                for each in self._versions
                if each.in_metrics == workload
            ),
            bounds_ms=increments.bounds_ms,
            span_s=span_s,
            clock_s=clock_s,
        )

    @property
    def _serving(self) -> Serving | None:
        """Name the pods that should count events; None where those that count requests are the same."""
        if self._preset.at_pods:
            return None
        known = self._pods.known
        return frozenset(
            (each.in_metrics, pod) for each in self._versions for pod in known.get(each.deployment, ())
        )

    @property
    def _every_s(self) -> float | None:
        """How often samples come; None before a few looks have shown it."""
        return max(filter(None, (pulse.every_s for pulse in self._pulses.values())), default=None)

    @property
    def _apart_s(self) -> float:
        """How far two scrapers' clocks may be apart, seconds.

        Where one scrapes more often than that, to wait for a scrape that is surely later would lose what a
        process served since its restart: its stamps are believed.
        """
        every_s = self.scrape_s or self._every_s
        return 0.0 if every_s is not None and every_s < UNSURE_S else UNSURE_S

    def _first_seen(self, view: View) -> frozenset[str]:
        """Name the pods that were made in our time and are counted for the first time.

        Once is enough: what is lost from sight for long, and comes back, does not begin again.
        """
        there = {series.process.pod for series in view.reading.requests}
        new = frozenset(self._counted_as(self._pods.young)) & there - self._met
        self._met |= new
        return new

    def _span_s(self, view: View, *, clock_s: float) -> float:
        """Measure since the look that counted last, by the stamps of the scrapes; 0 where there was none.

        Where that clock was set, or this machine slept, the longer time counts: a rate that is too small
        makes nobody hurry.
        """
        before = self._counted
        if not before.newest_s:
            return 0.0
        by_stamps_s = max(view.newest_s.values()) - max(before.newest_s.values())
        by_ours_s = clock_s - before.at_s
        slack_s = max(self._pulses[each].limit_s(interval_s=self._plan.interval_s) for each in view.newest_s)
        agree = by_stamps_s > 0 and abs(by_stamps_s - by_ours_s) <= slack_s
        return round(by_stamps_s if agree else max(by_stamps_s, by_ours_s), 3)

    def _partial(self, view: View) -> tuple[str, ...]:
        """Say why there may be more than was seen; empty where there can't be."""
        no_number = (
            f"{version.name}: a counter is NaN or infinite"
            for version in self._versions
            if version.in_metrics in view.reading.broken
        )
        warned = map(perhaps_a_part, view.warnings)
        return (*no_number, *warned)

    def _sample(
        self,
        view: View,
        *,
        counts: Mapping[str, Counts],
        clock_s: float,
        events: Mapping[str, dict[str, float]] | None = None,
        unknown: tuple[str, ...] = (),
        blind: Mapping[str, str] | None = None,
        bounds_ms: tuple[float, ...] = (),
        span_s: float = 0.0,
    ) -> Sample:
        lag_s = self._lateness.lag_s
        ages_s = (
            self._pulses[each].age_s(asked_at_s=view.asked_at_s - lag_s, clock_s=clock_s)
            for each in view.newest_s
        )
        stable, canary = (
            Look(
                counts=counts.get(version.in_metrics),
                pods=view.pods.get(version.in_metrics, Pods()),
                business=view.business.get(version.in_metrics, {}),
                events=(events or {}).get(version.in_metrics, {}),
            )
            for version in self._versions
        )
        partial = self._partial(view)
        unseen = (*(blind or {}).values(), *partial)
        sample = Sample(
            span_s=span_s,
            data_age_s=round(min(ages_s), 3),
            lag_s=round(lag_s, 3),
            bounds_ms=bounds_ms,
            stable=stable,
            canary=canary,
            trouble="; ".join((*unseen, *((MEND,) if unseen else ()), *unknown, *view.trouble)),
            partial=bool(partial),
        )
        refuse_what_cannot_be(sample, hint=MEND)
        return sample
