"""What a route sends besides what a release moves, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.plan.exposure import FULL
from console.plan.literal import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.plan.model import Plan
    from console.traffic.place import Place


LONGEST_CHARS = 200
"""Characters of what a route sends to that are quoted."""


class Share(Struct, frozen=True, kw_only=True):
    """What one destination of a route gets."""

    at: int
    """Its place in the route."""
    name: str
    """As the plan calls it where it is one of the plan's, else its host and subset."""
    percent: int


def sent(
    where: str, weights: Sequence[int], names: Sequence[str], plan: Plan, *, beside: Place | None = None
) -> list[Elsewhere]:
    """Say where a route sends, which `where` names: nothing where no destination of it gets anything.

    Of the release's own route, only what does not go to the two: `beside` is where they stand in it.
    """
    ours = (beside.stable, beside.canary) if beside else ()
    shares = [share for share in _shares_of(weights, names) if share.at not in ours]
    called = {share.name for share in shares}
    found = Elsewhere(
        where=where,
        to=" and ".join(_said(share) for share in shares),
        stable=plan.stable.name in called,
        canary=plan.canary.name in called,
        third=bool(called - {plan.stable.name, plan.canary.name}),
    )
    return [found] if shares else []


def percents(weighed: Sequence[tuple[str, int]]) -> str:
    """Say of each what it gets of all: `service:checkout-v1 90%, service:checkout-v2 10%`."""
    total = sum(weight for _, weight in weighed) or 1
    said = (f"{name} {round(FULL * weight / total)}%" for name, weight in weighed)
    return literal(", ".join(said), longest=LONGEST_CHARS)


def _shares_of(weights: Sequence[int], names: Sequence[str]) -> list[Share]:
    """Return the destinations of a route that get anything: a little is 1%."""
    return [
        Share(at=at, name=name, percent=max(1, round(FULL * weight / sum(weights))))
        for at, (weight, name) in enumerate(zip(weights, names, strict=True))
        if weight > 0
    ]


def _said(share: Share) -> str:
    return share.name if share.percent == FULL else f"{share.name} {share.percent}%"
