"""The evidence that a worker would have had, out of Prometheus' history: the same queries at the same ticks.

A range query evaluates its expression at every step as an instant query at that time would. So the worker's
own source of evidence is asked, over a Prometheus that answers from ranges, with a clock that is in the past.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import groupby

from console.errors import EvidenceError
from console.evidence import Sample
from console.metrics.answer import Answer
from console.metrics.evidence_source import PrometheusSource
from console.metrics.named import GivenNames, Names
from console.metrics.presets import preset_of
from console.metrics.query_round import Api, Questions
from console.metrics.range_answer import RangeAnswer
from console.plan.model import Plan

CHUNK_TICKS = 720
"""Some megabytes an answer, where a service has dozens of pods."""
DEADLINE_S = 60.0

Instants = dict[float, Answer]
"""One query's answers, by time."""


class Replayed:
    """A Prometheus at a moment of the past."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.instants: dict[str, Instants | EvidenceError] = {}
        """By query and time; the error of a query that could not be answered."""

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        """Give the answer of that moment."""
        found = self.instants.get(promql, EvidenceError(f"no past is kept of {promql}"))
        if isinstance(found, EvidenceError):
            raise found
        return found.get(self.now_s, Answer(rows=(), at_s=None))

    async def query_range(
        self,
        promql: str,
        *,
        start_s: float,  # noqa: ARG002 - the protocol's names
        end_s: float,  # noqa: ARG002 - as above
        step_s: float,  # noqa: ARG002 - as above
        deadline_s: float,  # noqa: ARG002 - as above
    ) -> RangeAnswer:
        """Refuse: the past of a moment in the past is nobody's business here."""
        raise EvidenceError(f"no range is kept of {promql}")

    async def samples(
        self,
        selector: str,
        *,
        back_s: float,  # noqa: ARG002 - the protocol's names
        deadline_s: float,  # noqa: ARG002 - as above
    ) -> RangeAnswer:
        """Refuse: a range query has no raw samples, so what they would show sooner, the blocks show."""
        raise EvidenceError(f"no samples are kept of {selector}")

    async def build(self, *, deadline_s: float) -> str:  # noqa: ARG002 - the protocol's name
        """Name nothing: the program that was asked is known elsewhere."""
        return ""


async def evidence(
    plan: Plan,
    api: Api,
    *,
    from_s: float,
    to_s: float,
    fetched: Callable[[int, int], None] = lambda _done, _of: None,
) -> AsyncIterator[tuple[float, Sample]]:
    """Give every tick from `from_s` to `to_s` and its sample, as the worker would have had them.

    Ticks and chunks lie on grids of their own, counted from the epoch, so that two backtests of one day ask
    for the same chunks. `fetched` is told how many of how many
    chunks are there. Raises `EvidenceError` where Prometheus does not answer.
    """
    replayed, pods = Replayed(), GivenNames()
    source = PrometheusSource(plan, replayed, pods=pods, clock=lambda: replayed.now_s)
    ticks = ticks_between(from_s, to_s, interval_s=plan.interval_s)
    chunks = [list(each) for _, each in groupby(ticks, key=lambda at: at // (CHUNK_TICKS * plan.interval_s))]
    for number, chunk in enumerate(chunks):
        replayed.instants, pods.known = await _chunk(plan, api, chunk)
        fetched(number + 1, len(chunks))
        for replayed.now_s in chunk:
            yield replayed.now_s, await _sample(source)


def ticks_between(from_s: float, to_s: float, *, interval_s: float) -> list[float]:
    """Give the ticks; Prometheus' times have milliseconds."""
    first, last = -(-from_s // interval_s), to_s // interval_s
    return [round(at * interval_s, 3) for at in range(int(first), int(last) + 1)]


async def _sample(source: PrometheusSource) -> Sample:
    try:
        return await source.sample(deadline_s=DEADLINE_S)
    except EvidenceError as error:
        return Sample(span_s=0.0, trouble=str(error))


async def _chunk(
    plan: Plan, api: Api, ticks: list[float]
) -> tuple[dict[str, Instants | EvidenceError], dict[str, Names]]:
    """Ask for all that a look asks; what only decorates a look may fail, as it may there.

    Which pods there were nobody but the mesh knows any more: it names with each request's counter the pod and
    the workload that owns it.
    """
    questions = Questions.of(plan, preset_of(plan.metrics))
    counters = await _instants(plan, api, questions.counters, ticks)
    if isinstance(counters, EvidenceError):
        raise counters
    pods = _pods_in(counters, questions)
    asked = {each for each in questions.beside(pods).values() if isinstance(each, str)}
    found = await asyncio.gather(*(_instants(plan, api, promql, ticks) for promql in sorted(asked)))
    return {questions.counters: counters, **dict(zip(sorted(asked), found, strict=True))}, pods


def _pods_in(counters: Instants, questions: Questions) -> dict[str, Names]:
    """Give the pods that had counters in this time, by Deployment."""
    preset = questions.preset
    rows = (row.labels for answer in counters.values() for row in answer.rows)
    found = {(labels.get(preset.workload_label, ""), preset.process(labels).pod) for labels in rows}
    return {
        deployment: tuple(sorted(pod for of, pod in found if of == workload and pod and preset.at_pods))
        for workload, deployment in questions.deployment_of.items()
    }


async def _instants(plan: Plan, api: Api, promql: str, ticks: list[float]) -> Instants | EvidenceError:
    try:
        answer = await api.query_range(
            promql, start_s=ticks[0], end_s=ticks[-1], step_s=plan.interval_s, deadline_s=DEADLINE_S
        )
    except EvidenceError as error:
        return error
    return answer.instants()
