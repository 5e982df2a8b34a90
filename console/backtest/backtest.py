"""How a plan would have fared over Prometheus' history, with a canary in it or over quiet days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from console.backtest.dry_run import Driven, Observed, opening
from console.backtest.evidence import DEADLINE_S, evidence
from console.backtest.healthy import HealthyRelease
from console.backtest.source_history import terms_before
from console.errors import EvidenceError
from console.evidence import MINUTE_S, History
from console.judge.registry import judge_named
from console.judge.terms import Terms, terms_for
from console.judge.value import is_traffic
from console.metrics.history import stable_history
from console.metrics.presets import preset_of
from console.metrics.query_round import Api, Questions
from console.person import Person
from console.plan.model import Guard, Metric, Plan
from console.release.events import Record
from console.release.state import Release

OF_KUBERNETES = frozenset({Metric.READY, Metric.RESTARTS, Metric.CRASH_LOOPS})
"""What no Prometheus is asked for."""
PROBES = 500
"""So many moments are looked at for a canary's traffic."""
LONGEST_TICKS = 50_000
"""A drawn release that takes longer than this is ended."""


class DryRunResult(Struct, frozen=True, kw_only=True):
    """A finished dry run: the release and its records."""

    release: Release
    records: tuple[Record, ...]

    @property
    def pulled_back_at(self) -> float | None:
        """When the plan would have rolled it back; None: not at all."""
        return self.release.rollback.decided_at if self.release.rollback else None


def judgeable(plan: Plan, *, drawn: bool) -> tuple[Plan, tuple[str, ...]]:
    """Leave out the guards that the past says nothing of, and give their names.

    Pods are Kubernetes' to tell, and it forgets; a drawn release has requests and nothing else.
    """

    def known(guard: Guard) -> bool:
        return is_traffic(guard.metric) if drawn else guard.metric not in OF_KUBERNETES

    left_out = dict.fromkeys(
        guard.name for stage in plan.stages for guard in stage.guards if not known(guard)
    )
    stages = tuple(
        replace(stage, approve=False, guards=tuple(guard for guard in stage.guards if known(guard)))
        for stage in plan.stages
    )
    return replace(plan, stages=stages), tuple(left_out)


async def canary_served(plan: Plan, api: Api, *, from_s: float, to_s: float) -> bool:
    """Whether the canary had requests in that time; raises `EvidenceError` where nobody can say."""
    preset = preset_of(plan.metrics)
    step_s = max(plan.interval_s, round((to_s - from_s) / PROBES))
    answer = await api.query_range(
        Questions.of(plan, preset).requests,
        start_s=from_s,
        end_s=to_s,
        step_s=step_s,
        deadline_s=DEADLINE_S,
    )
    of_canary = (
        track.points
        for track in answer.tracks
        if track.labels.get(preset.workload_label) == plan.canary.in_metrics
    )
    return any(len({value for _, value in points}) > 1 for points in of_canary)


async def tell_past(
    plan: Plan,
    api: Api,
    *,
    from_s: float,
    to_s: float,
    person: Person,
    assumed: bool,
    fetched: Callable[[int, int], None],
) -> DryRunResult:
    """Tell a release that Prometheus saw.

    `assumed`: the plan's own stages are taken to have followed each other from the first tick on, instead
    of being read off the traffic's split.
    """
    made_from = (
        f"from Prometheus' history, the weights {'assumed by the plan' if assumed else 'read off the split'}"
    )
    records: list[Record] = []
    opened = opening(plan, name=f"{plan.service}-backtest", person=person, made_from=made_from)
    kind = Driven if assumed else Observed
    terms = await _terms(plan, api, from_s=from_s)
    run = kind(opened, at=from_s, record=records.append, terms=terms)
    at = from_s
    async for at, sample in evidence(plan, api, from_s=from_s, to_s=to_s, fetched=fetched):
        run.take(at, sample)
        if run.release.end is not None:
            break
    run.close(at)
    return DryRunResult(release=run.release, records=tuple(records))


async def _terms(plan: Plan, api: Api, *, from_s: float) -> Terms | None:
    """Prepare the plan's judge from the hour before, as a preflight would have."""
    if not judge_named(plan.judge_kind).wants_past:
        return None
    try:
        hour = await stable_history(api, plan, deadline_s=DEADLINE_S, until_s=from_s // MINUTE_S * MINUTE_S)
    except EvidenceError:
        hour = History()
    return terms_for(plan, hour, scrape_s=None)


def tell_healthy(
    plan: Plan, history: History, *, from_s: float, releases: int, person: Person
) -> Iterator[DryRunResult]:
    """Tell healthy releases, begun at even distances over stable's past, some of its pods as canaries."""
    for number in range(releases):
        begin = number * len(history.minutes) // releases
        yield _run_one(plan, history, begin=begin, at=from_s + begin * MINUTE_S, seed=number, person=person)


def _run_one(
    plan: Plan, history: History, *, begin: int, at: float, seed: int, person: Person
) -> DryRunResult:
    drawn = HealthyRelease(history, chance=Random(seed), begin=begin)
    records: list[Record] = []
    opened = opening(
        plan,
        name=f"{plan.service}-backtest",
        person=person,
        made_from=f"of {plan.stable.name} against itself: some of its pods' requests play the canary",
    )
    terms = terms_before(plan, history, begin=begin)
    run = Driven(opened, at=at, record=records.append, terms=terms)
    for tick in range(1, LONGEST_TICKS):
        if run.release.end is not None:
            break
        weight = run.release.weight or 0
        now = at + tick * plan.interval_s
        run.take(now, drawn.sample(weight=weight, span_s=plan.interval_s))
    run.close(at + LONGEST_TICKS * plan.interval_s)
    return DryRunResult(release=run.release, records=tuple(records))
