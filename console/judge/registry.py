"""From a judge's name to what it does: the only place that imports the judges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from console.judge.judges import kayenta, rules, two_keys

if TYPE_CHECKING:
    from console.judge.judge_kind import Judge
    from console.judge.terms import Terms
    from console.plan.model import Plan

AnyState = two_keys.State | kayenta.State | rules.State
"""What a release may remember of its judge, whichever it is."""
RULES_ALONE = rules.State()
_OF: dict[type[Struct], Judge[Any]] = {module.State: module.JUDGE for module in (two_keys, kayenta, rules)}
"""Each by its state's type: a release asks for its judge at every look and for every headline."""
JUDGES = {str(state.__struct_config__.tag): judge for state, judge in _OF.items()}
"""Each by its name, which is its state's tag."""


def judge_named(name: str) -> Judge[Any]:
    """Return a judge; the guards alone stand for one that only another version of pithead knows."""
    return JUDGES.get(name, rules.JUDGE)


def judge_of(state: AnyState) -> Judge[Any]:
    """Return the judge whose state this is."""
    return _OF[type(state)]


def begin(plan: Plan, terms: Terms | None = None) -> AnyState:
    """Begin to judge a release of the plan; `terms` once they are known, for a judge that wants the past."""
    return cast("AnyState", judge_named(plan.judge_kind).begin(plan, terms))
