"""One look at Prometheus: every query of a plan, asked at once, and the answers put in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from console.errors import EvidenceError
from console.evidence import Pods
from console.metrics.answer import Answer
from console.metrics.named import one_of
from console.metrics.promql import CPU, MEMORY, WATCHED, event_query
from console.metrics.tally import read
from console.metrics.template import fill
from console.plan.model import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from console.metrics.named import Names
    from console.metrics.preset import Preset
    from console.metrics.range_answer import RangeAnswer
    from console.metrics.tally import Reading
    from console.plan.model import Plan, Version


LONGEST_QUESTION = 16_000
"""The longest question, characters: VictoriaMetrics refuses one of more than 16,384 bytes. Where it names
pods it has room for some 200 of each version."""
SCRAPED = ("", "watched")
"""The key of the question which processes are scraped, of both versions at once."""


class Api(Protocol):
    """What is needed of Prometheus."""

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        """Evaluate `promql` now, or raise `EvidenceError`."""

    async def query_range(
        self, promql: str, *, start_s: float, end_s: float, step_s: float, deadline_s: float
    ) -> RangeAnswer:
        """Evaluate `promql` at every step, or raise `EvidenceError`."""

    async def samples(self, selector: str, *, back_s: float, deadline_s: float) -> RangeAnswer:
        """Return the raw samples of the last `back_s` seconds, or raise `EvidenceError`."""

    async def build(self, *, deadline_s: float) -> str:
        """Say which program answers, or raise `EvidenceError`."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The queries of a plan, filled in. Keys of the last two: the workload, and the metric's name."""

    preset: Preset
    counters: str
    """What a look asks; the next two are its parts as people read them, and as the past is asked for."""
    requests: str
    buckets: str
    """Empty where latency is not told."""
    raw: str
    """A selector of the counters whose raw samples can be had; empty where they can't."""
    newest: str
    scraped_every: str
    hosts: Mapping[str, str]
    """The workload behind each host, where each version has one of its own."""
    namespace: str
    deployment_of: Mapping[str, str]
    """The Deployment of each workload; metrics may know it by another name."""
    business: Mapping[tuple[str, str], str]
    events: Mapping[tuple[str, str], str]

    @staticmethod
    def of(plan: Plan, preset: Preset, pods: Mapping[str, Names] | None = None) -> Questions:
        """Fill the preset's templates and the plan's own; `pods` are each Deployment's.

        Raises `EvidenceError` where they tell the versions apart, and are not known or too many.
        """
        asked = partial(filled, plan=plan, preset=preset, pods=pods or {})
        hosts = hosts_of(plan)
        business, events = {}, {}
        for version in (plan.stable, plan.canary):
            one = {
                "namespace": plan.namespace,
                "deployment": version.deployment,
                "version": version.name,
            }
            for name, template in plan.metrics.business.items():
                business[version.in_metrics, name] = fill(template, one)
            for name, selector in plan.metrics.events.items():
                events[version.in_metrics, name] = fill(event_query(selector), one)
        return Questions(
            preset=preset,
            counters=" or ".join(map(asked, _parts(preset, hosts))),
            hosts=hosts,
            requests=asked(preset.requests),
            buckets=asked(preset.buckets),
            raw=asked(preset.raw),
            newest=asked(preset.newest),
            scraped_every=asked(preset.scraped_every),
            namespace=plan.namespace,
            deployment_of={each.in_metrics: each.deployment for each in (plan.stable, plan.canary)},
            business=business,
            events=events,
        )

    def beside(self, pods: Mapping[str, Names]) -> dict[tuple[str, str], str | EvidenceError]:
        """Return all that decorates a look: where one of these fails, the rest is good."""
        return {**self.of_pods(pods), **self.business, **self.events}

    def of_pods(self, pods: Mapping[str, Names]) -> dict[tuple[str, str], str | EvidenceError]:
        """Ask of these pods, by Deployment, what they use, and of all of them whether they are scraped.

        Where there are none nothing is asked; an error stands for what can't be.
        """
        there = {each: pods[of] for each, of in self.deployment_of.items() if pods.get(of)}
        every = [name for names in there.values() for name in names]
        asked = {SCRAPED: self._of(WATCHED, every)} if every else {}
        for workload, names in there.items():
            asked[workload, Metric.CPU.value] = self._of(CPU, names)
            asked[workload, Metric.MEMORY.value] = self._of(MEMORY, names)
        return asked

    def _of(self, template: str, names: Iterable[str]) -> str | EvidenceError:
        try:
            return fill(template, {"namespace": self.namespace, "pods": one_of(names)})
        except EvidenceError as error:
            return error


def _parts(preset: Preset, hosts: Mapping[str, str]) -> tuple[str, ...]:
    return (preset.counters, preset.callers.astray) if hosts and preset.callers else (preset.counters,)


def hosts_of(plan: Plan) -> dict[str, str]:
    """Return the versions' own hosts, by their short names; none where they share one."""
    if (router := plan.known) is None:
        return {}
    sides = tuple(zip(router.hosts, (plan.stable, plan.canary), strict=True))
    hosts = {host.partition(".")[0]: version.in_metrics for host, version in sides if host}
    return hosts if len(hosts) == len(sides) else {}


def filled(
    template: str,
    *,
    plan: Plan,
    preset: Preset,
    pods: Mapping[str, Names],
    versions: Sequence[Version] = (),
) -> str:
    """Fill a preset's template for these versions, both unless given; empty where there is none.

    Raises `EvidenceError` where their pods are to be named, and are not known, none or too many.
    """
    versions = versions or (plan.stable, plan.canary)
    if not template:
        return ""
    if not preset.of_one:
        workloads = tuple(each.in_metrics for each in versions)
        hosts = tuple(hosts_of(plan))
        return fill(template, {"namespace": plan.namespace, "workloads": workloads, "hosts": hosts})
    there = [each for each in versions if not preset.by_pods or _named(each, pods)]
    if not there:
        names = " and ".join(each.deployment for each in versions)
        raise EvidenceError(
            f"{names} {'have' if len(versions) > 1 else 'has'} no pod, so nothing counts requests",
            hint="a pod in its node's network has no address of its own" if preset.by_address else "",
        )
    promql = " or ".join(
        fill(template, _of_one(each, plan, pods if preset.by_pods else {})) for each in there
    )
    if len(promql) > LONGEST_QUESTION:
        count = sum(len(pods.get(each.deployment, ())) for each in there)
        raise EvidenceError(
            f"{count} pods are more than a question can name",
            hint="tell the versions by a label: write version: beside the series' names",
        )
    return promql


def _named(version: Version, pods: Mapping[str, Names]) -> Names:
    if version.deployment not in pods:
        raise EvidenceError(
            f"nobody could list the pods of {version.deployment}, and they alone tell whose a counter is",
            hint="where the series have a label for the version, write it as version: beside their names",
        )
    return pods[version.deployment]


def _of_one(version: Version, plan: Plan, pods: Mapping[str, Names]) -> dict[str, str | tuple[str, ...]]:
    return {
        "namespace": plan.namespace,
        "workload": version.in_metrics,
        "version": version.name,
        "pods": one_of(pods.get(version.deployment, ())),
    }


@dataclass(frozen=True, slots=True)
class View:
    """What one look brought, before it is compared with the look before."""

    reading: Reading
    asked_at_s: float
    """When Prometheus answered, by its own clock; 0 where there is no series."""
    pods: Mapping[str, Pods]
    """CPU and memory by workload."""
    business: Mapping[str, dict[str, float]]
    """By workload; a metric without a finite value is absent."""
    events: Mapping[str, Mapping[str, Answer]]
    """Counters by event and workload; an event that could not be asked for everywhere is absent."""
    trouble: tuple[str, ...]
    """What could not be had."""
    warnings: tuple[str, ...]
    """What Prometheus warned of where it was asked for the counters: there may be more than it gave."""

    @property
    def newest_s(self) -> Mapping[str, float]:
        """When the newest sample of each workload was scraped; a workload without series is absent."""
        return self.reading.newest_s


async def look(
    api: Api,
    questions: Questions,
    *,
    deadline_s: float,
    pods: Mapping[str, Names],
    dimensions: frozenset[str] = frozenset(),
) -> View:
    """Ask everything at once; what is asked of pods, of these.

    Raises `EvidenceError` where the counters can't be had. Any other query that fails is left out, and
    named in the view's `trouble`.
    """
    beside = questions.beside(pods)
    answers = await asyncio.gather(
        *(_attempt(api, promql, deadline_s=deadline_s) for promql in (questions.counters, *beside.values()))
    )
    counters = _needed(answers[0])
    found = dict(zip(beside, answers[1:], strict=True))
    watched = found.pop(SCRAPED, None)
    happened = {each: found.pop(each) for each in questions.events}
    events, lost = _events(happened)
    numbers, trouble = _numbers(found)
    return View(
        reading=read(
            counters,
            watched=watched if isinstance(watched, Answer) else None,
            preset=questions.preset,
            hosts=questions.hosts,
            dimensions=dimensions,
        ),
        asked_at_s=counters.at_s or 0.0,
        pods=_pods(numbers, questions),
        business=_business(numbers, questions),
        events=events,
        trouble=(*lost, *trouble),
        warnings=tuple(dict.fromkeys(counters.warnings)),
    )


async def _attempt(api: Api, promql: str | EvidenceError, *, deadline_s: float) -> Answer | EvidenceError:
    if isinstance(promql, EvidenceError):
        return promql
    try:
        return await api.query(promql, deadline_s=deadline_s)
    except EvidenceError as error:
        return error


def _needed(answer: Answer | EvidenceError) -> Answer:
    if isinstance(answer, EvidenceError):
        raise answer
    return answer


def _whole(answer: Answer) -> Answer:
    """Refuse a number that may be of a part only: the warning counts for the query that had it."""
    if answer.warnings:
        raise EvidenceError(perhaps_a_part(answer.warnings[0]))
    return answer


def perhaps_a_part(warning: str) -> str:
    """Say what a warning of Prometheus means for what was seen."""
    return f"perhaps only a part was seen, Prometheus warns: {warning}"


def _numbers(
    found: Mapping[tuple[str, str], Answer | EvidenceError],
) -> tuple[dict[tuple[str, str], float], tuple[str, ...]]:
    """Split what came into numbers and sentences; a query that fails for both versions says so once."""
    numbers: dict[tuple[str, str], float] = {}
    trouble: dict[str, None] = {}
    for (workload, name), answer in found.items():
        try:
            number = _whole(_needed(answer)).number()
        except EvidenceError as error:
            trouble[f"{name}: {error}"] = None
        else:
            if number is not None:
                numbers[workload, name] = number
    return numbers, tuple(trouble)


def _events(
    found: Mapping[tuple[str, str], Answer | EvidenceError],
) -> tuple[dict[str, dict[str, Answer]], tuple[str, ...]]:
    """Order the counters by event, and say which could not be had whole."""
    events: dict[str, dict[str, Answer]] = {}
    trouble: dict[str, str] = {}
    for (workload, name), answer in found.items():
        try:
            events.setdefault(name, {})[workload] = _whole(_needed(answer))
        except EvidenceError as error:
            trouble[name] = f"{name}: {error}"
    whole = {name: each for name, each in events.items() if name not in trouble}
    return whole, tuple(trouble.values())


def _pods(numbers: Mapping[tuple[str, str], float], questions: Questions) -> dict[str, Pods]:
    return {
        each: Pods(cpu_cores=numbers.get((each, Metric.CPU)), memory_bytes=numbers.get((each, Metric.MEMORY)))
        for each in questions.deployment_of
    }


def _business(numbers: Mapping[tuple[str, str], float], questions: Questions) -> dict[str, dict[str, float]]:
    business: dict[str, dict[str, float]] = {}
    for workload, name in questions.business:
        if (workload, name) in numbers:
            business.setdefault(workload, {})[name] = numbers[workload, name]
    return business
