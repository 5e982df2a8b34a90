"""What is looked at in Prometheus before the first write: every query asked once, one line each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from console.errors import EvidenceError
from console.metrics.edges import KEEP, edges_in, limits_in, mend_of, needs_buckets, trouble_with
from console.metrics.narrowed import narrowed
from console.metrics.outcomes import NOBODY
from console.metrics.promql import scraped_every
from console.metrics.template import fill
from console.plan.model import Metric
from console.plan.plan_words import value_in_words
from console.plan.units import words_count
from console.preflight import Check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from console.metrics.answer import Answer
    from console.metrics.named import Names
    from console.metrics.preset import Preset
    from console.metrics.query_round import Api, Questions
    from console.plan.model import Plan, Version


USAGE = (Metric.CPU, Metric.MEMORY)
_NEEDED = ", and a guard of this plan needs it"


async def check_all(
    api: Api, plan: Plan, questions: Questions, *, pods: Mapping[str, Names], deadline_s: float
) -> tuple[Check, ...]:
    """Look at everything that the plan will ask of a Prometheus that answers, of these pods too."""
    checks = _Checks(api, plan, questions, pods=pods, deadline_s=deadline_s)
    lines: list[Awaitable[Check]] = [
        _line(checks.requests(plan.stable, wanted=True), f"requests of {plan.stable.in_metrics}"),
        _line(checks.requests(plan.canary, wanted=False), f"requests of {plan.canary.in_metrics}"),
        _line(checks.latency(), "latency buckets", needed=bool(needs_buckets(plan))),
        _line(checks.freshness(), "scrape interval"),
        *(_line(checks.usage(metric), metric.value, needed=metric in checks.watched) for metric in USAGE),
        *(_line(checks.business(name), name) for name in plan.metrics.business),
        *(_line(checks.event(name), name) for name in plan.metrics.events),
    ]
    return (*await asyncio.gather(*lines), *_untold(plan, questions.preset))


async def _line(look: Awaitable[Check], name: str, *, needed: bool = True) -> Check:
    """Make a line too of a look that is not answered: all is well where nobody needs it."""
    try:
        return await look
    except EvidenceError as error:
        return Check(name=name, ok=not needed, words=error.with_hint)


def _untold(plan: Plan, preset: Preset) -> tuple[Check, ...]:
    """Refuse what a guard wants and nobody tells here."""
    watched = {guard.metric for stage in plan.stages for guard in stage.guards}
    untold = {
        Metric.GRPC_ERRORS: "" if preset.grpc_label else "no gRPC status is told",
        Metric.NO_ANSWER: "" if preset.unanswered else "no request without an answer is told",
    }
    return tuple(
        Check(name=metric, ok=False, words=f"{words} by {preset.program}{_NEEDED}")
        for metric, words in untold.items()
        if words and metric in watched
    )


async def scrape_interval_s(api: Api, questions: Questions, *, deadline_s: float) -> float | None:
    """Ask how often the versions are scraped; None where their series are too young to tell it."""
    return (await api.query(questions.scraped_every, deadline_s=deadline_s)).number()


async def newest_age_s(api: Api, questions: Questions, *, deadline_s: float) -> float | None:
    """Ask how old the newest sample is, by Prometheus' own clock; None where there is none."""
    answer = await api.query(questions.newest, deadline_s=deadline_s)
    stamps = [row.value for row in answer.rows if row.value is not None]
    return answer.at_s - max(stamps) if stamps and answer.at_s is not None else None


async def slowest_scrape_s(api: Api, plan: Plan, questions: Questions, *, deadline_s: float) -> float | None:
    """Ask how often all that is counted has been scraped again: events may come less often."""
    asked = [
        scrape_interval_s(api, questions, deadline_s=deadline_s),
        *(event_interval_s(api, plan, name, deadline_s=deadline_s) for name in plan.metrics.events),
    ]
    found = await asyncio.gather(*asked)
    return max((every_s for every_s in found if every_s is not None), default=None)


async def event_interval_s(api: Api, plan: Plan, name: str, *, deadline_s: float) -> float | None:
    """Ask how often stable's counter of an event is scraped."""
    stable = {"namespace": plan.namespace, "version": plan.stable.name}
    promql = fill(scraped_every(plan.metrics.events[name]), stable)
    return (await api.query(promql, deadline_s=deadline_s)).number()


class _Checks:
    """The looks, each of which ends in a line."""

    def __init__(
        self, api: Api, plan: Plan, questions: Questions, *, pods: Mapping[str, Names], deadline_s: float
    ) -> None:
        self._api = api
        self._pods = pods
        self._plan = plan
        self._questions = questions
        self._deadline_s = deadline_s
        self.watched = {guard.metric for stage in plan.stages for guard in stage.guards}

    async def requests(self, version: Version, *, wanted: bool) -> Check:
        """Whether the version's requests are counted; the canary's need not be, before its first one."""
        name = f"requests of {version.in_metrics}"
        answer = await self._ask(self._questions.requests)
        label = self._questions.preset.workload_label
        rows = [row for row in answer.rows if row.labels.get(label) == version.in_metrics]
        if not rows and wanted:
            return Check(name=name, ok=False, words=await self._what_is_there(version))
        if not rows:
            return Check(name=name, ok=True, words="no series yet: normal before its first request")
        preset = self._questions.preset
        if preset.status_is and not any(_has_status(row.labels, preset) for row in rows):
            return Check(name=name, ok=False, words=f"no series has an {preset.status_is}")
        pods = words_count(len({preset.process(row.labels).pod for row in rows}), "pod")
        words = f"{words_count(len(rows), 'series', 'series')} {'of' if preset.at_pods else 'told by'} {pods}"
        if answer.warnings:
            warned = f"{words}; nothing goes forward while Prometheus warns: {answer.warnings[0]}"
            return Check(name=name, ok=True, words=warned, warning=True)
        twice = _scraped_twice(answer, preset)
        if twice and preset.of_one:
            twice += ["are these two programs? Then choose the one that serves, as where: beside its name"]
        return Check(
            name=name, ok=True, words="; ".join((words, *twice)), warning=bool(twice) and preset.of_one
        )

    async def latency(self) -> Check:
        """Whether there are latency buckets, and with edges that tell the plan's limits."""
        name, needed = "latency buckets", needs_buckets(self._plan)
        if not self._questions.buckets:
            words = "no histogram is named: latency is not judged"
            needing = (
                f", and is needed for {', '.join(needed)}: name its buckets as latency:" if needed else ""
            )
            return Check(name=name, ok=not needed, words=words + needing, warning=not needed)
        answer = await self._ask(self._questions.buckets)
        if not answer.rows:
            words = f"no series: latency is unknown, and is needed for {', '.join(needed)}; {KEEP}"
            return Check(name=name, ok=not needed, words=words if needed else "no series: latency is unknown")
        preset = self._questions.preset
        edges_ms = edges_in((row.labels for row in answer.rows), unit_ms=preset.latency_unit_ms)
        limits = limits_in(self._plan)
        troubles = [*filter(None, (trouble_with(limit, edges_ms, preset=preset) for limit in limits))]
        if troubles:
            mend = mend_of(edges_ms, preset=preset)
            return Check(name=name, ok=False, words=f"{'; '.join(troubles)}; {mend}")
        return Check(name=name, ok=True, words=f"{len(edges_ms) + 1} buckets, {preset.latency_is}")

    async def freshness(self) -> Check:
        """How often samples come, beside how often they are looked at."""
        tick = f"a tick of {self._plan.interval_s:g} s"
        every_s = await scrape_interval_s(self._api, self._questions, deadline_s=self._deadline_s)
        if every_s is None:
            return Check(name="scrape interval", ok=True, words="the series are too young to tell it")
        repeats = f"; {tick} repeats samples" if every_s > self._plan.interval_s else f", {tick}"
        return Check(name="scrape interval", ok=True, words=f"scraped every {every_s:.2g} s{repeats}")

    async def usage(self, metric: Metric) -> Check:
        """Whether CPU or memory is there; only a guard makes it necessary."""
        needed, stable = metric in self.watched, self._plan.stable
        deployment = stable.deployment
        asked = self._questions.of_pods(self._pods).get((stable.in_metrics, metric))
        if asked is None:
            words = f"nobody could list the pods of {deployment}, or it has none: it is left out"
            return Check(name=metric.value, ok=not needed, words=words + _NEEDED * needed)
        value = (await self._ask(asked)).number()
        if value is None:
            words = "no series: it is left out" + _NEEDED * needed
            return Check(name=metric.value, ok=not needed, words=words)
        return Check(name=metric.value, ok=True, words=f"{value_in_words(metric, value)} for {deployment}")

    async def business(self, name: str) -> Check:
        """Whether one of the plan's own queries is understood, and gives one number."""
        value = (await self._ask(self._questions.business[self._plan.stable.in_metrics, name])).number()
        words = "no value now" if value is None else f"{value:.4g}"
        return Check(name=name, ok=True, words=f"{words} for {self._plan.stable.name}")

    async def event(self, name: str) -> Check:
        """Whether an event's counter is there; a version without one counts as one without events."""
        stable, canary = self._plan.stable, self._plan.canary
        found = {
            each.name: len((await self._ask(self._questions.events[each.in_metrics, name])).rows)
            for each in (stable, canary)
        }
        every_s = await event_interval_s(self._api, self._plan, name, deadline_s=self._deadline_s)
        if not found[stable.name]:
            words = f"no series for {stable.name}: it is not judged; is this its counter's name?"
            return Check(name=name, ok=True, words=words, warning=True)
        words = f"{found[stable.name]} series for {stable.name}, {found[canary.name]} for {canary.name}"
        if not found[canary.name]:
            words += f": without one {canary.name} counts as having no {name}"
        words += f"; scraped every {every_s:.2g} s" if every_s else ""
        return Check(name=name, ok=True, words=words, warning=not found[canary.name])

    async def _what_is_there(self, version: Version) -> str:
        """Say what a person needs to mend the plan or the mesh when a version is not found."""
        preset = self._questions.preset
        workloads = fill(preset.workloads, {"namespace": self._plan.namespace, "version": version.name})
        answer = await self._ask(workloads)
        if preset.of_one:
            return _others(answer, version, preset, asked=workloads)
        if not answer.rows:
            part = narrowed(self._plan.metrics)
            asks = "is that the right part of it?" if part else f"does it scrape {preset.program}?"
            return f"Prometheus has no requests of any workload{part}: {asks}"
        names = sorted({row.labels.get(preset.workload_label, "") for row in answer.rows})
        near = get_close_matches(version.in_metrics, names, n=3, cutoff=0.5) or names[:3]
        here = [row for row in answer.rows if row.labels.get(preset.workload_label) == version.in_metrics]
        if here:
            found = "; ".join(sorted({_described(row.labels) for row in here}))
            means = [
                words
                for (label, value), words in preset.instead.items()
                if all(row.labels.get(label) == value for row in here)
            ]
            return "; ".join((f"no series as the preset asks for, but there are {found}", *means))
        return (
            f"no series of {version.in_metrics} in namespace {self._plan.namespace}, among {len(names)}"
            f" workloads; the nearest: {', '.join(near)}{_named_there(version, preset)}"
        )

    async def _ask(self, promql: str | EvidenceError) -> Answer:
        if isinstance(promql, EvidenceError):
            raise promql
        return await self._api.query(promql, deadline_s=self._deadline_s)


def _has_status(labels: Mapping[str, str], preset: Preset) -> bool:
    return bool(labels.get(preset.grpc_label)) if preset.grpc_label else labels[preset.code_label] != NOBODY


def _others(answer: Answer, version: Version, preset: Preset, *, asked: str) -> str:
    """Say what there is instead of a version that the plan's own series do not know."""
    label = preset.apart_label
    if not answer.rows:
        return f"Prometheus has no such series: are name and labels right in {asked}?"
    names = sorted(filter(None, (row.labels.get(label, "") for row in answer.rows)))
    if not names:
        return f"no series has the label {label}, so the versions can't be told apart by it: asked {asked}"
    near = get_close_matches(version.in_metrics, names, n=3, cutoff=0.3) or names[:3]
    return f"no series of {version.in_metrics}, among {len(names)} values of {label} like {', '.join(near)}"


def _scraped_twice(answer: Answer, preset: Preset) -> list[str]:
    instances: defaultdict[str, set[str]] = defaultdict(set)
    for instance, pod in (preset.process(row.labels) for row in answer.rows):
        if pod:
            instances[pod].add(instance)
    return [
        f"{pod} is scraped at {' and '.join(sorted(found))}: each request counts once"
        for pod, found in sorted(instances.items())
        if len(found) > 1
    ][:1]


def _named_there(version: Version, preset: Preset) -> str:
    """Say whose name counts in these metrics, where that is not the Deployment's."""
    if version.workload or not preset.workload_is:
        return ""
    return f"; they name {preset.workload_is}: say which beside `deployment`, as `workload`"


def _described(labels: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))
