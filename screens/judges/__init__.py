"""How a judge looks: `NAME` on the live screen and in its help, `NAME_why` in the replay; one pair each.

A judge that is not in `SHOWN` is told by its word and its words.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from console.plan.model import Plan
    from screens.judges.judge_panel import JudgePanel
    from screens.judges.judge_why import JudgeWhy

SHOWN = ("two_keys", "kayenta")
"""The judges that have modules here; JSON lists them in this order."""


def panel_of(plan: Plan) -> JudgePanel:
    """Give how the plan's judge looks on the release screen."""
    name = plan.judge_kind if plan.judge_kind in SHOWN else "judge_panel"
    return cast("JudgePanel", import_module(f"{__name__}.{name}").PANEL)


def why_of(plan: Plan) -> JudgeWhy:
    """Give how the replay explains the plan's judge."""
    return why_by(plan.judge_kind)


def why_by(name: str) -> JudgeWhy:
    """Give how the replay explains a judge."""
    module = f"{name}_why" if name in SHOWN else "judge_why"
    return cast("JudgeWhy", import_module(f"{__name__}.{module}").WHY)
