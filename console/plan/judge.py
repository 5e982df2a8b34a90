"""The judge, read from a plan file: the two keys' terms and what no version should exceed, or Kayenta's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.plan.fields import Fields, Found, choice
from console.plan.kayenta import KAYENTA_KEYS, read_kayenta
from console.plan.kinds import limit_parser, parse_tolerated
from console.plan.model import Alone, Judge, JudgeKind, LowTraffic, Metric, OnSharedBreach, Rule, Slo
from console.plan.units import BadValue, parse_duration_s

if TYPE_CHECKING:
    from console.plan.canary_config import Kayenta
    from console.plan.model import MetricsSource

JUDGE_KEYS = ("kind", "tolerate", "block", "low_traffic", "on_shared_breach", "alone")
SLO_KEYS = ("error_rate", "p90", "p95", "p99")
SLOWER = {Metric.P90: 0.10, Metric.P95: 0.05, Metric.P99: 0.01}
"""The share of requests that may be slower than a quantile's limit."""

SHORTEST_BLOCK_S, LONGEST_BLOCK_S = 5.0, 600.0
MOST_PROMISED = 0.5


def read_judge(fields: Fields, *, sources: MetricsSource) -> Judge | Kayenta | None:
    """Read the judge; None where the plan has guards of its own and names neither a judge nor an SLO."""
    if "guards" in fields and not fields.has_any(("judge", "slo")):
        return None
    if _wants_kayenta(fields):
        return _read_kayenta(fields, sources)
    slo = _read_slo(fields)
    terms = (
        fields.section("judge", known=JUDGE_KEYS, hint="write one like judge: {tolerate: 0.1pp}")
        if ("judge" in fields)
        else None
    )
    if terms is None:
        return Judge(slo=slo)
    terms.optional("kind", choice(tuple(JudgeKind)), default=JudgeKind.TWO_KEYS)
    usual = Judge()
    return Judge(
        slo=slo,
        tolerate=terms.optional("tolerate", parse_tolerated, default=usual.tolerate).value,
        block_s=terms.optional("block", _parse_block_s, default=usual.block_s).value,
        low_traffic=terms.optional("low_traffic", choice(tuple(LowTraffic)), default=usual.low_traffic).value,
        on_shared_breach=terms.optional(
            "on_shared_breach", choice(tuple(OnSharedBreach)), default=usual.on_shared_breach
        ).value,
        alone=terms.optional("alone", choice(tuple(Alone)), default=usual.alone).value,
    )


def _wants_kayenta(fields: Fields) -> bool:
    return fields.word("judge", "kind") == JudgeKind.KAYENTA


def _read_kayenta(fields: Fields, sources: MetricsSource) -> Kayenta | None:
    if "slo" in fields:
        message = "an SLO is watched by the two keys, and this plan's judge is Kayenta's"
        fields.problems.add(fields.key_mark("slo"), message, hint="write guards with max instead")
    judge = fields.section("judge", known=KAYENTA_KEYS)
    return read_kayenta(judge, sources=sources) if judge else None


def _read_slo(fields: Fields) -> Slo:
    hint = "write one like slo: {error_rate: 1%, p99: 500ms}"
    slo = fields.section("slo", known=SLO_KEYS, hint=hint) if "slo" in fields else None
    if slo is None:
        return Slo()
    error_rate = slo.optional("error_rate", _parse_share, default=Slo().error_rate)
    given = [metric for metric in SLOWER if metric in slo]
    for extra in given[1:]:
        slo.problems.add(
            slo.key_mark(extra),
            f"an SLO has one latency, and this one has {given[0]} already",
            hint="keep one",
        )
    if not given:
        return Slo(error_rate=error_rate.value)
    latency = _latency(slo, given[0])
    return Slo(error_rate=error_rate.value, latency_ms=latency.value, slower=SLOWER[given[0]])


def _latency(slo: Fields, metric: Metric) -> Found[float]:
    latency = slo.required(metric, limit_parser(metric, Rule.MAX), stand_in=1.0)
    if latency.sound and latency.value <= 0:
        slo.problems.add(latency.at, f"{metric}: nothing is faster than 0", hint="write one like 500ms")
    return latency


def _parse_share(text: str) -> float:
    share = limit_parser(Metric.ERROR_RATE, Rule.MAX)(text)
    if share <= 0:
        raise BadValue("an error rate of 0% is never kept", hint="write what is promised, like 1%")
    if share > MOST_PROMISED:
        raise BadValue("where most requests may fail nothing is promised", hint="write one like 1%")
    return share


def _parse_block_s(text: str) -> float:
    block_s = parse_duration_s(text)
    if block_s < SHORTEST_BLOCK_S:
        raise BadValue(
            "two versions' scrapes are further apart than this",
            hint="write 5s or more, and no less than a scrape",
        )
    if block_s > LONGEST_BLOCK_S:
        raise BadValue("this is too long to notice anything in time", hint="write 10m or less")
    return block_s
