"""The two keys in a plan file: their terms and what no version should exceed, read and described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.plan.fields import Fields, Found, choice
from console.plan.judges import NAMES
from console.plan.judges.two_keys import SLOWER
from console.plan.kinds import limit_parser, parse_tolerated
from console.plan.model import Alone, Judge, LowTraffic, Metric, OnSharedBreach, Rule, Slo
from console.plan.shapes import NUMBER, Schema, object_of, ref, text_of
from console.plan.units import (
    BadValue,
    parse_duration_s,
)

if TYPE_CHECKING:
    from msgspec import Struct

    from console.plan.model import MetricsSource, Stage

JUDGE_KEYS = ("kind", "tolerate", "block", "low_traffic", "on_shared_breach", "alone")
SLO_KEYS = ("error_rate", "p90", "p95", "p99")

SHORTEST_BLOCK_S, LONGEST_BLOCK_S = 5.0, 600.0
MOST_PROMISED = 0.5


def read(fields: Fields, *, sources: MetricsSource) -> Judge:
    """Read the terms and what no version should exceed."""
    _ = sources
    slo = _read_slo(fields)
    hint = "write one like judge: {tolerate: 0.1pp}"
    terms = fields.section("judge", known=JUDGE_KEYS, hint=hint) if "judge" in fields else None
    if terms is None:
        return Judge(slo=slo, alone=Alone.RETREAT)
    terms.optional("kind", choice(NAMES), default=NAMES[0])
    usual = Judge()
    return Judge(
        slo=slo,
        tolerate=terms.optional("tolerate", parse_tolerated, default=usual.tolerate).value,
        block_s=terms.optional("block", _parse_block_s, default=usual.block_s).value,
        low_traffic=terms.optional("low_traffic", choice(tuple(LowTraffic)), default=usual.low_traffic).value,
        on_shared_breach=terms.optional(
            "on_shared_breach", choice(tuple(OnSharedBreach)), default=usual.on_shared_breach
        ).value,
        alone=terms.optional("alone", choice(tuple(Alone)), default=Alone.RETREAT).value,
    )


def check(fields: Fields, settings: Struct, stages: tuple[Stage, ...]) -> None:
    """Find nothing: at what traffic a stage can show damage is measured in the preflight."""
    _ = fields, settings, stages


def schema() -> Schema:
    """Describe the two keys."""
    keys = {
        "kind": {"const": NAMES[0], "description": "The judge unless another one is named."},
        "tolerate": text_of("More bad requests by so much are no damage; 0.1pp.", rf"^{NUMBER}pp$", "0.1pp"),
        "block": ref(
            "duration", "Evidence is weighed in blocks of this length, 5s to 10m; 15s unless given."
        ),
        "low_traffic": {
            "enum": list(LowTraffic),
            "description": "A stage that shows too little: ask a person (unless given), or proceed.",
        },
        "on_shared_breach": {
            "enum": list(OnSharedBreach),
            "description": "Both suffer right after more traffic: retreat a weight (unless given), or pause.",
        },
        "alone": {
            "enum": list(Alone),
            "description": "Beyond the SLO at 100%: retreat a weight (unless given), pause, or rollback.",
        },
    }
    return object_of(keys, about="The two keys: is the canary worse, and by more than is tolerated?")


def slo_schema() -> Schema:
    """Describe what no version should exceed."""
    latency = {"pattern": rf"^{NUMBER}(ms|s)$", "examples": ["500ms"]}
    keys = {"error_rate": text_of("Errors by requests; 1% unless given.", rf"^{NUMBER}%$", "1%")}
    for share, name in (("10%", "p90"), ("5%", "p95"), ("1%", "p99")):
        about = f"At most {share} of the requests are slower; one latency at most."
        keys[name] = {"type": "string", "description": about, **latency}
    return object_of(keys, about="What no version should exceed: beyond it the release pauses.")


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
