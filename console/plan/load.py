"""A plan file becomes a `Plan`, or a `PlanError` that names every problem of the file."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET, UnsetType

from console.plan import defaults
from console.plan.errors import read_errors
from console.plan.fields import Fields, Found, choice, mapping
from console.plan.guards import Around, GuardList, PlacedGuard, check_window, read_guards
from console.plan.judge_section import read_judge, section_of
from console.plan.judges import held
from console.plan.literal import quoted
from console.plan.model import Plan, Then
from console.plan.names import parse_label
from console.plan.nodes import compose
from console.plan.notices import read_grafana, read_notices, read_reasons
from console.plan.problems import Problems
from console.plan.source import decode, read_bytes
from console.plan.stages import read_stages
from console.plan.target import read_metrics, read_router, read_versions
from console.plan.units import BadValue, parse_count, parse_duration_s, words_duration

PLAN_KEYS = (
    "pithead",
    "service",
    "namespace",
    "stable",
    "canary",
    "router",
    "metrics",
    "interval",
    "patience",
    "after_patience",
    "on_stop",
    "window",
    "min_requests",
    "errors",
    "slo",
    "judge",
    "guards",
    "stages",
    "notify",
    "grafana",
    "reasons",
)


def load_plan(path: Path) -> Plan:
    """Read the plan in a file; raise `PlanError` where it can't be run."""
    return parse_plan(read_bytes(path), origin=str(path))


def parse_plan(text: bytes | str, *, origin: str) -> Plan:
    """Read the plan in a text; `origin` names it in the errors."""
    problems = Problems(origin)
    content = text if isinstance(text, bytes) else text.encode("utf-8", errors="surrogatepass")
    node = compose(decode(content, problems), problems)
    hint = "copy one of sample_plans to begin with"
    fields = mapping(node, known=PLAN_KEYS, problems=problems, what="the plan", hint=hint)
    plan = _read_plan(fields) if fields else None
    problems.stop_if_any()
    assert plan is not None
    return plan


def _read_plan(fields: Fields) -> Plan:
    fields.required("pithead", _parse_format, stand_in=1, hint="begin the file with pithead: 1")
    stable, canary = read_versions(fields)
    metrics = read_metrics(fields)
    around = _read_around(fields, business=metrics.business)
    after = fields.optional("after_patience", choice(tuple(Then)), default=Then.ROLLBACK)
    judge = read_judge(fields, sources=metrics)
    if metrics.events and judge is None:
        message = "metrics: the events are watched by the judge, and a plan with guards alone has none"
        fields.problems.add(fields.key_mark("metrics"), message, hint="write judge: {} beside the guards")
    common = _read_common_guards(fields, around)
    stages = read_stages(fields, common=common, around=around, judged=judge is not None)
    if judge is not None:
        section_of(judge.kind).check(fields, judge.settings, stages)
    return Plan(
        service=fields.required("service", parse_label, stand_in="", hint="write service: ...").value,
        namespace=fields.optional("namespace", parse_label, default="").value,
        stable=stable,
        canary=canary,
        router=read_router(fields),
        metrics=metrics,
        interval_s=around.interval_s.value,
        patience_s=around.patience_s.value,
        after_patience=after.value,
        stages=stages,
        notify=read_notices(fields),
        grafana=read_grafana(fields),
        reasons=read_reasons(fields),
        errors=read_errors(fields),
        on_stop=_read_on_stop(fields),
        **(held(judge.kind, judge.settings) if judge else {}),
    )


def _read_on_stop(fields: Fields) -> Then | UnsetType:
    if "on_stop" not in fields:
        return UNSET
    return fields.optional("on_stop", choice(tuple(Then)), default=Then.ROLLBACK).value


def _parse_format(text: str) -> int:
    if text != "1":
        raise BadValue(
            f"{quoted(text)} is no version of the plan format that is known here", hint="write pithead: 1"
        )
    return 1


def _read_around(fields: Fields, *, business: dict[str, str]) -> Around:
    """Read the plan's own times, which its guards and stages must fit."""
    interval_s = fields.optional("interval", _parse_interval_s, default=defaults.INTERVAL_S)
    patience_s = fields.optional("patience", parse_duration_s, default=defaults.PATIENCE_S)
    window_s = fields.optional(
        "window", parse_duration_s, default=defaults.window_s(interval_s=interval_s.value)
    )
    check_window(window_s, interval_s=interval_s, problems=fields.problems)
    _check_patience(fields, patience_s, interval_s)
    return Around(
        interval_s=interval_s,
        patience_s=patience_s,
        window_s=window_s,
        min_requests=fields.optional("min_requests", parse_count, default=defaults.MIN_REQUESTS),
        business=business,
    )


def _parse_interval_s(text: str) -> float:
    interval_s = parse_duration_s(text)
    if interval_s < defaults.SHORTEST_INTERVAL_S:
        raise BadValue(f"{quoted(text)} is too short", hint="write 1s or more")
    if interval_s > defaults.LONGEST_INTERVAL_S:
        raise BadValue(f"{quoted(text)} is too long to notice anything in time", hint="write 5m or less")
    return interval_s


def _check_patience(fields: Fields, patience_s: Found[float], interval_s: Found[float]) -> None:
    if patience_s.sound and interval_s.sound and patience_s.value < interval_s.value:
        words = words_duration(interval_s.value)
        message = f"patience: it is over before the first look, after {words}"
        fields.problems.add(patience_s.at, message, hint=f"write more than {words}")


def _read_common_guards(fields: Fields, around: Around) -> GuardList:
    """Read the guards of every stage; the default ones where the plan has no list."""
    if fields.has_any(("guards",)):
        return read_guards(fields, around)
    guards = defaults.guards(window_s=around.window_s.value)
    return GuardList(placed=tuple(PlacedGuard(guard, fields.at) for guard in guards))
