"""No judge beside the guards: the plan's rules alone decide, and the release is asked nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.judge.judge_kind import Judge

if TYPE_CHECKING:
    from console.judge.terms import Terms
    from console.plan.model import Plan


class State(Struct, frozen=True, kw_only=True, tag="rules"):
    """Nothing: what the guards have seen stands in their readings."""


class Rules(Judge[State]):
    """The guards alone."""

    def begin(self, plan: Plan, terms: Terms | None) -> State:
        """Begin; there is nothing to know."""
        _ = plan, terms
        return State()


JUDGE = Rules()
