"""The few numbers that stand at the head of a report."""

from __future__ import annotations

from msgspec import Struct

from console.judge.tally import ratio
from console.plan.units import words_percent
from console.report.dates import lasted
from console.report.facts import Facts
from console.report.reaction import Reaction

AT_ONCE_S = 0.5
"""A breach that is acted on in the look that saw it first."""


class Figure(Struct, frozen=True, kw_only=True):
    """One number with what it is, and what must be known of it."""

    label: str
    value: str
    note: str
    bad: bool = False


def figures_of(facts: Facts) -> tuple[Figure, ...]:
    """Choose the numbers that matter for how this release ended."""
    return (*_times(facts, facts.reaction), *_requests(facts), *_budget(facts))


def _times(facts: Facts, reaction: Reaction | None) -> list[Figure]:
    ran = Figure(label="From start to end", value=lasted(facts.ended_at - facts.opened_at), note="")
    if reaction is None:
        return [ran]
    return [_noticed(reaction) or ran, _confirmed(facts, reaction)]


def _noticed(reaction: Reaction) -> Figure | None:
    if reaction.detection_s is None:
        return None
    value = "at once" if reaction.detection_s < AT_ONCE_S else lasted(reaction.detection_s)
    begin = "the evidence beginning to grow" if reaction.by_keys else "the first look beyond the limit"
    return Figure(label="Detected", value=value, note=f"from {begin} to the decision")


def _confirmed(facts: Facts, reaction: Reaction) -> Figure:
    if reaction.confirmation_s is None:
        return Figure(label="Taken back", value="never confirmed", note="look at the router", bad=True)
    gone = "" if reaction.gone_s is None else f"; gone from the metrics after {lasted(reaction.gone_s)}"
    note = f"from the decision until the router sent all to {facts.stable}{gone}"
    return Figure(label="Taken back", value=lasted(reaction.confirmation_s), note=note)


def _requests(facts: Facts) -> list[Figure]:
    damage = facts.damage
    share = ratio(damage.canary_requests, damage.requests) or 0.0
    rate = ratio(damage.canary_failed, damage.canary_requests) or 0.0
    more = round(damage.canary_failed_more)
    beside = f"; about {more:,} more than {facts.stable} would have" if more else ""
    served = Figure(
        label=f"Served by {facts.canary}",
        value=f"{damage.canary_requests:,.0f}",
        note=f"requests, {words_percent(share, digits=2)} of all",
    )
    failed = Figure(
        label="Of them failed",
        value=f"{damage.canary_failed:,.0f}",
        note=f"{words_percent(rate, digits=2)} of them{beside}",
        bad=more > 0,
    )
    return [served, failed, *_slow(facts)]


def _slow(facts: Facts) -> list[Figure]:
    damage = facts.damage
    if damage.canary_slow is None or damage.stable_p99_ms is None:
        return []
    share = ratio(damage.canary_slow, damage.canary_requests) or 0.0
    return [
        Figure(
            label="Of them slow",
            value=f"{damage.canary_slow:,.0f}",
            note=f"slower than 99% of {facts.stable}'s, {damage.stable_p99_ms:.0f} ms; 1% would be usual",
            bad=share > 0.03,  # noqa: PLR2004 - three times as many as usual
        )
    ]


def _budget(facts: Facts) -> list[Figure]:
    budget = facts.budget
    if budget is None or budget.spent_ratio is None:
        return []
    return [
        Figure(
            label="Error budget spent",
            value=words_percent(budget.spent_ratio, digits=2),
            note=f"of the {words_percent(budget.allowed_ratio, digits=3)} that may fail: {budget.source}",
            bad=budget.spent_ratio > 1,
        )
    ]
