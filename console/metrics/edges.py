"""Whether the mesh's latency buckets can tell the plan's limits; pure.

What lies in one bucket is known by its edges alone. Above the highest edge nothing is told apart, so a limit
there is never exceeded; and one in the middle of a wide bucket is exceeded, or not, by a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.metrics.histogram import bound_in_ms
from console.plan.model import Metric, Rule
from console.plan.units import words_duration, words_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.metrics.preset import Preset
    from console.plan.model import Plan

LATENCY = (Metric.P50, Metric.P90, Metric.P95, Metric.P99)
NEAR = 2.0
"""An edge within this factor tells a limit well enough; Istio's own edges lie 2 to 2.5 apart, so that each
limit up to their highest has one."""
KEEP = "native histograms alone have none: Prometheus keeps both with always_scrape_classic_histograms"


class Limited(Struct, frozen=True, kw_only=True):
    """A latency that the plan limits."""

    name: str
    limit_ms: float
    above: bool
    """Whether an edge above the limit is needed: a quantile is never more than the highest edge."""


def limits_in(plan: Plan) -> tuple[Limited, ...]:
    """Return each latency that a limit of the plan names, the SLO's and the guards'."""
    slo_ms = plan.slo.latency_ms if plan.slo else None
    slo = () if slo_ms is None else (Limited(name="slo", limit_ms=slo_ms, above=False),)
    guards = (
        Limited(name=f"guard {guard.name}", limit_ms=guard.limit, above=True)
        for stage in plan.stages
        for guard in stage.guards
        if guard.metric in LATENCY and guard.rule is Rule.MAX
    )
    return (*slo, *dict.fromkeys(guards))


def needs_buckets(plan: Plan) -> tuple[str, ...]:
    """Name what needs buckets; a judge without a limit of latency judges by what there is."""
    compared = (
        f"guard {guard.name}" for stage in plan.stages for guard in stage.guards if guard.metric in LATENCY
    )
    return tuple(dict.fromkeys((*(each.name for each in limits_in(plan)), *compared)))


def edges_in(rows: Iterable[Mapping[str, str]], *, unit_ms: float) -> tuple[float, ...]:
    """Return the finite edges in the labels of bucket series, milliseconds, ascending."""
    found = {float(bound) for labels in rows if (bound := bound_in_ms(labels, unit_ms=unit_ms))}
    return tuple(sorted(edge for edge in found if edge < float("inf")))


def trouble_with(limit: Limited, edges_ms: tuple[float, ...], *, preset: Preset) -> str:
    """Say why no edge can tell this limit, and which one to add where that can be; empty where one can."""
    limit_ms = limit.limit_ms
    enough = any(edge > limit_ms if limit.above else edge >= limit_ms for edge in edges_ms)
    near = any(limit_ms / NEAR <= edge <= limit_ms * NEAR for edge in edges_ms)
    if (enough and near) or limit_ms <= 0:
        return ""
    below = max((edge for edge in edges_ms if edge <= limit_ms), default=0.0)
    above = min((edge for edge in edges_ms if edge > limit_ms), default=None)
    between = f"between {_ms(below)} and {_ms(above)}" if above is not None else f"above {_ms(below)}"
    trouble = f"{limit.name}: no edge tells {_ms(limit_ms)}, for nothing is told apart {between}"
    if not preset.edges:
        return trouble
    highest = limit.above and above is None
    return f"{trouble}: add {_missing(limit_ms, edges_ms, above=highest, unit_ms=preset.latency_unit_ms)}"


def mend_of(edges_ms: tuple[float, ...], *, preset: Preset) -> str:
    """Say where edges are set, or what can be limited where they are fixed."""
    there = ", ".join(map(_ms, edges_ms))
    return preset.edges or f"these edges are fixed: limit a latency near one of {there}, below the highest"


def _missing(limit_ms: float, edges_ms: tuple[float, ...], *, above: bool, unit_ms: float) -> str:
    """Name the edges that are missing, in the unit in which they are set."""
    is_there = limit_ms in edges_ms
    missing = () if is_there else (f"the edge {words_number(limit_ms / unit_ms)}",)
    if above:
        one = "an edge" if is_there else "one"
        missing = (*missing, f"{one} above it, like {words_number(2 * limit_ms / unit_ms)}")
    return " and ".join(missing)


def _ms(latency_ms: float) -> str:
    return words_duration(latency_ms / 1000)
