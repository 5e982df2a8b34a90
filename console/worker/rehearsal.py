"""What a release would meet, looked at and left alone: nothing is written or kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from console.errors import ClusterError, EvidenceError
from console.plan.series import Series
from console.preflight import Check

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from console.worker.ports import Ports

DEADLINE_S = 5.0
"""Time limit of each call, seconds: a person waits for all of them together."""


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What was found."""

    checks: tuple[Check, ...]
    """The preflight of a release, without its lease."""
    weight: int | None
    """The canary's share now, percent; None where it can't be read."""
    proposed: tuple[Series, ...] = ()
    """Other series that the versions' pods count, where the plan's are not there."""

    @property
    def well(self) -> bool:
        """Whether a release could begin."""
        return all(check.ok for check in self.checks)


async def rehearse(ports: Ports) -> Rehearsal:
    """Look at all that the preflight of a release looks at; raises nothing."""
    router, source = await asyncio.gather(
        _checked("router", ports.router.preflight()), _checked("evidence", ports.source().preflight())
    )
    return Rehearsal(
        checks=(*router, *source),
        weight=await _weight(ports) if all(check.ok for check in router) else None,
        proposed=() if all(check.ok for check in source) else await _proposed(ports),
    )


async def _checked(name: str, looking: Awaitable[tuple[Check, ...]]) -> tuple[Check, ...]:
    try:
        return await looking
    except (ClusterError, EvidenceError) as error:
        return (Check(name=name, ok=False, words=error.with_hint),)


async def _weight(ports: Ports) -> int | None:
    try:
        return (await ports.router.read(deadline_s=DEADLINE_S)).weight
    except ClusterError:
        return None


async def _proposed(ports: Ports) -> tuple[Series, ...]:
    try:
        return await ports.source().proposals(deadline_s=DEADLINE_S)
    except EvidenceError:
        return ()
