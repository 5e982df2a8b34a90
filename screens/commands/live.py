"""`pithead check --live`: what cluster and Prometheus say to a plan, and what would be written first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from console.errors import ExitCode
from console.host.order import Order, Reach
from console.host.person import who_is_there
from console.metrics.proposals import lines_of
from screens.commands.meant import placed, resolved
from screens.say import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.plan.model import Plan
    from console.plan.series import Series
    from console.worker.rehearsal import Rehearsal


def asked_live(plan: Plan, *, reach: Reach, namespace: str | None) -> int:
    """Ask them, and print it; gives the command's exit code."""
    from console.worker.connect import connect  # noqa: PLC0415 - imports asyncio and the cluster's client
    from console.worker.rehearsal import rehearse  # noqa: PLC0415 - as above

    found = resolved(reach, plan, namespace=namespace)
    plan = placed(replace(plan, namespace=namespace or plan.namespace), found)
    order = Order(
        release="check",
        plan=plan,
        reach=replace(reach, resolved=found),
        person=who_is_there(),
        attended=True,
    )
    rehearsal = asyncio.run(rehearse(connect(order)))
    for line in live_in_words(rehearsal, plan):
        say(line)
    return ExitCode.PROMOTED if rehearsal.well else ExitCode.PREFLIGHT_FAILED


def live_in_words(rehearsal: Rehearsal, plan: Plan) -> Iterator[str]:
    """Say it line by line."""
    for check in rehearsal.checks:
        word = "mind" if check.warning else "well" if check.ok else "NO"
        yield f"{word}: {check.name}: {check.words}"
    yield from _proposals(rehearsal.proposed)
    if rehearsal.well and rehearsal.weight is not None:
        first, canary = plan.stages[0].weight, plan.canary.name
        yield f"first write: {first}% to {canary}, which has {rehearsal.weight}% now"
    yield "nothing was written"


def _proposals(proposed: tuple[Series, ...]) -> Iterator[str]:
    if len(proposed) > 1:
        yield f"the versions' pods count in {len(proposed)} ways; choose one, and paste it under metrics:"
    for series in proposed:
        if len(proposed) == 1:
            yield f"the versions' pods count {series.requests}; paste this under metrics:"
        yield from lines_of(series)
        if not series.latency:
            yield "  # no histogram of it is there: latency would not be judged"
