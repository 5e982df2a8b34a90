"""Stages and ramps read from a plan file: weights that rise to 100%, each with the guards watched there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from console.plan.exposure import FULL, Exposure
from console.plan.fields import Fields, Found, mapping, parse_bool
from console.plan.guards import Around, GuardList, PlacedGuard, read_guards, same_name
from console.plan.kinds import can_be_judged
from console.plan.model import Stage
from console.plan.nodes import Mapping, Node
from console.plan.problems import Mark, Problems
from console.plan.router_kind import kind_of
from console.plan.section import Key, Section
from console.plan.shapes import list_of, ref
from console.plan.target import kinds_in
from console.plan.units import parse_count, parse_duration_s, parse_step, parse_weight, words_duration

_APPROVE = "Whether a person must approve the step out of this weight."
_HELD = {
    "hold": Key(shape=ref("duration", "Healthy time wanted at this weight.")),
    "min_requests": Key(shape=ref("requests", "Canary requests wanted at this weight before the next.")),
    "approve": Key(shape={"type": "boolean", "description": _APPROVE}),
    "guards": Key(shape=list_of("guard", "Watched at this weight, beside the plan's.")),
}
"""What a stage and a ramp have in common."""
_WEIGHT = "Whole percent of requests to the canary."
STAGE = Section({"weight": Key(shape=ref("weight", _WEIGHT), needed=True), **_HELD})
RAMP = Section(
    {
        "from": Key(shape=ref("weight", "The first weight."), needed=True),
        "step": Key(shape=ref("step", "Percentage points from one weight to the next."), needed=True),
        "to": Key(shape=ref("weight", "The last weight."), needed=True),
        **_HELD,
    }
)
RAMP_ENTRY_KEYS = ("ramp",)


class _Held(Struct, frozen=True, kw_only=True):
    """How a weight is held, before it is known which weight."""

    hold_s: Found[float]
    min_requests: Found[int]
    approve: Found[bool]
    guards: GuardList


class _Step(Struct, frozen=True, kw_only=True):
    """One stage to be, and where its weight stands."""

    weight: int
    at: Mark
    sound: bool
    held: _Held


def read_stages(fields: Fields, *, common: GuardList, around: Around, judged: bool) -> tuple[Stage, ...]:
    """Read all stages of the plan, ramps written out.

    `common` are the guards of every stage; a plan that is `judged` needs none.
    """
    if "stages" not in fields:
        fields.missing("stages", hint="write the weights to go through, like - {weight: 5%, hold: 30m}")
        return ()
    problems = fields.problems
    nodes = fields.items("stages", if_empty="write at least - {weight: 100%}")
    steps = [step for node in nodes.value for step in _read_entry(node, around=around, problems=problems)]
    _check_weights(steps, problems)
    _check_router(steps, fields)
    for step in steps:
        _check_hold(step, last=step is steps[-1], around=around, problems=problems)
        if not judged:
            _check_guards(step, common=common, problems=problems)
    _check_names(steps, common=common, problems=problems)
    return tuple(_stage(step, common=common) for step in steps)


def _read_entry(node: Node, *, around: Around, problems: Problems) -> Iterator[_Step]:
    is_ramp = isinstance(node, Mapping) and any(key.text == "ramp" for key, _ in node.entries)
    known = RAMP_ENTRY_KEYS if is_ramp else STAGE.names
    what = "an entry with a ramp" if is_ramp else "a stage"
    hint = "write one like {weight: 5%, hold: 30m}"
    fields = mapping(node, known=known, problems=problems, what=what, hint=hint)
    if fields is None:
        yield _unreadable(node)
    elif is_ramp:
        yield from _read_ramp(fields, around, node)
    else:
        weight = fields.required("weight", parse_weight, stand_in=0, hint="write one like weight: 5%")
        held = _read_held(fields, around)
        yield _Step(weight=weight.value, at=weight.at, sound=weight.sound, held=held)


def _unreadable(node: Node) -> _Step:
    """Keep the place of an entry whose problem is noted already."""
    nothing = _Held(
        hold_s=Found(value=0.0, at=node.at, sound=False),
        min_requests=Found(value=0, at=node.at, sound=False),
        approve=Found(value=False, at=node.at, sound=False),
        guards=GuardList(placed=(), whole=False),
    )
    return _Step(weight=0, at=node.at, sound=False, held=nothing)


def _read_ramp(entry: Fields, around: Around, node: Node) -> Iterator[_Step]:
    hint = "write one like ramp: {from: 10%, step: 10pp, to: 100%, hold: 5m}"
    fields = entry.section("ramp", known=RAMP.names, hint=hint)
    if fields is None:
        yield _unreadable(node)
        return
    first = fields.required("from", parse_weight, stand_in=0, hint="write one like from: 10%")
    step = fields.required("step", parse_step, stand_in=FULL, hint="write one like step: 10pp")
    last = fields.required("to", parse_weight, stand_in=FULL, hint="write one like to: 100%")
    held = _read_held(fields, around)
    if step.sound and step.value == 0:
        fields.problems.add(step.at, "step: a ramp of 0pp never rises", hint="write 1pp or more")
    rises = first.value < last.value
    if first.sound and last.sound and not rises:
        message = f"to: the ramp does not rise from {first.value}% to {last.value}%"
        fields.problems.add(last.at, message, hint="write a weight above its from")
    sound = first.sound and step.sound and last.sound and rises
    for weight in (*range(first.value, last.value, step.value or FULL), last.value):
        yield _Step(weight=weight, at=first.at, sound=sound, held=held)


def _read_held(fields: Fields, around: Around) -> _Held:
    return _Held(
        hold_s=fields.optional("hold", parse_duration_s, default=0.0),
        min_requests=fields.optional("min_requests", parse_count, default=0),
        approve=fields.optional("approve", parse_bool, default=False),
        guards=read_guards(fields, around),
    )


def _check_weights(steps: list[_Step], problems: Problems) -> None:
    """Note weights that don't rise from stage to stage, or don't end at 100%."""
    sound = [step for step in steps if step.sound]
    for before, step in pairwise(sound):
        if step.weight <= before.weight and step.at != before.at:
            message = f"weight: {step.weight}% does not rise above the {before.weight}% before it"
            problems.add(step.at, message, hint="write the stages in the order of their weights, each once")
    if steps and steps[-1].sound and steps[-1].weight != FULL:
        message = f"weight: the last stage is {steps[-1].weight}%, so the release would never end"
        problems.add(steps[-1].at, message, hint="add a stage of 100%")


def _check_router(steps: list[_Step], fields: Fields) -> None:
    """Note weights that the plan's kind of router does not have."""
    for name in kinds_in(fields.node("router"))[:1]:
        size = kind_of(name).CAN.step_percent
        for step in (step for step in steps if step.sound and step.weight % size):
            message = f"weight: {name} has weights in steps of {size}%, and {step.weight}% is none of them"
            below = step.weight - step.weight % size
            fields.problems.add(step.at, message, hint=f"write {below}% or {below + size}%")


def _check_hold(step: _Step, *, last: bool, around: Around, problems: Problems) -> None:
    hold_s, requests, approve = step.held.hold_s, step.held.min_requests, step.held.approve
    if requests.value and step.sound and step.weight == 0:
        message = f"min_requests: at 0% the canary gets no requests, so {requests.value} never come"
        problems.add(requests.at, message, hint="leave it out")
    elif requests.value and hold_s.sound and hold_s.value == 0:
        message = "min_requests: this stage has no hold to count them in"
        problems.add(requests.at, message, hint="write how long it is held, like hold: 5m")
    elif hold_s.sound and hold_s.value == 0 and approve.sound and not (last or approve.value):
        message = "this weight has no hold: it would be passed without a look"
        problems.add(hold_s.at, message, hint="write how long it is held, like hold: 5m, or approve: true")
    interval_s = around.interval_s
    if hold_s.sound and interval_s.sound and 0 < hold_s.value < interval_s.value:
        words = words_duration(interval_s.value)
        problems.add(
            hold_s.at, f"hold: it is shorter than the interval of {words}", hint=f"write {words} or more"
        )


def _check_guards(step: _Step, *, common: GuardList, problems: Problems) -> None:
    """Note a stage that nothing watches."""
    watched = (*common.placed, *step.held.guards.placed)
    if not (step.sound and common.whole and step.held.guards.whole):
        return
    if not watched:
        hint = "give it guards, or leave out the plan's `guards: []` for the default ones"
        problems.add(step.at, "no guard watches this weight", hint=hint)
    elif step.weight == FULL and step.held.hold_s.value and not any(_judged_there(g, step) for g in watched):
        message = "at 100% stable gets no requests, and every guard compares with it: nothing is watched"
        problems.add(step.at, message, hint="add a guard with max or min")


def _judged_there(placed: PlacedGuard, step: _Step) -> bool:
    return can_be_judged(placed.guard.metric, placed.guard.rule, exposure=Exposure(weight=step.weight))


def _check_names(steps: list[_Step], *, common: GuardList, problems: Problems) -> None:
    """Note a name that means two guards; the same guard may stand in several stages."""
    shared = {placed.guard.name: placed for placed in common.placed}
    own: dict[str, PlacedGuard] = {}
    for placed in (placed for step in steps for placed in step.held.guards.placed):
        name = placed.guard.name
        if name in shared:
            same_name(shared[name], placed, problems)
        elif own.setdefault(name, placed).guard != placed.guard:
            same_name(own[name], placed, problems)


def _stage(step: _Step, *, common: GuardList) -> Stage:
    return Stage(
        weight=step.weight,
        hold_s=step.held.hold_s.value,
        min_requests=step.held.min_requests.value,
        approve=step.held.approve.value,
        guards=tuple(placed.guard for placed in (*common.placed, *step.held.guards.placed)),
    )
