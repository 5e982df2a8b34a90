"""The guards of a plan and its judge as a text to edit, and the plan with those of an edited text.

```
judge: {tolerate: 0.1pp, block: 15s, low_traffic: ask, on_shared_breach: retreat, alone: pause}
slo: {error_rate: 1%, p99: 500ms}
guards:
  - {metric: error_rate, max: 1%, for: 10s, window: 30s, min_requests: 50, then: rollback}
stage 3:
  guards:
    - {metric: p99, max: 400ms, for: 20s, window: 30s, min_requests: 50, then: hold}
```
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec.structs import replace

from console.plan.fields import Fields, Found, mapping
from console.plan.guards import Around, PlacedGuard, read_guards, same_name
from console.plan.judge_section import Named, read_judge
from console.plan.judge_settings import settings_of
from console.plan.judges import held
from console.plan.kinds import Kind, kind_of, wants_requests
from console.plan.model import Guard, Plan, Rule
from console.plan.nodes import compose
from console.plan.plan_words import limit_in_words
from console.plan.problems import START, Problems
from console.plan.units import words_bytes, words_duration, words_number, words_percent, words_points

ORIGIN = "guards"
_JUDGE = ("judge", "slo")
_HINT = "write guards: and under it one line a guard, like - {metric: error_rate, max: 1%}"


def guards_as_text(plan: Plan) -> str:
    """Write the plan's judge, and its guards: those of all stages first, then each stage's own."""
    common = _common(plan)
    lines = [*_judge(plan), *_list(common, indent=0)]
    for number, stage in enumerate(plan.stages, start=1):
        own = [guard for guard in stage.guards if guard not in common]
        if own:
            lines += [f"stage {number}:", *_list(own, indent=2)]
    return "\n".join([*lines, ""])


def with_guards(plan: Plan, text: str) -> Plan:
    """Return the plan with the guards of the text in place of its own; raises `PlanError` for a bad text."""
    problems = Problems(ORIGIN)
    names = tuple(f"stage {number}" for number in range(1, len(plan.stages) + 1))
    node = compose(text, problems)
    known = (*(_JUDGE if _is_edited(plan) else ()), "guards", *names)
    fields = mapping(node, known=known, problems=problems, what="the text", hint=_HINT)
    around = _around(plan)
    common = read_guards(fields, around).placed if fields else ()
    stages = []
    for name, stage in zip(names, plan.stages, strict=True):
        inner = fields.node(name) if fields else None
        own = mapping(inner, known=("guards",), problems=problems, what=name, hint=_HINT) if inner else None
        placed = (*common, *(read_guards(own, around).placed if own else ()))
        _look_for_twins(placed, problems)
        stages.append(replace(stage, guards=tuple(one.guard for one in placed)))
    judge = _read_judge(fields, plan, problems) if fields else None
    problems.stop_if_any()
    plan = replace(plan, stages=tuple(stages))
    if not _is_edited(plan):
        return plan
    return replace(plan, **(held(judge.kind, judge.settings) if judge else held("", None)))


def _judge(plan: Plan) -> Iterator[str]:
    settings = plan.judge_settings
    if settings is not None:
        yield from settings_of(plan.judge_kind).as_text(settings)


def _read_judge(fields: Fields, plan: Plan, problems: Problems) -> Named | None:
    """Read a judge that can judge a recording anew; a text without any wants none."""
    if not fields.has_any(_JUDGE):
        return None
    found = read_judge(fields, sources=plan.metrics)
    if found is None or settings_of(found.kind).TRIED:
        return found
    problems.add(fields.at, "only the two keys can judge a recording anew", hint="leave kind: out")
    return None


def _is_edited(plan: Plan) -> bool:
    """Whether the text holds the judge: one that can judge a recording anew, or none yet."""
    return plan.judge_settings is None or bool(settings_of(plan.judge_kind).TRIED)


def _common(plan: Plan) -> list[Guard]:
    return [guard for guard in plan.stages[0].guards if all(guard in stage.guards for stage in plan.stages)]


def _list(guards: list[Guard], *, indent: int) -> Iterator[str]:
    margin = " " * indent
    yield f"{margin}guards:" if guards else f"{margin}guards: []"
    yield from (f"{margin}  - {{{', '.join(_pairs(guard))}}}" for guard in guards)


def _pairs(guard: Guard) -> Iterator[str]:
    yield f"metric: {guard.metric}"
    yield f"{guard.rule}: {_limit(guard)}"
    yield f"for: {words_duration(guard.for_s)}"
    yield f"window: {words_duration(guard.window_s)}"
    if wants_requests(guard.metric):
        yield f"min_requests: {guard.min_requests}"
    yield f"then: {guard.then}"
    if guard.name != f"{guard.metric} {guard.rule} {limit_in_words(guard.metric, guard.rule, guard.limit)}":
        yield f"name: {json.dumps(guard.name, ensure_ascii=False)}"


def _limit(guard: Guard) -> str:
    """Write the limit so that it is read as the same number again."""
    kind = kind_of(guard.metric)
    if guard.rule is Rule.MAX_RATIO:
        return words_number(guard.limit)
    if kind is Kind.RATIO:
        return words_points(guard.limit) if guard.rule is Rule.MAX_INCREASE else words_percent(guard.limit)
    if kind is Kind.LATENCY_MS:
        return f"{words_number(guard.limit)}ms"
    return words_bytes(guard.limit) if kind is Kind.BYTES else words_number(guard.limit)


def _around(plan: Plan) -> Around:
    """Return what stands around the guards; what a line leaves out is taken from the plan's first guard."""
    guards = [guard for stage in plan.stages for guard in stage.guards]
    window_s = guards[0].window_s if guards else plan.interval_s
    requests = next((guard.min_requests for guard in guards if guard.min_requests), 0)
    return Around(
        interval_s=Found(value=plan.interval_s, at=START),
        patience_s=Found(value=plan.patience_s, at=START),
        window_s=Found(value=window_s, at=START),
        min_requests=Found(value=requests, at=START),
        business=plan.metrics.business,
    )


def _look_for_twins(placed: tuple[PlacedGuard, ...], problems: Problems) -> None:
    first: dict[str, PlacedGuard] = {}
    for one in placed:
        twin = first.setdefault(one.guard.name, one)
        if twin is not one:
            same_name(twin, one, problems)
