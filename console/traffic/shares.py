"""What a route sends besides what a release moves, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.plan.exposure import FULL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.plan.model import Plan


class Share(Struct, frozen=True, kw_only=True):
    """What one destination of a route gets."""

    at: int
    """Its place in the route."""
    name: str
    """As the plan calls it where it is one of the plan's, else its host and subset."""
    percent: int


def shares_of(weights: Sequence[int], names: Sequence[str]) -> list[Share]:
    """Return the destinations of a route that get anything: a little is 1%."""
    return [
        Share(at=at, name=name, percent=max(1, round(FULL * weight / sum(weights))))
        for at, (weight, name) in enumerate(zip(weights, names, strict=True))
        if weight > 0
    ]


def told(where: str, shares: Sequence[Share], plan: Plan) -> Elsewhere:
    """Say where a route sends: `where` names it."""
    names = {share.name for share in shares}
    return Elsewhere(
        where=where,
        to=" and ".join(_said(share) for share in shares),
        stable=plan.stable.name in names,
        canary=plan.canary.name in names,
        third=bool(names - {plan.stable.name, plan.canary.name}),
    )


def _said(share: Share) -> str:
    return share.name if share.percent == FULL else f"{share.name} {share.percent}%"
