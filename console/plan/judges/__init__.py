"""What is said of a judge: a package each, and here the list of their names. No I/O.

`NAME` tells a judge's settings, and its `section` reads them from a plan file; what the judge does stands
in the module of the same name in `console.judge.judges`. A new one is both, its name in `NAMES`, and
its line in `console.judge.registry`. In a plan, and so in each journal, it is data with its `kind` under
`judged_by`; the first two have keys of their own there, which older versions read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET, Struct

if TYPE_CHECKING:
    from types import ModuleType

    from console.plan.model import Plan

NAMES = ("two_keys", "kayenta")
"""Every judge that a plan can name, the one of a plan that names none first."""
RULES = "rules"
"""What judges where a plan has guards alone."""
_KEYS = {"two_keys": "judge", "kayenta": "kayenta"}
"""Where a plan holds the settings of the two that journals of older versions have."""


def module_of(name: str) -> ModuleType:
    """Import the module of a judge, of which `NAMES` has the name: only when one is asked for."""
    return import_module(f"{__name__}.{name}")


def judge_name_in(plan: Plan) -> str:
    """Name the plan's judge."""
    if plan.judged_by is not UNSET:
        return str(plan.judged_by.get("kind", ""))
    return next((name for name, key in _KEYS.items() if getattr(plan, key) is not None), RULES)


def judge_settings_in(plan: Plan) -> Struct | None:
    """Return what the plan says of its judge; None for the guards alone, and for a judge not known here.

    Raises ValueError for what are no settings of a judge that is known.
    """
    name = judge_name_in(plan)
    if name in _KEYS:
        return cast("Struct", getattr(plan, _KEYS[name]))
    if name not in NAMES or plan.judged_by is UNSET:
        return None
    try:
        return cast("Struct", msgspec.convert(plan.judged_by, module_of(name).Settings))
    except msgspec.ValidationError as error:
        raise ValueError(f"the judge: {error}") from error


def held(name: str, settings: Struct | None) -> dict[str, Any]:
    """Return the fields of a plan that is judged by these settings; without any by its guards alone."""
    fields: dict[str, Any] = {**dict.fromkeys(_KEYS.values()), "judged_by": UNSET}
    if settings is None:
        return fields
    if name in _KEYS:
        return fields | {_KEYS[name]: settings}
    return fields | {"judged_by": {"kind": name, **msgspec.to_builtins(settings)}}
