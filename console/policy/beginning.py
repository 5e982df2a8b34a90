"""From where a release may begin: the canary at nothing, unless a person has named what it has."""

from __future__ import annotations

from console.plan.model import Plan
from console.preflight import Check


def starting_weight(plan: Plan, weight: int, *, named: int | None, taken_over: bool) -> Check:
    """Say whether a release may begin at the weight that is in force.

    A canary with traffic is not new: the plan may have run before, or has its versions swapped, and the first
    stage would move what nobody asked to move. What is taken over from a living worker begins where that one
    left it.
    """
    name, canary = "starting weight", plan.canary.name
    wanted = named or 0
    if weight == wanted or (taken_over and named is None):
        return Check(name=name, ok=True, words=f"{canary} gets {weight}%")
    if named is not None:
        words = f"{canary} gets {weight}%, and --from names {named}%; look who moved it, and name what it has"
        return Check(name=name, ok=False, words=words)
    words = (
        f"{canary} gets {weight}% already, and a release begins at 0%: has this plan run before, or are its"
        f" versions swapped? `pithead run PLAN --from {weight}%` begins there, and goes to"
        f" {plan.stages[0].weight}% first"
    )
    return Check(name=name, ok=False, words=words)


def begun_before(plan: Plan, weight: int) -> Check:
    """Refuse to begin again where the route was changed since this release has read it first.

    A worker died in the preflight, or its record has lost what came behind that: the change may be its own
    way forward, and the way back from there.
    """
    words = (
        f"{plan.canary.name} gets {weight}%, and its route was changed since this release has read it first:"
        " look who did that, and run the plan again"
    )
    return Check(name="starting weight", ok=False, words=words)
