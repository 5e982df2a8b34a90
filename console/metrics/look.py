"""One look at Prometheus: every query of a plan, asked at once, and the answers put in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from console.errors import EvidenceError
from console.evidence import Pods
from console.metrics.answer import Answer
from console.metrics.presets import event_query
from console.metrics.tally import read
from console.metrics.template import fill
from console.plan.model import IstioRouter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.metrics.presets import Preset
    from console.metrics.range_answer import RangeAnswer
    from console.metrics.tally import Reading
    from console.plan.model import Plan


class Api(Protocol):
    """What is needed of Prometheus."""

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        """Evaluate `promql` now, or raise `EvidenceError`."""

    async def query_range(
        self, promql: str, *, start_s: float, end_s: float, step_s: float, deadline_s: float
    ) -> RangeAnswer:
        """Evaluate `promql` at every step, or raise `EvidenceError`."""

    async def build(self, *, deadline_s: float) -> str:
        """Say which program answers, or raise `EvidenceError`."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The queries of a plan, filled in. Keys of the last three: the deployment, and the metric's name."""

    preset: Preset
    counters: str
    """What a look asks; the next two are its parts as people read them, and as the past is asked for."""
    requests: str
    buckets: str
    watched: str
    hosts: Mapping[str, str]
    """The deployment behind each host, where each version has one of its own."""
    usage: Mapping[tuple[str, str], str]
    """`cpu` and `memory`."""
    business: Mapping[tuple[str, str], str]
    events: Mapping[tuple[str, str], str]

    @staticmethod
    def of(plan: Plan, preset: Preset) -> Questions:
        """Fill the preset's templates and the plan's own."""
        both, hosts = both_versions(plan), hosts_of(plan)
        usage, business, events = {}, {}, {}
        for version in (plan.stable, plan.canary):
            one = {
                "namespace": plan.namespace,
                "deployment": version.deployment,
                "version": version.name,
            }
            usage[version.deployment, "cpu"] = fill(preset.cpu, one)
            usage[version.deployment, "memory"] = fill(preset.memory, one)
            for name, template in plan.metrics.business.items():
                business[version.deployment, name] = fill(template, one)
            for name, selector in plan.metrics.events.items():
                events[version.deployment, name] = fill(event_query(selector), one)
        return Questions(
            preset=preset,
            counters=" or ".join(
                fill(part, {**both, "hosts": tuple(hosts)}) for part in _parts(preset, hosts)
            ),
            hosts=hosts,
            requests=fill(preset.requests, both),
            buckets=fill(preset.buckets, both),
            watched=fill(preset.watched, both),
            usage=usage,
            business=business,
            events=events,
        )

    @property
    def beside(self) -> Mapping[tuple[str, str], str]:
        """All that decorates a look: where one of these fails, the rest is good."""
        return {("", "watched"): self.watched, **self.usage, **self.business, **self.events}


def _parts(preset: Preset, hosts: Mapping[str, str]) -> tuple[str, ...]:
    return (preset.counters, preset.astray) if hosts else (preset.counters,)


def hosts_of(plan: Plan) -> dict[str, str]:
    """Give the versions' own hosts, by their short names; none where they share one."""
    if not isinstance(plan.router, IstioRouter):
        return {}
    sides = ((plan.router.stable, plan.stable), (plan.router.canary, plan.canary))
    hosts = {to.host.partition(".")[0]: version.deployment for to, version in sides if to.host}
    return hosts if len(hosts) == len(sides) else {}


def both_versions(plan: Plan) -> dict[str, str | tuple[str, ...]]:
    """Give what the queries for both versions at once are filled with."""
    return {
        "namespace": plan.namespace,
        "deployments": (plan.stable.deployment, plan.canary.deployment),
    }


@dataclass(frozen=True, slots=True)
class View:
    """What one look brought, before it is compared with the look before."""

    reading: Reading
    asked_at_s: float
    """When Prometheus answered, by its own clock; 0 where there is no series."""
    pods: Mapping[str, Pods]
    """CPU and memory by deployment."""
    business: Mapping[str, dict[str, float]]
    """By deployment; a metric without a finite value is absent."""
    events: Mapping[str, Mapping[str, Answer]]
    """Counters by event and deployment; an event that could not be asked for everywhere is absent."""
    trouble: tuple[str, ...]
    """What could not be had."""
    warnings: tuple[str, ...]
    """What Prometheus warned of where it was asked for the counters: there may be more than it gave."""

    @property
    def newest_s(self) -> Mapping[str, float]:
        """When the newest sample of each workload was scraped; a workload without series is absent."""
        return self.reading.newest_s


async def look(
    api: Api, questions: Questions, *, deadline_s: float, dimensions: frozenset[str] = frozenset()
) -> View:
    """Ask everything at once.

    Raises `EvidenceError` where the counters can't be had. Any other query that fails is left out, and
    named in the view's `trouble`.
    """
    beside = questions.beside
    answers = await asyncio.gather(
        *(_attempt(api, promql, deadline_s=deadline_s) for promql in (questions.counters, *beside.values()))
    )
    counters = _needed(answers[0])
    found = dict(zip(beside, answers[1:], strict=True))
    watched = found.pop(("", "watched"))
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


async def _attempt(api: Api, promql: str, *, deadline_s: float) -> Answer | EvidenceError:
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
    for (deployment, name), answer in found.items():
        try:
            number = _whole(_needed(answer)).number()
        except EvidenceError as error:
            trouble[f"{name}: {error}"] = None
        else:
            if number is not None:
                numbers[deployment, name] = number
    return numbers, tuple(trouble)


def _events(
    found: Mapping[tuple[str, str], Answer | EvidenceError],
) -> tuple[dict[str, dict[str, Answer]], tuple[str, ...]]:
    """Order the counters by event, and say which could not be had whole."""
    events: dict[str, dict[str, Answer]] = {}
    trouble: dict[str, str] = {}
    for (deployment, name), answer in found.items():
        try:
            events.setdefault(name, {})[deployment] = _whole(_needed(answer))
        except EvidenceError as error:
            trouble[name] = f"{name}: {error}"
    whole = {name: each for name, each in events.items() if name not in trouble}
    return whole, tuple(trouble.values())


def _pods(numbers: Mapping[tuple[str, str], float], questions: Questions) -> dict[str, Pods]:
    deployments = {deployment for deployment, _ in questions.usage}
    return {
        each: Pods(cpu_cores=numbers.get((each, "cpu")), memory_bytes=numbers.get((each, "memory")))
        for each in deployments
    }


def _business(numbers: Mapping[tuple[str, str], float], questions: Questions) -> dict[str, dict[str, float]]:
    business: dict[str, dict[str, float]] = {}
    for deployment, name in questions.business:
        if (deployment, name) in numbers:
            business.setdefault(deployment, {})[name] = numbers[deployment, name]
    return business
