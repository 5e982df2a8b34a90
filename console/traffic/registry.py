"""From a router's name to what is done with it: the only place that imports the kinds."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from console.cluster.api import Api
from console.cluster.lease import is_unknown
from console.cluster.rights import Right
from console.plan.model import Plan
from console.traffic import routers
from console.traffic.marks import Marks
from console.traffic.object_kind import ObjectKind
from console.traffic.object_router import ObjectRouter
from console.traffic.rights import rights_to_the_lease
from console.traffic.router import CALL_S, Router


def object_of(name: str) -> ObjectKind[Any, Any]:
    """Return the kind of object that a router of this name is; `console.plan.routers.NAMES` has the names."""
    return cast("ObjectKind[Any, Any]", import_module(f"{routers.__name__}.{name}").KIND)


def rights_of(plan: Plan, *, leased: bool) -> tuple[Right, ...]:
    """Return the rights in the plan's namespace, and not one more; raises as `Plan.driven` does."""
    kind, _ = _driven(plan)
    return (*kind.rights(plan), *(rights_to_the_lease(plan) if leased else ()))


def paths_of(plan: Plan) -> tuple[str, ...]:
    """Return where the plan's object lies, in each version that a cluster may serve, the newest first."""
    kind, target = _driven(plan)
    return kind.paths(plan.namespace, target)


def open_router(
    api: Api,
    plan: Plan,
    *,
    leased: bool = True,
    marks: Marks,
    is_dead: Callable[[str], bool] = is_unknown,
    deadline_s: float = CALL_S,
) -> Router:
    """Return the plan's router.

    `deadline_s` is what each look of the preflight is given; `is_dead` as `ClusterLease` has it. Raises
    `UsageError` where this pithead does not know the kind.
    """
    kind, _ = _driven(plan)
    rights = rights_of(plan, leased=leased)
    return ObjectRouter(kind, api, plan, rights=rights, marks=marks, is_dead=is_dead, deadline_s=deadline_s)


def _driven(plan: Plan) -> tuple[ObjectKind[Any, Any], str]:
    """Return the kind of the plan's router and the object's name; an unknown kind is refused first."""
    target = plan.driven.target
    return object_of(plan.kind), target
