"""The difference between a recorded release and the simulated one, in words, and what nobody can know."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.plan.judge_settings import settings_of
from console.plan.kinds import Kind, kind_of
from console.plan.literal import literal
from console.plan.model import Metric, Plan
from console.plan.units import clock
from console.release import events as ev
from console.release.fold import fold_all
from console.whatif.clock import about, span
from console.whatif.evidence import Basis
from console.whatif.harm import Harm, harm
from console.whatif.outcome import Ending, Fate, earlier_in_words, fate_of
from console.whatif.simulation import Simulation, Tick, decisions

ESTIMATE = (
    "failed requests are estimated: where the weights differ, the tick's requests are split by the other "
    "weight and each version fails its part at the rate that was recorded for it in that tick"
)


class Difference(Struct, frozen=True, kw_only=True):
    """What another plan would have changed."""

    recorded: Fate
    simulated: Fate
    same: bool
    """Whether every decision is the same, at the same instant."""
    harm: Harm
    headline: str
    notes: tuple[str, ...]
    """How the figures are made, and what they can't know; one sentence each."""


def difference(records: Sequence[ev.Record], simulated: Simulation, plan: Plan) -> Difference:
    """Compare the recording with what `plan` made of it."""
    before = fold_all(records)
    recorded = fate_of(before, last_at=records[-1].at)
    told = fate_of(simulated.release, last_at=simulated.records[-1].at)
    same = decisions(records) == decisions(simulated.records)
    cost = harm(records, simulated)
    headline = "takes the same decisions at the same times" if same else _headline(recorded, told, cost)
    notes = () if same else tuple(_notes(before.plan, plan, records, simulated, cost))
    return Difference(recorded=recorded, simulated=told, same=same, harm=cost, headline=headline, notes=notes)


def _headline(recorded: Fate, told: Fate, cost: Harm) -> str:
    when = earlier_in_words(recorded, told)
    beside = f", {when}" if when else f"; the recorded release {recorded.words}"
    return f"{told.words}{beside}{_saved(told, cost)}"


def _saved(told: Fate, cost: Harm) -> str:
    if told.way is Ending.OPEN and cost.unknown_s:
        return "; what it would have cost from there on is not known"
    fewer = cost.fewer_failed
    served = cost.recorded.served - cost.simulated.served
    parts = []
    if round(abs(fewer)):
        parts.append(f"{about(abs(fewer))} {'fewer' if fewer > 0 else 'more'} failed requests")
    if round(abs(served)):
        parts.append(f"{about(abs(served))} {'fewer' if served > 0 else 'more'} served by the canary")
    return f": {', '.join(parts)}" if parts else ""


def _notes(
    was: Plan, plan: Plan, records: Sequence[ev.Record], simulated: Simulation, cost: Harm
) -> list[str]:
    return [
        *_about_evidence(simulated),
        *_about_plans(was, plan, records),
        *(f"{dropped.why}: it is left out" for dropped in simulated.dropped),
        *_about_cost(cost),
    ]


def _about_evidence(simulated: Simulation) -> list[str]:
    notes = []
    borrowed = [tick for tick in simulated.ticks if tick.basis is Basis.BORROWED]
    if borrowed:
        notes.append(
            f"{_looks(borrowed)} judged at another weight than they were recorded at ({_weights(borrowed)}): "
            "the canary's rates are taken as they were, its counts are not made larger or smaller"
        )
    missing = [tick for tick in simulated.ticks if tick.basis is Basis.MISSING]
    if missing:
        notes.append(f"{_looks(missing)} blind: traffic that was never sent has no evidence")
    if simulated.evidence_ends_at is not None:
        notes.append(
            f"the evidence ends at {clock(simulated.evidence_ends_at)}: from there on the recorded release "
            "sent the canary nothing, or was over, and traffic that was never sent has no evidence"
        )
    return notes


def _looks(ticks: Sequence[Tick]) -> str:
    first, last = clock(ticks[0].at), clock(ticks[-1].at)
    return f"1 look ({first}) is" if len(ticks) == 1 else f"{len(ticks)} looks ({first} to {last}) are"


def _weights(ticks: Sequence[Tick]) -> str:
    pairs = dict.fromkeys((tick.recorded, tick.simulated) for tick in ticks)
    return ", ".join(f"{recorded}% for {told}%" for recorded, told in pairs)


def _about_plans(was: Plan, plan: Plan, records: Sequence[ev.Record]) -> list[str]:
    notes = []
    if (was.service, was.namespace) != (plan.service, plan.namespace):
        notes.append(
            f"the plan is for {literal(plan.service)} in {literal(plan.namespace)}, the recording is of "
            f"{literal(was.service)} in {literal(was.namespace)}"
        )
    if was.interval_s != plan.interval_s:
        notes.append(
            f"looks come every {span(was.interval_s)}, as they were recorded: "
            f"the plan's interval of {span(plan.interval_s)} can't be simulated"
        )
    if plan.judge_settings is not None:
        notes += settings_of(plan.judge_kind).kept(was, plan)
    unseen = _unseen(plan, records)
    if unseen:
        notes.append(f"the recording has no values of {', '.join(unseen)}: their guards are blind")
    return notes


def _unseen(plan: Plan, records: Sequence[ev.Record]) -> list[str]:
    """Give the business metrics that the plan guards and the recording never saw."""
    asked = {guard.metric for stage in plan.stages for guard in stage.guards}
    own = {name for name in asked if kind_of(name) is Kind.NUMBER and name not in tuple(Metric)}
    seen: set[str] = set()
    for record in records:
        if isinstance(record.event, ev.SampleTaken):
            seen |= record.event.sample.canary.business.keys()
    return [literal(name) for name in sorted(own - seen)]


def _about_cost(cost: Harm) -> list[str]:
    notes = [ESTIMATE]
    if cost.unknown_s:
        notes.append(f"for {span(cost.unknown_s)} the canary's rate is not known, and nothing is counted")
    return notes
